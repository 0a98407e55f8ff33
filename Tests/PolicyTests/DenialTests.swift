// Goal: deny is deny, each way with its code, and a denial says what would have to differ and whom to ask. Method: small
// policies of their own, and the exact words and data that each must give.

import ABI
import Policy
import ProtobufWire
import Rego
import Testing

private func decision(
    _ rules: String, data: String = "{}", action: Text = "think", subject: PolicySubject = agent, owner: UInt64 = 7
) throws -> PolicyDecision {
    var engine = try PolicyEngine(
        modules: [PolicySource(name: "test.rego", text: "package cam\n\(rules)\n")],
        data: [PolicySource(name: "data.json", text: data)], kernel: PolicyKernelFacts(uid: 1000))
    return engine.decide(
        subject: subject, principal: 1, action: action, resource: "r", owner: owner, call: .think, now: 0)
}

@Suite struct DenialTests {
    // MARK: Deny is deny

    /// Doubles a string sixty times.
    private static let doubling: String = {
        let steps = (1...60).map { "\tx\($0) := concat(\"\", [x\($0 - 1), x\($0 - 1)])" }
        return "allow if {\n\tx0 := \"ab\"\n" + steps.joined(separator: "\n") + "\n\tx60\n}"
    }()

    /// Two thousand rules, each of which needs the next.
    private static let chain: String = {
        let rules = (0..<2_000).map { "q\($0) if q\($0 + 1)" }
        return "allow if q0\n" + rules.joined(separator: "\n") + "\nq2000 := true"
    }()

    static let rows: [(String, DenialReason)] = [
        ("allow if input.action == \"other\"", .undefined),
        ("default allow := false\nallow if input.action == \"other\"", .default),
        ("default allow := false\nallow := false if input.caller.registered", .refused),
        ("allow := 1", .notBoolean), ("allow := \"true\"", .notBoolean), ("allow := null", .notBoolean),
        ("allow contains true", .notBoolean), ("allow := {}", .notBoolean), ("default allow := [true]", .notBoolean),
        ("allow if count(input.caller.agent_id) > 0\nallow if true", .builtinError),
        ("default allow := true\nallow := false if 1 / (input.caller.uid - 1000) > 0", .builtinError),
        ("allow := true if input.action\nallow := false if input.call", .conflict),
        ("allow if { some x in numbers.range(1, 10000); some y in numbers.range(1, 10000); x + y == 0 }", .steps),
        ("allow if count(numbers.range(1, 1000000000000)) > 0", .steps),
        (doubling, .memory), (chain, .depth),
    ]

    @Test(arguments: rows)
    func whateverIsNotTrueDeniesWithItsOwnReason(_ rules: String, _ reason: DenialReason) throws {
        let decision = try decision(rules)
        #expect(!decision.allow)
        let denial = try #require(decision.denial)
        #expect(denial.reason == reason)
        #expect(!denial.needed.isEmpty)
        #expect(denial.action == "think")
    }

