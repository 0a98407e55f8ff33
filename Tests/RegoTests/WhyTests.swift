// Goal: every answer that is no answer has its own reason, and a rule that did not hold says which condition failed and
// what it saw, without showing base data. Method: small policies, and the exact account that each must give.

import Rego
import Testing

private func evaluation(
    _ rules: String, input: Value? = nil, data: Value = .emptyObject, budget: Budget = .standard
) throws -> Evaluation {
    let policy = try CompiledPolicy(
        modules: [Module(parsing: "package a\n\(rules)\n", file: "a.rego")], data: data)
    return try policy.prepare(entry: "data.a.p").evaluate(input: input, budget: budget, isStrict: true)
}

/// `condition [name=value, …] line`
private func shown(_ attempt: RuleAttempt) -> String {
    let seen = attempt.seen.map { "\($0.name)=\($0.value ?? "-")" }.joined(separator: ", ")
    let held = attempt.held.map { " held \($0.rule):\($0.location.line)" }.joined()
    return "\(attempt.literal ?? "-") [\(seen)]\(held) \(attempt.literalLocation?.line ?? 0)"
}

// One evaluation at a time reads it.
private final class Counter: @unchecked Sendable { var value: UInt64 = 0 }

@Suite struct WhyTests {
    // MARK: Budgets

    @Test func eachBudgetIsToldApart() throws {
        let loops = "p if { some a in numbers.range(1, 1000); some b in numbers.range(1, 1000); a * b < 0 }"
        #expect(try evaluation(loops, budget: Budget(steps: 10_000)).error?.limit == .steps)
        let doubling = (1...60).map { "x\($0) := array.concat(x\($0 - 1), x\($0 - 1))" }.joined(separator: "; ")
        let memory = try evaluation("p if { x0 := [1, 2]; \(doubling); x60 }", budget: Budget(memoryBytes: 1 << 20))
        #expect(memory.error?.limit == .memory)
        #expect(memory.memoryBytes < 1 << 21)
        let chain = (0..<2_000).map { "q\($0) := q\($0 + 1)\n" }.joined()
        #expect(try evaluation("p := q0\n\(chain)q2000 := 1").error?.limit == .depth)
        let counter = Counter()
        let time = TimeLimit(nanoseconds: 3) {
            counter.value += 1
            return counter.value
        }
        let late = try evaluation(loops, budget: Budget(time: time))
        #expect(late.error?.limit == .time)
        #expect(late.error?.code == .cancel)
        #expect(late.steps < 10_000)
    }

    @Test(arguments: [
        "p := [x | some x in numbers.range(1, 100000)]", "p contains x if some x in numbers.range(1, 100000)",
        "p[x] := x if some x in numbers.range(1, 100000)", "p := {x: x | some x in numbers.range(1, 100000)}",
        "p := replace(s, \"a\", s) if s := concat(\"\", [\"a\" | some x in numbers.range(1, 1000)])",
        "p := split(s, \"\") if s := sprintf(\"%500d\", [1])\nq if { some x in numbers.range(1, 10); p }",
    ])
    func whateverMakesValuesCostsMemory(_ rules: String) throws {
        let whole = try evaluation(rules)
        #expect(whole.error == nil)
        #expect(whole.memoryBytes > 4_000)
        #expect(try evaluation(rules, budget: Budget(memoryBytes: whole.memoryBytes)).error == nil)
        #expect(try evaluation(rules, budget: Budget(memoryBytes: whole.memoryBytes - 1)).error?.limit == .memory)
        #expect(try evaluation(rules, budget: Budget(memoryBytes: 1_000)).error?.limit == .memory)
    }

    @Test func replacingDataCostsMemoryAndSteps() throws {
        let members = (0..<1_000).map { ("k\($0)", Value.int($0)) }
        let whole = try evaluation(
            "p if { some x in numbers.range(1, 1000); q with data.b as x }\nq if false",
            data: .object(members: members + [("b", .int(1))]))
        #expect(whole.error == nil)
        #expect(whole.memoryBytes > 20_000_000)
        #expect(whole.steps > 100_000)
    }

