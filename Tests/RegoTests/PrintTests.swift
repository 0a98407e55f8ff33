// print and trace: what they leave in the evaluation, and that they change nothing else.

import Rego
import Testing

private func evaluation(_ rules: String, budget: Budget = .standard) throws -> Evaluation {
    let policy = try CompiledPolicy(modules: [Module(parsing: "package a\n\(rules)\n", file: "a.rego")])
    return try policy.prepare(entry: "data.a.p").evaluate(input: nil, budget: budget)
}

@Suite struct PrintTests {
    @Test func printedLinesComeWithTheEvaluation() throws {
        let printing = try evaluation(
            "p if {\n\tx := {1, \"a\"}\n\tprint(\"x is\", x, input.missing, \"b\")\n\tprint()\n}")
        #expect(printing.value == .bool(true))
        #expect(printing.printed == ["x is {1, \"a\"} <undefined> b", ""])
        #expect(try evaluation("p if trace(\"here\")").printed == ["here"])
    }

    @Test func eachCombinationOfValuesIsALine() throws {
        #expect(try evaluation("p if print([1, 2][_], {\"a\", \"b\"}[_])").printed == ["1 a", "1 b", "2 a", "2 b"])
        #expect(try evaluation("p := [x | some x in [1, 2]; print(x)]").printed == ["1", "2"])
        #expect(try evaluation("p if not print(1)").value == nil)
        #expect(try evaluation("p if every x in [1, 2] { print(x) }").printed == ["1", "2"])
    }

    @Test func aFunctionOfThePolicyMayBeCalledPrint() throws {
        #expect(try evaluation("print(x) := x\np := print(7)").value == .int(7))
    }

    @Test func whatIsNotBoundCannotBePrinted() {
        #expect(throws: RegoErrors.self) { try evaluation("p if print(x)") }
    }

    @Test func printingIsBounded() throws {
        let rows = try evaluation("p if { some x in numbers.range(1, 1000); print(x); false }")
        #expect(rows.printed.count == 100)
        let product = try evaluation(
            "xs := numbers.range(1, 3000)\np if print(xs[_], xs[_], xs[_], xs[_])", budget: Budget(steps: 100_000))
        #expect(product.printed.count == 100)
        let long = try evaluation("p if print(numbers.range(1, 100000))")
        #expect(long.printed.map(\.utf8.count) == [4096 + 3])
    }
}