    @Test func anErrorSaysWhereThePolicyMustBeCorrected() throws {
        let conflict = try decision("allow := true if input.action\nallow := false if input.call")
        #expect(
            conflict.denial?.needed
                == "The policy must be corrected; it failed: test.rego:3:1: eval_conflict_error (the other value is given at test.rego:2:1)"
        )
        let failing = try decision("allow if count(input.caller.agent_id) > 0")
        #expect(
            failing.denial?.needed
                == "The policy must be corrected; it failed: test.rego:2:10: eval_type_error: count")
        #expect(failing.denial?.unmet.isEmpty == true)
    }

    @Test func aRuleThatSaysNoIsNamed() throws {
        let denial = try #require(
            try decision("allow := false if input.caller.registered\nallow := false if input.call").denial)
        #expect(denial.reason == .refused)
        #expect(denial.rule == "cam.allow (test.rego:2)")
        #expect(denial.needed == "cam.allow (test.rego:2) says no.")
    }

    @Test func whereNoRuleAllowsNoneIsNamed() throws {
        let denial = try #require(try decision("default allow := false\nallow if input.action == \"x\"").denial)
        #expect(denial.rule.isEmpty)
        #expect(denial.unmet.isEmpty)
        #expect(denial.needed == "A rule of data.cam.allow for the action think; there is none.")
    }

    // MARK: What would have to differ

    @Test func theAttributeAndWhatItWasAreSaid() throws {
        let denial = try #require(
            try decision(
                """
                default allow := false
                allow if {
                \tinput.action == "think"
                \tis_admin
                }
                allow if {
                \tinput.action == "other"
                \tinput.caller.socket == "driver"
                }
                allow if {
                \tinput.action in {"think", "decide"}
                \tsome family in split(input.caller.labels.use, ",")
                \tfamily == "image"
                }
                is_admin if input.caller.socket == "admin"
                is_admin if input.caller.labels.role == "admin"
                """
            ).denial)
        #expect(
            denial.unmet == [
                UnmetCondition(
                    rule: "cam.allow (test.rego:11)", place: "test.rego:14:2", condition: "family == \"image\"",
                    seen: [Label(name: "family", value: "\"text\"")]),
                UnmetCondition(
                    rule: "cam.is_admin (test.rego:16)", place: "test.rego:16:13",
                    condition: "input.caller.socket == \"admin\"",
                    seen: [Label(name: "input.caller.socket", value: "\"agent\"")]),
                UnmetCondition(
                    rule: "cam.is_admin (test.rego:17)", place: "test.rego:17:13",
                    condition: "input.caller.labels.role == \"admin\"",
                    seen: [Label(name: "input.caller.labels.role", value: "")]),
            ])
        #expect(
            denial.needed
                == "One of: family == \"image\" (family is \"text\"; cam.allow, test.rego:14); or input.caller.socket == \"admin\" (input.caller.socket is \"agent\"; cam.is_admin, test.rego:16); or input.caller.labels.role == \"admin\" (input.caller.labels.role is not there; cam.is_admin, test.rego:17)"
        )
    }

    @Test func policysOwnDataIsNotTold() throws {
        let denial = try #require(
            try decision(
                """
                allow if input.caller.uid in data.settings.uids
                allow if {
                \tsome row in data.settings.rows
                \trow.secret == input.caller.name
                }
                """, data: #"{"settings": {"uids": [4711], "rows": [{"secret": "hush"}]}}"#
            ).denial)
        #expect(
            denial.unmet.map(\.condition) == [
                "row.secret == input.caller.name", "input.caller.uid in data.settings.uids",
            ])
        #expect(!denial.needed.string.contains("4711"))
        #expect(!"\(denial)".contains("hush"))
        #expect(denial.needed.string.contains("input.caller.uid is 1000"))
    }

    @Test func thePolicysOwnWordsGoFirst() throws {
        let rules = """
            default allow := false
            allow if input.resource.owner == input.caller.agent_id
            deny_reasons contains sprintf("%s is not yours", [input.resource.name])
            """
        let denial = try #require(try decision(rules, owner: 9).denial)
        #expect(denial.needed == "r is not yours")
        #expect(
            denial.unmet.first?.seen == [
                Label(name: "input.resource.owner", value: "9"), Label(name: "input.caller.agent_id", value: "7"),
            ])
        // Reasons that fail do not make the denial another one.
        let failing = try #require(
            try decision("default allow := false\ndeny_reasons contains count(input.caller.uid)").denial)
        #expect(failing.reason == .default)
        #expect(failing.needed == "A rule of data.cam.allow for the action think; there is none.")
    }

    @Test func rulesThatTheIndexLeftOutAreToldAsWell() throws {
        let rules = (0..<2_000).map { "allow if { input.action == \"a\($0)\"; input.caller.name == \"n\($0)\" }\n" }
        let others = rules.joined()
        let denial = try #require(
            try decision(
                others + "allow if { input.action == \"think\"; input.caller.socket == \"admin\" }\n" + others
            ).denial)
        #expect(denial.unmet.map(\.condition) == ["input.caller.socket == \"admin\""])
    }

    // MARK: Whom to ask

    @Test func whomToAskFollowsFromTheReason() throws {
        func asked(_ rules: String, _ decision: Text?) throws -> Text {
            var engine = try PolicyEngine(
                modules: [PolicySource(name: "test.rego", text: "package cam\n\(rules)\n")],
                kernel: PolicyKernelFacts(uid: 1000))
            let answer = engine.decide(
                subject: agent, principal: 1, action: "think", resource: "r", owner: 7, call: .think, now: 0)
            let denial = try #require(engine.denial(answer, resource: "r", record: decision))
            #expect(denial.resource == "r")
            return denial.ask
        }
        let grants = "default allow := false\nallow if granted\ngranted if input.resource.name in data.grants"
        #expect(
            try asked(grants, "1-23")
                == "Ask an administrator for a grant: camctl policy grant --from-denial 1-23")
        #expect(try asked(grants, nil) == "Once it was denied, ask an administrator for a grant of it.")
        #expect(try asked("default allow := false", "1-23") == "Ask an administrator to allow it in the policy.")
        #expect(try asked("allow := false", "1-23") == "Ask an administrator to allow it in the policy.")
        #expect(try asked("allow := 1", "1-23").string.contains("correct the policy"))
    }

    // MARK: On request

    @Test func aTraceShowsWhatWasTriedOrEveryStep() throws {
        let engine = try PolicyEngine(
            modules: [
                PolicySource(
                    name: "test.rego",
                    text: "package cam\nallow if {\n\tinput.action == \"think\"\n\tinput.caller.uid == 1\n}\n")
            ], kernel: PolicyKernelFacts(uid: 1000))
        func trace(isFull: Bool) -> [Text] {
            engine.trace(
                subject: agent, action: "think", resource: "r", owner: 7, call: .think, context: nil, isFull: isFull,
                now: 0)
        }
        #expect(
            trace(isFull: false) == [
                "test.rego:4:2: cam.allow (test.rego:2): failed at input.caller.uid == 1 (input.caller.uid is 1000; cam.allow, test.rego:4)"
            ])
        #expect(
            trace(isFull: true).suffix(7).map { $0.string.trimmingPrefix(while: \.isWhitespace) }.joined(
                separator: "\n")
                    == """
                    enter test.rego:2:1: allow if { input.action == "think" input.caller.uid == 1 }
                    eval test.rego:3:2: input.action == "think"
                    eval test.rego:4:2: input.caller.uid == 1
                    fail test.rego:4:2: input.caller.uid == 1 (input.caller.uid is 1000)
                    fail test.rego:2:1: allow if { input.action == "think" input.caller.uid == 1 }
                    fail query:1:1: __value__ = data.cam.allow
                    fail query:1:1: __value__ = data.cam.allow
                    """)
    }

    @Test func aTraceThatCostsTooMuchSaysWhereItEnds() throws {
        let engine = try PolicyEngine(
            modules: [
                PolicySource(name: "test.rego", text: "package cam\nallow if count(numbers.range(1, 100000)) > 7\n")
            ], kernel: PolicyKernelFacts(uid: 1000))
        let trace = engine.trace(
            subject: agent, action: "think", resource: "r", owner: 7, call: .think, context: nil, isFull: true, now: 0)
        #expect(trace.last?.string.hasPrefix("the trace ends here: test.rego:2:10: eval_cancel_error") == true)
    }

    @Test func aTraceIsBounded() throws {
        let engine = try PolicyEngine(
            modules: [
                PolicySource(
                    name: "test.rego",
                    text: "package cam\nallow if { some x in numbers.range(1, 1000); x < 0 }\n")
            ], kernel: PolicyKernelFacts(uid: 1000))
        let trace = engine.trace(
            subject: agent, action: "think", resource: "r", owner: 7, call: .think, context: nil, isFull: true, now: 0)
        #expect(trace.count == 257)
        #expect(trace.last?.string.hasPrefix("… and ") == true)
    }
}