    @Test func readingDataCostsNoMemory() throws {
        let data: Value = ["big": .array((0..<10_000).map { .int($0) })]
        let found = try evaluation("p if { some x in data.big; x == 9999; count(data.big) == 10000 }", data: data)
        #expect(found.value == .bool(true))
        #expect(found.memoryBytes < 1_000)
    }

    // MARK: Conflicts

    @Test(arguments: [
        ("p := 1 if true\np := 2 if true", 3, 2),
        ("p := 3 if false\nelse := 1 if true\np := 2 if true", 4, 3),
        ("f(_) := 1\nf(_) := 2\np := f(0)", 3, 2),
        ("p[\"k\"] := 1\np[x] := 2 if some x in [\"k\"]", 3, 2),
        ("p := x if some x in [1, 2]", 2, 2),
        ("p.a.b := 1\np.a[x].c := 2 if some x in [\"b\"]", 3, 2),
    ])
    func aConflictNamesBothPlaces(_ rules: String, _ line: Int, _ other: Int) throws {
        let error = try #require(try evaluation(rules).error)
        #expect(error.code == .conflict)
        #expect(error.location?.line == line)
        #expect(error.otherLocation?.line == other)
        #expect(error.description.contains("a.rego:\(line):"))
        #expect(error.description.hasSuffix("(the other value is given at a.rego:\(other):1)"))
    }

    // MARK: What conditions saw

