// The index of rules: what it leaves out makes no difference. Every policy here is asked with and without it, in both
// ways of treating errors, about inputs that hit, miss and break each test.

import Rego
import Testing

@Suite struct RuleIndexTests {
    private static let policies = [
        // Equality on the input, both sides, deep paths, missing parts.
        "p if input.a == \"x\"\np if \"y\" == input.a\np if input.a = 1\np if input.b.c == \"x\"",
        // Different values conflict, equal ones do not.
        "p := 1 if input.a == \"x\"\np := 2 if input.a in {\"x\", \"y\"}\np := 2 if input.b.c == \"x\"",
        // Numbers are equal by value, whatever they look like; false, null and collections are values as well.
        "p if input.a == 1\np if input.a == 10\np := false if input.a == false\np if input.a == null\n"
            + "p if input.a == [1, {\"k\": {2}}]\np if input.a == {\"k\": 1}",
        // Through locals, and after what cannot fail with an error.
        "p if { x := input.a; x == \"x\" }\np if { input.b; not input.a; input.b.c == \"x\" }\n"
            + "p if { some i in input.l; i > 0; input.a == \"x\" }\np if { y = input.b; y.c == \"x\" }",
        // What comes after a possible error may not hide it.
        "p if { 1 / input.n == 1; input.a == \"x\" }\np if { input.a == \"y\"; 1 / input.n == 1 }\n"
            + "p if { count(input.a) == 1; input.b.c == \"x\" }\np if input.a == \"z\"",
        "q := 1 if input.a\nq := 2 if input.b\np if { q == 1; input.a == \"x\" }\np if { q; input.a == \"y\" }",
        // Else branches: the rule stands for all of them.
        "p := 1 if input.a == \"x\" else := 2 if input.a == \"y\"\np := 3 if input.a == \"z\"\np := 3 if input.a == 1",
        "p := 1 if input.a == \"x\" else := 2\np := 2 if input.a == \"y\"",
        "p := 1 if input.a == \"x\" else := 2 if input.b.c == \"x\"\np := 2 if input.a == \"y\"",
        // Defaults, alone and beside.
        "default p := 0\np := 1 if input.a == \"x\"\np := 2 if input.a == \"y\"",
        // Partial sets and objects.
        "p contains 1 if input.a == \"x\"\np contains 2 if input.a == \"y\"\np contains 3 if input.b.c == \"x\"",
        "p.k := 1 if input.a == \"x\"\np.k := 2 if input.a == \"x\"\np[v] := 3 if { v := input.a; input.b.c == \"x\" }",
        // Functions, by argument, by pattern, by part of an argument.
        "f(\"x\", _) := 1\nf(\"y\", _) := 2\nf(_, \"x\") := 1\np := f(input.a, input.b.c)",
        "f([\"x\", v]) := v\nf([\"y\", v]) := v + 1\nf(o) := 9 if o.c == \"x\"\np := [f([input.a, 1]) | true][0]",
        "f(v) := 1 if v in {\"x\", \"y\"}\nf(v) := 2 if v == \"z\"\ndefault f(_) := 0\np := f(input.a)",
        // Membership: written out, in data, in a rule; values of an object count, its keys do not.
        "p if input.a in [\"x\", \"y\", 1]\np if input.a in data.set\np if input.a in data.object",
        "s := {\"x\", \"z\"}\nt contains \"y\" if input.b\np := 1 if input.a in s\np := 2 if input.a in t",
        "p if input.a in data.missing\np if input.a in data.number\np if not input.a in {\"x\", \"y\"}",
        // Beginnings: what is no string is an error, which has to be found.
        "p if startswith(input.a, \"x\")\np if startswith(input.a, \"xy\")\np := false if startswith(input.b.c, \"x\")",
        "p if glob.match(\"x:*\", [\":\"], input.a)\np if glob.match(\"y*\", [], input.a)\n"
            + "p if glob.match(\"{x,y}z\", null, input.a)\np if glob.match(\"x[\", [], input.a)",
        "p if glob.match(\"x*\", [\"ab\"], input.a)\np if glob.match(\"y*\", [input.b], input.a)\np if input.a == \"z\"",
        // Two tests, in both orders; one of a kind that is not indexed.
        "p if { input.a == \"x\"; input.b.c == \"x\" }\np if { input.b.c == \"y\"; input.a == \"x\" }\n"
            + "p if { input.a == \"x\"; input.b.c == \"z\" }\np if { input.a == \"y\"; input.n > 0 }",
        // Modifiers: what was known at load does not hold then.
        "q if input.a == \"x\"\nq if input.a in data.set\nq if input.a in s\ns := {\"x\"}\n"
            + "p := 1 if q with input.a as \"z\"\np := 2 if q with data.set as {\"y\"}\np := 2 if q with s as [\"q\"]",
        "q := 1 if is_string(input.a)\nq := 2 if input.a == 1\nf(_) := true\np := v if v := q with is_string as f",
        "q if { is_string(1); input.a == \"x\" }\nq if { not is_string(1); input.a == \"y\" }\n"
            + "f(v) := 1 / input.n == v\np if q with is_string as f",
    ]

