// What a query says it can read: nothing that matters is missing, and not more than the code mentions.

import Rego
import Testing

@Suite struct ReadSetTests {
    private func query(_ rules: String, _ other: String = "") throws -> PreparedQuery {
        try CompiledPolicy(modules: [
            Module(parsing: "package a\n\(rules)\n", file: "a.rego"),
            Module(parsing: "package b\n\(other)\n", file: "b.rego"),
        ]).prepare(entry: "data.a.p")
    }

    @Test(arguments: [
        ("p := 1", []),
        ("p if input.x.y == 1", [["x", "y"]]),
        ("p if { input.x.y; input.x; input.w }", [["w"], ["x"]]),
        ("p if input.xs[0].y", [["xs"]]),
        ("p if input.xs[_] == input.y", [["xs"], ["y"]]),
        ("p if q\nq if f(input.a)\nf(x) if x == input.b", [["a"], ["b"]]),
        ("p if q == 1\nq := 1 if input.a\nelse := 2 if input.b\nr if input.c", [["a"], ["b"]]),
        ("default p := false\np if not q\nq if { some x in input.s; x == 1 }\nr if input.t", [["s"]]),
        ("f(_) if input.g\np if count([1]) with count as f", [["g"]]),
        ("p if q with input.z as 1\nq if input.z == input.y", [["y"], ["z"]]),
        ("p if every x in input.l { x == input.m }", [["l"], ["m"]]),
    ])
    func findsWhatIsMentioned(_ rules: String, _ wanted: [[String]]) throws {
        #expect(try query(rules).inputPaths == wanted)
    }

    @Test func followsEveryRuleThatAPathIntoDataCanComeTo() throws {
        let other = "q if input.v\nr if input.w"
        #expect(try query("p if data.b[input.k]", other).inputPaths == [["k"], ["v"], ["w"]])
        #expect(try query("p if count(data.b) > 0", other).inputPaths == [["v"], ["w"]])
        #expect(try query("p if data.b.q", other).inputPaths == [["v"]])
    }

    @Test(arguments: ["p if input == 1", "p if input[_] == 1", "p if { some k; input[k] }", "p if count(input) > 1"])
    func aWholeInputIsAnything(_ rules: String) throws {
        #expect(try query(rules).inputPaths == nil)
    }

    @Test(arguments: [("p := time.now_ns()", true), ("p := time.parse_duration_ns(\"1s\")", false), ("p := 1", false)])
    func askingForTheTimeIsNoted(_ rules: String, _ wanted: Bool) throws {
        #expect(try query(rules).evaluate(input: nil).readTime == wanted)
    }
}
