// What policies evaluate to: the language, errors, budgets, and the reasons that come along.

public import Rego
import Testing

/// The value of `data.a.p`, or the code of the error; "undefined" without either.
private func result(
    _ rules: String, input: Value? = nil, data: Value = .emptyObject, strict: Bool = false, budget: Budget = .standard
) throws -> String {
    let policy = try CompiledPolicy(
        modules: [Module(parsing: "package a\n\(rules)\n", file: "a.rego")], data: data)
    let evaluation = try policy.prepare(entry: "data.a.p").evaluate(input: input, budget: budget, isStrict: strict)
    return evaluation.error?.code.rawValue ?? evaluation.value?.description ?? "undefined"
}

@Suite struct EvaluationTests {
    @Test(arguments: [
        ("p := 1", "1"),
        ("p if false", "undefined"),
        ("default p := 1\np := 2 if input.x", "1"),
        ("p := 1 if false\nelse := 2 if true\nelse := 3", "2"),
        ("p := {x | some x in [3, 1, 3]}", "{1, 3}"),
        ("p := [x * 2 | some x in [1, 2]]", "undefined"),
        ("p := [y | some x in [1, 2]; y := x * 2]", "[2, 4]"),
        ("p := {k: v | some k, v in [\"a\"]}", "{0: \"a\"}"),
        ("p contains x if some x in [2, 1]\np contains 3", "{1, 2, 3}"),
        ("p[x] := y if some x, y in [\"a\", \"b\"]", "{0: \"a\", 1: \"b\"}"),
        ("p.q.r := 1\np.q.s := 2", "{\"q\": {\"r\": 1, \"s\": 2}}"),
        ("f(x) := x + 1\np := f(f(1))", "3"),
        ("f([x, {\"k\": y}]) := x + y\np := f([1, {\"k\": 2}])", "3"),
        ("p if every x in [1, 2] { x > 0 }", "true"),
        ("p if every x in [1, -2] { x > 0 }", "undefined"),
        ("p if not input.missing", "true"),
        ("p if not startswith(input.missing, \"x\")", "undefined"),
        ("p if null", "true"),
        ("p := x if { [x, 2] = [1, y]; y > 1 }", "1"),
        ("p := x if { {\"a\": x} = {\"a\": 5} }", "5"),
        ("q := input.x\np := [q, r] if { r := q with input as {\"x\": 2} }", "undefined"),
        ("q := 1\nf(_) := 5\np := x if x := count([1]) with count as f", "5"),
        ("p := $\"{1 + 1} is {input.missing}\"", "\"2 is <undefined>\""),
        ("p := x if { x := data.a.q[_]; x > 1 }\nq := [1, 2]", "2"),
    ])
    func evaluates(_ rules: String, _ wanted: String) throws {
        if rules.contains("[x * 2 |") {
            // A comprehension's head is a term without operators, as in OPA.
            #expect(throws: RegoErrors.self) { try result(rules) }
        } else {
            #expect(try result(rules) == wanted)
        }
    }

    @Test func negatedOperandsStayInsideWithTheImport() throws {
        let rules = "p if not startswith(input.missing, \"x\")"
        #expect(try result(rules) == "undefined")
        #expect(try result("import future.keywords.not\n\(rules)") == "true")
        #expect(
            try result("import future.keywords.not\np if not { input.x; input.y }", input: ["x": .bool(true)]) == "true"
        )
    }

    @Test func rulesOverlayData() throws {
        let data: Value = ["a": ["q": .int(1), "r": .int(2)]]
        #expect(try result("q := 5\np := [data.a.q, data.a.r]", data: data) == "[5, 2]")
        #expect(try result("q := 5\np := x if x := data.a.q with data.a.q as 7", data: data) == "7")
        #expect(
            try result("p := {k | some k in [\"q\", \"r\"]; data.b[k]}\n", data: ["b": ["q": .int(1)]]) == "{\"q\"}")
    }

    @Test func differentValuesAreAConflict() throws {
        #expect(try result("p := 1 if true\np := 2 if true") == "eval_conflict_error")
        #expect(try result("p := x if some x in [1, 2]") == "eval_conflict_error")
        #expect(try result("p[\"k\"] := x if some x in [1, 2]") == "eval_conflict_error")
        #expect(try result("f(_) := 1\nf(_) := 2\np := f(0)") == "eval_conflict_error")
        #expect(try result("p := {\"k\": x | some x in [1, 2]}") == "eval_conflict_error")
        #expect(try result("p := 1 if true\np := 1 if true") == "1")
    }

    @Test func aFailingBuiltinIsUndefinedOrAnErrorWhenStrict() throws {
        #expect(try result("p := 1 / input.x", input: ["x": .int(0)]) == "undefined")
        #expect(try result("p := 1 / input.x", input: ["x": .int(0)], strict: true) == "eval_builtin_error")
        #expect(try result("p := count(input.x)", input: ["x": .int(0)], strict: true) == "eval_type_error")
    }

    @Test func budgetsEndEvaluations() throws {
        let loops = "p if { some a in numbers.range(1, 1000); some b in numbers.range(1, 1000); a * b < 0 }"
        #expect(try result(loops, budget: Budget(steps: 10_000)) == "eval_cancel_error")
        #expect(
            try result("p := numbers.range(0, 1000000000000)", budget: Budget(steps: 10_000)) == "eval_cancel_error")
        #expect(try result("p := count(walk({1: {2: 3}}))", budget: Budget(steps: 3)) == "eval_cancel_error")
        var chain = "p := q0\n"
        for index in 0..<2000 { chain += "q\(index) := q\(index + 1)\n" }
        #expect(try result(chain + "q2000 := 1") == "eval_cancel_error")
    }

    @Test func sideBySideEvaluationsDoNotDisturbEachOther() async throws {
        let policy = try CompiledPolicy(modules: [
            Module(parsing: "package a\np := sum([x | some x in numbers.range(1, input.n)])\n", file: "a.rego")
        ])
        let query = try policy.prepare(entry: "data.a.p")
        await withTaskGroup(of: Bool.self) { group in
            for n in 1...50 {
                group.addTask {
                    query.evaluate(input: .object(members: [("n", .int(n))])).value == .int(n * (n + 1) / 2)
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test func theTrailNamesWhatHeldAndWhatFailedFirst() throws {
        let policy = try CompiledPolicy(modules: [
            Module(
                parsing: """
                    package a

                    default allow := false

                    allow if {
                    \tinput.x == 1
                    \tinput.y > 5
                    }

                    allow if helper

                    helper if input.z
                    """, file: "a.rego")
        ])
        let query = try policy.prepare(entry: "data.a.allow")
        let denied = query.evaluate(input: ["x": .int(1), "y": .int(2)])
        #expect(denied.value == .bool(false))
        #expect(
            denied.attempts.map { "\($0.rule) \($0.literalLocation?.description ?? "-") \($0.literal ?? "-")" } == [
                "a.allow a.rego:7:2 input.y > 5", "a.allow a.rego:10:10 helper", "a.helper a.rego:12:11 input.z",
            ])
        #expect(denied.fired.map(\.rule) == ["a.allow"])
        let allowed = query.evaluate(input: ["z": .bool(true)])
        #expect(allowed.fired.map { "\($0.rule) \($0.location.line)" } == ["a.allow 10", "a.helper 12"])
    }
}

extension Value: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) { self = .object(members: elements) }
}