    private static let inputs = [
        "{}", "{\"a\": \"x\"}", "{\"a\": \"y\"}", "{\"a\": \"z\"}", "{\"a\": \"xyz\"}", "{\"a\": \"x:1\"}",
        "{\"a\": \"\"}",
        "{\"a\": 1}", "{\"a\": 1.0}", "{\"a\": 1e1}", "{\"a\": false}", "{\"a\": null}", "{\"a\": [1, {\"k\": [2]}]}",
        "{\"a\": {\"k\": 1}}", "{\"b\": {\"c\": \"x\"}}", "{\"a\": \"x\", \"b\": {\"c\": \"x\"}}",
        "{\"a\": \"x\", \"b\": {\"c\": \"y\"}}", "{\"a\": \"x\", \"b\": {\"c\": 7}}", "{\"a\": \"x\", \"b\": 3}",
        "{\"a\": \"x\", \"n\": 0}", "{\"a\": \"y\", \"n\": 0}", "{\"a\": \"y\", \"n\": 1}",
        "{\"a\": 1, \"b\": {\"c\": \"x\"}}",
        "{\"a\": \"x\", \"l\": [0, 1]}", "{\"n\": 0, \"b\": {\"c\": \"x\"}}", "[]", "\"x\"",
    ]

    private static let data =
        "{\"set\": [\"x\", \"q\", 1], \"object\": {\"x\": \"y\", \"y\": \"w\"}, \"number\": 3, \"a\": {\"set\": 1}}"

    @Test(arguments: policies)
    func leavesTheAnswersAlone(_ rules: String) throws {
        let module = try Module(parsing: "package a\n\(rules)\n", file: "a.rego")
        let data = try Value(json: Self.data)
        let indexed = try CompiledPolicy(modules: [module], data: data).prepare(entry: "data.a.p")
        let plain = try CompiledPolicy(modules: [module], data: data, isIndexed: false).prepare(entry: "data.a.p")
        for text in Self.inputs {
            for isStrict in [false, true] {
                let input = try Value(json: text)
                let one = indexed.evaluate(input: input, isStrict: isStrict)
                let other = plain.evaluate(input: input, isStrict: isStrict)
                #expect(one.value == other.value, "\(text) strict: \(isStrict)")
                #expect(one.error == other.error, "\(text) strict: \(isStrict)")
                #expect(one.builtinErrors == other.builtinErrors, "\(text) strict: \(isStrict)")
                // Rules that only a rule left out would have asked for are not asked for.
                #expect(
                    one.fired.filter { $0.rule == "a.p" } == other.fired.filter { $0.rule == "a.p" },
                    "\(text) strict: \(isStrict)")
            }
        }
        #expect(
            indexed.evaluate(input: nil, isStrict: true).value == plain.evaluate(input: nil, isStrict: true).value)
    }

    private func steps(_ count: Int, _ rule: (Int) -> String, data: Value = .emptyObject, _ input: Value) throws
        -> UInt64
    {
        let text = "package a\ndefault p := false\n" + (0..<count).map(rule).joined(separator: "\n")
        let policy = try CompiledPolicy(modules: [Module(parsing: text, file: "a.rego")], data: data)
        let evaluation = try policy.prepare(entry: "data.a.p").evaluate(input: input, isStrict: true)
        #expect(evaluation.value == .bool(true))
        return evaluation.steps
    }

    @Test(
        arguments: [
            { "p if { input.user == \"u\($0)\"; input.action == \"read\" }" },
            { "p if { input.action == \"read\"; input.user == \"u\($0)\" }" },
            { "p if { input.action in {\"read\", \"write\"}; input.user in {\"u\($0)\", \"v\($0)\"} }" },
            { "p if f(\"u\($0)\", input.user)\nf(\"u\($0)\", user) if user == \"u\($0)\"" },
            { "p if startswith(input.user, \"u\($0)x\")\np if glob.match(\"u\($0)*\", [], input.user)" },
        ] as [@Sendable (Int) -> String])
    func stepsDoNotGrowWithTheRules(_ rule: @Sendable (Int) -> String) throws {
        let input = try Value(json: "{\"action\": \"read\", \"user\": \"u7\"}")
        let few = try steps(8, rule, input)
        if rule(1).contains("f(") {
            // Every rule is tried there, but each runs one rule of the function.
            #expect(try steps(80, rule, input) <= few * 11)
        } else {
            #expect(try steps(800, rule, input) <= few + few / 2)
        }
    }

    @Test func aDenialNamesTheRulesThatCameClosest() throws {
        let rules =
            (0..<100).map { "p if { input.action == \"a\($0)\"; input.owner == \($0) }" } + ["default p := false"]
        let policy = try CompiledPolicy(modules: [
            Module(parsing: "package a\n" + rules.joined(separator: "\n"), file: "a.rego")
        ])
        let denial = try policy.prepare(entry: "data.a.p").evaluate(
            input: Value(json: "{\"action\": \"a70\", \"owner\": 1}"))
        #expect(denial.value == .bool(false))
        let literals = denial.attempts.compactMap(\.literal)
        #expect(literals.contains("input.owner == 70"))
        #expect(literals.count <= 32)
    }

    @Test func aRuleThatHoldsEndsTheSearchAmongThoseOfItsValue() throws {
        let policy = try CompiledPolicy(modules: [
            Module(parsing: "package a\np if input.a == 1\np if input.a in [1, 2]\np if true", file: "a.rego")
        ])
        #expect(try policy.prepare(entry: "data.a.p").evaluate(input: Value(json: "{\"a\": 1}")).fired.count == 1)
    }
}
