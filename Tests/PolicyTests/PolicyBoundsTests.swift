// Goal: whatever policy and its data are, a decision stays small, and agents learn nothing of data from errors. Method:
// policies that try to make records large, and builtins that fail over a secret.

import ABI
import Policy
import ProtobufWire
import Rego
import Testing

private func engine(_ rules: String, data: String = "{}", file: Text = "test.rego") throws -> PolicyEngine {
    try PolicyEngine(
        modules: [PolicySource(name: file, text: "package cam\n\(rules)\n")],
        data: [PolicySource(name: "data.json", text: data)], kernel: PolicyKernelFacts(uid: 1000))
}

private func decide(_ engine: PolicyEngine) -> PolicyDecision {
    var engine = engine
    return engine.decide(
        subject: agent, principal: 1, action: "think", resource: "r", owner: 7, call: .think, now: 0)
}

private func errors(_ text: String) throws -> PolicyLoadErrors {
    try #require(
        #expect(throws: PolicyLoadErrors.self) {
            try PolicyEngine(
                modules: [PolicySource(name: "a.rego", text: text)], kernel: PolicyKernelFacts(uid: 1000))
        })
}

@Suite struct PolicyBoundsTests {
    // MARK: Decisions

    @Test(arguments: [
        "deny_reasons contains data.long",
        "deny_reasons := [data.long | some i in numbers.range(1, 5000)]",
    ])
    func reasonsFromDataAreCut(_ reasons: String) throws {
        // References to data cost no memory, and each character has two bytes.
        let long = String(repeating: "é", count: 50_000)
        let denial = try #require(
            decide(try engine("default allow := false\n\(reasons)", data: #"{"long": "\#(long)"}"#)).denial)
        #expect(denial.needed.utf8Count <= 4_096)
        #expect(denial.needed.utf8Count > 4_090)
        #expect(denial.needed.string.hasSuffix("é…"))
    }

    @Test func noMoreThanSixteenReasonsAreGiven() throws {
        let denial = try #require(
            decide(
                try engine(
                    "default allow := false\ndeny_reasons contains sprintf(\"%03d\", [i]) if some i in numbers.range(1, 100)"
                )
            ).denial)
        #expect(denial.needed.string.split(separator: "; ").count == 16)
        #expect(denial.needed.string.hasPrefix("001; 002; "))
    }

    @Test func namesAndConditionsOfAPolicyAreCut() throws {
        let long = String(repeating: "n", count: 1_000)
        // A character may have any number of scalars.
        let marks = "a" + String(repeating: "\u{301}", count: 10_000)
        let paths = (0..<50).map { "input.caller.\(long)\($0)" }.joined(separator: ", ")
        let rules = """
            default allow := false
            allow if \(long)
            allow if f([\(paths)])
            allow if { \(long)2 := "\(marks)"; \(long)2 == input.caller.name }
            \(long) if input.caller.uid == 1
            f(x) if count(x) == 7
            """
        let engine = try engine(rules, file: Text("\(long).rego"))
        let decision = decide(engine)
        let denial = try #require(decision.denial)
        let recorded = decision.rules.reduce(denial.needed.utf8Count) { $0 + $1.utf8Count }
        #expect(recorded < 12 << 10)
        #expect(!denial.unmet.isEmpty)
        #expect("\(denial.unmet)".utf8.count < 32 << 10)
        for isFull in [false, true] {
            let trace = engine.trace(
                subject: agent, action: "think", resource: "r", owner: 7, call: .think, context: nil, isFull: isFull,
                now: 0)
            #expect(!trace.isEmpty)
            #expect(trace.allSatisfy { $0.utf8Count <= 2 << 10 })
        }
    }

    @Test func rulesThatAllowAreCut() throws {
        let long = String(repeating: "n", count: 1_000)
        let rules = (0..<30).map { "\(long)\($0) if input.action" }.joined(separator: "\n")
        let calls = (0..<30).map { "\(long)\($0)" }.joined(separator: "; ")
        let decision = decide(try engine("allow if { \(calls) }\n\(rules)"))
        #expect(decision.allow)
        #expect(decision.rules.count > 1)
        #expect(decision.rules.reduce(0) { $0 + $1.utf8Count } < 8 << 10)
        #expect(decision.rules.allSatisfy { $0.string.contains("test.rego:") })
    }

    @Test func executorNamesThatAreTooMuchOpenNoRoute() throws {
        func excluded(_ rule: String) throws -> [Text]? {
            try engine("allow := true\n\(rule)").excludedExecutors(agent, capability: "text.x", now: 0).names
        }
        let name = String(repeating: "n", count: 256)
        #expect(try excluded("excluded_executors contains \"\(name)\"") == [Text(name)])
        #expect(try excluded("excluded_executors contains \"\(name)n\"") == nil)
        let each = "excluded_executors contains sprintf(\"%d\", [i]) if some i in numbers.range(1, "
        #expect(try excluded(each + "1024)")?.count == 1_024)
        #expect(try excluded(each + "1025)") == nil)
    }

    @Test func labelsAreGivenOnceAndNoneWhereTheyAreTooMany() throws {
        var claiming = agent
        claiming.labels = [Label(name: "use", value: "x")]
        let twice = try engine("allow := true\neffective_labels := [\"use\", \"use\"]")
        #expect(twice.effectiveLabels(claiming, now: 0) == ["use"])
        let many = try engine(
            "allow := true\neffective_labels := array.concat([\"use\"], [\"a\" | some i in numbers.range(1, 2000)])")
        #expect(many.effectiveLabels(claiming, now: 0).isEmpty)
    }

    // MARK: Errors

    @Test(arguments: [
        ("time.parse_rfc3339_ns(data.secret) > 0", "time.parse_rfc3339_ns"),
        ("to_number(data.secret) > 0", "to_number"),
        ("regex.match(concat(\"\", [\"(\", data.secret]), \"x\")", "regex.match"),
        ("semver.compare(data.secret, \"1.0.0\") > 0", "semver.compare"),
        ("urlquery.decode(concat(\"\", [data.secret, \"%zz\"])) == \"\"", "urlquery.decode"),
        ("json.unmarshal(data.secret) == 1", "json.unmarshal"),
        ("time.format([1, data.secret]) == \"\"", "time.format"), ("units.parse(data.secret) > 0", "units.parse"),
    ])
    func errorsOfBuiltinsTellNothingOfData(_ condition: String, _ builtin: String) throws {
        let engine = try engine("allow if \(condition)", data: #"{"secret": "hunter2-vault-key"}"#)
        let denial = try #require(decide(engine).denial)
        #expect(denial.reason == .builtinError)
        #expect(!"\(denial)".contains("hunter2"))
        #expect(denial.needed.string.hasPrefix("The policy must be corrected; it failed: test.rego:2:10: eval_"))
        #expect(denial.needed.string.hasSuffix("_error: \(builtin)"))
        for isFull in [false, true] {
            let trace = engine.trace(
                subject: agent, action: "think", resource: "r", owner: 7, call: .think, context: nil, isFull: isFull,
                now: 0)
            #expect(!"\(trace)".contains("hunter2"))
            #expect(!isFull || trace.last?.string.hasSuffix("_error: \(builtin)") == true)
        }
    }

    // MARK: Refused policies

    @Test func ofManyErrorsTheFirstTwentyAreSaid() throws {
        let refused = try errors("package cam\n" + (0..<300).map { "allow if x\($0)\n" }.joined())
        #expect(refused.items.count == 300)
        let lines = refused.description.split(separator: "\n")
        #expect(lines.count == 21)
        #expect(lines.first?.hasPrefix("a.rego:2:10: rego_unsafe_var_error: ") == true)
        #expect(lines.last == "and 280 more")
    }

    @Test(arguments: [
        "allow if 1\(String(repeating: "2", count: 100_000))x > 0",
        "allow if \(String(repeating: "n", count: 100_000))",
    ])
    func whatIsWrongIsNotRepeatedWhole(_ rule: String) throws {
        let refused = try errors("package cam\n\(rule)\n")
        #expect(refused.description.utf8.count < 500)
        #expect(refused.description.hasPrefix("a.rego:2:10: rego_"))
        #expect(refused.description.contains("…"))
    }

    @Test func namesOfDataAreNotRepeatedWhole() throws {
        let long = String(repeating: "n", count: 100_000)
        let source = PolicySource(name: "d.json", text: #"{"\#(long)": 1}"#)
        let refused = try #require(
            #expect(throws: PolicyLoadErrors.self) {
                try PolicyEngine(
                    modules: [PolicySource(name: "a.rego", text: "package cam\nallow := true\n")],
                    data: [source, source], kernel: PolicyKernelFacts(uid: 1000))
            })
        #expect(refused.description.utf8.count < 500)
    }
}