    @Test func aConditionShowsTheInputAndTheVariablesItSaw() throws {
        let found = try evaluation(
            """
            p if {
            \tsome role in input.roles
            \tname := lower(role)
            \tname == input.wanted
            }
            p if input.missing.name
            p if not input.ok
            p if every x in input.roles { startswith(x, input.prefix) }
            """,
            input: [
                "roles": .array([.string("Dev"), .string("Ops")]), "wanted": .string("admin"), "ok": .bool(true),
                "prefix": .string("D"),
            ])
        #expect(
            found.attempts.map(shown) == [
                "name == input.wanted [name=\"dev\", input.wanted=\"admin\"] 5",
                "input.missing.name [input.missing.name=-] 7",
                "not input.ok [input.ok=true] 8", "startswith(x, input.prefix) [x=\"Ops\", input.prefix=\"D\"] 9",
            ])
    }

    @Test func baseDataIsNotShown() throws {
        let found = try evaluation(
            """
            p if {
            \tsome user in data.users
            \tuser.name == input.name
            }
            p if {
            \tsecret := lower(data.secret)
            \tsecret == input.secret
            }
            p if {
            \ttext := sprintf("%v", [[x | some x in data.users]])
            \ttext == input.name
            }
            p if {
            \tlisted := input.name
            \tlisted in helper
            }
            p if check(data.secret, input.name)
            check(a, b) if a == b
            helper contains lower(data.secret)
            """,
            input: ["name": .string("eve"), "secret": .string("?")],
            data: ["users": .array([["name": .string("SECRET")]]), "secret": .string("SECRET")])
        let shown = found.attempts.map(shown)
        #expect(
            shown.prefix(5) == [
                "user.name == input.name [input.name=\"eve\"] 4", "secret == input.secret [input.secret=\"?\"] 8",
                "text == input.name [input.name=\"eve\"] 12", "listed in helper [listed=\"eve\"] held a.helper:20 16",
                "check(data.secret, input.name) [input.name=\"eve\"] 18",
            ])
        // Of what a function is called with, what the asker's own input holds.
        #expect(shown.dropFirst(5) == ["a == b [b=\"eve\"] 19"])
        #expect(!shown.joined().lowercased().contains("\"secret\""))
    }

    @Test func whatWithReplacedIsNotTakenForTheInput() throws {
        let found = try evaluation(
            "p if q with input.x as 7\nq if input.x == 8\np if input.x == 3 with input.x as 4", input: ["x": .int(1)])
        #expect(
            found.attempts.map(shown) == [
                "q with input.x as 7 [] 2", "input.x == 3 with input.x as 4 [] 4", "input.x == 8 [] 3",
            ])
    }

    @Test func whatFailsInsideAClosureIsNotWhatFailed() throws {
        let found = try evaluation(
            "p if count([x | some x in input.xs; x > 2]) > 1\np if not q\nq if { some x in input.xs; x == 2 }",
            input: ["xs": .array([.int(1), .int(2)])])
        #expect(
            found.attempts.filter { $0.rule == "a.p" }.map(shown) == [
                "count([x | some x in input.xs; x > 2]) > 1 [input.xs=[1, 2]] 2", "not q [] held a.q:4 3",
            ])
    }

    @Test func longValuesAreShortened() throws {
        let long: Value = .array((0..<100_000).map { .int($0) })
        let attempt = try #require(
            try evaluation("p if count(input.x) < 3", input: ["x": long]).attempts.first)
        let value = try #require(attempt.seen.first?.value)
        #expect(value.hasPrefix("[0, 1, 2,"))
        #expect(value.unicodeScalars.count <= 80)
    }

    // MARK: The nearest

    @Test func theNearestRulesComeFirstAndRulesStandForTheirConditions() throws {
        let found = try evaluation(
            """
            p if input.action == "other"
            p if {
            \tinput.action == "read"
            \tis_admin
            }
            p if {
            \tinput.action == "read"
            \tinput.registered
            \tinput.owner == input.agent
            }
            p if is_write
            is_admin if input.socket == "admin"
            is_admin if input.uid in data.admins
            is_write if input.action == "write"
            """,
            input: [
                "action": .string("read"), "registered": .bool(true), "owner": .int(1), "agent": .int(2),
                "socket": .string("agent"), "uid": .int(1000),
            ], data: ["admins": .array([.int(0)])])
        #expect(
            found.nearest(4, fixed: [["action"]]).map(shown) == [
                "input.owner == input.agent [input.owner=1, input.agent=2] 10",
                "input.socket == \"admin\" [input.socket=\"agent\"] 13", "input.uid in data.admins [input.uid=1000] 14",
            ])
        #expect(found.nearest(1, fixed: [["action"]]).count == 1)
    }

    @Test func amongManyRulesTheNearestAreKept() throws {
        var rules = (0..<500).map { "p if { input.action == \"\($0)\"; input.x == \($0) }\n" }.joined()
        rules += "p if { input.action == \"read\"; input.x == 1 }\n"
        rules += (0..<500).map { "p if { input.action == \"\($0)\"; input.x == \($0) }\n" }.joined()
        let found = try evaluation(rules, input: ["action": .string("read"), "x": .int(3)])
        #expect(found.nearest(4, fixed: [["action"]]).map(shown) == ["input.x == 1 [input.x=3] 502"])
        #expect(found.attempts.count <= 32)
    }

    @Test func whatTheIndexLeftOutMayFailWithoutHarm() throws {
        // The first near miss spends the budget of explanations; the rules that come after it would start from nothing.
        let spending = (0..<8).map {
            "p if { input.kind == \"k\($0)\"; q\($0) }\n"
                + "q\($0) if { some x in numbers.range(1, 4000); s := concat(\"\", [input.text, input.text]); count(s) < x }\n"
        }.joined()
        let found = try evaluation(
            spending
                + "p if { input.other == 1; r }\nr if { input.kind == \"z\"; count(input.text) > 5 }\nr if input.kind == \"y\"",
            input: ["kind": .string("none"), "text": .string(String(repeating: "x", count: 4_000)), "other": .int(1)])
        #expect(found.error == nil)
        #expect(found.nearest(4).count <= 4)
        #expect(!found.attempts.isEmpty)
    }

    @Test func theQuerysOwnRuleIsNamedHoweverManyOthersHeld() throws {
        let found = try evaluation(
            "p if { every x in numbers.range(1, 100) { even(x); odd(x) } }\neven(x) if x > 0\nodd(x) if x > 0")
        #expect(found.fired.first?.rule == "a.p")
        #expect(found.fired.count <= 64)
    }
}
