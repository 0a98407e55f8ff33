// The runner of Rego unit tests: what passes, what fails, what is told of it.

import Rego
import Testing

private func outcomes(_ texts: String..., filter: (String) -> Bool = { _ in true }) throws -> [TestOutcome] {
    let modules = try texts.enumerated().map { try Module(parsing: $1, file: "\($0).rego") }
    return try TestRunner.run(modules: modules, filter: filter)
}

/// One word for each test of a module.
private func words(_ rules: String) throws -> [String] {
    try outcomes("package t\n\(rules)\n").map { outcome in
        let name = outcome.name.dropFirst("t.".count)
        return switch outcome.result {
        case .passed: "\(name) passed"
        case .failed: "\(name) failed"
        case .error(let error): "\(name) \(error.code.rawValue)"
        case .pending: "\(name) pending"
        }
    }
}

@Suite struct TestRunnerTests {
    @Test(arguments: [
        ("test_a if true", ["test_a passed"]),
        ("test_a := 1", ["test_a passed"]),
        ("test_a := false", ["test_a failed"]),
        ("test_a if input.x", ["test_a failed"]),
        ("test_a if 1 / 0 == 1", ["test_a eval_builtin_error"]),
        ("test_a := x if some x in [1, 2]", ["test_a eval_conflict_error"]),
        ("todo_test_a if false", ["todo_test_a pending"]),
        ("testing if false\nf(x) := x\ntest_f(x) := x", []),
        ("default test_a := false\ntest_a if true", ["test_a passed"]),
        ("test_a if {\n\tinput.x == 1 with input as {\"x\": 1}\n}", ["test_a passed"]),
    ])
    func endsAs(_ rules: String, _ expected: [String]) throws {
        #expect(try words(rules) == expected)
    }

    /// As one rule with two bodies the first would hide that the second fails.
    @Test func twoOfOneNameAreTwoTests() throws {
        #expect(try words("test_a if true\ntest_a if false") == ["test_a passed", "test_a#2 failed"])
        let apart = try outcomes("package a\ntest_x if true\n", "package b\ntest_x if true\n")
        #expect(apart.map(\.name) == ["a.test_x", "b.test_x"])
    }

    @Test func casesOfOneTestMustAllHold() throws {
        #expect(
            try words("test_a[name] := x > 0 if some name, x in {\"one\": 1, \"none\": 0}") == ["test_a failed"])
        #expect(try words("test_a[name] := x > 0 if some name, x in {\"one\": 1, \"two\": 2}") == ["test_a passed"])
        #expect(try words("test_a[name] := true if some name, x in {}") == ["test_a failed"])
        #expect(try words("test_a contains x if some x in []") == ["test_a failed"])
    }

    @Test func failureTellsWhereAndOnWhat() throws {
        let failed = try outcomes("package t\n\ntest_a if {\n\ttrue\n\tdata.u.p == 2\n}\n", "package u\n\np := 1\n")
        let outcome = try #require(failed.first)
        #expect(outcome.location.description == "0.rego:3:1")
        let attempt = try #require(outcome.attempts.first)
        #expect(attempt.rule == "t.test_a")
        #expect(attempt.literal == "data.u.p == 2")
        #expect(attempt.literalLocation?.description == "0.rego:5:2")
    }

    @Test func filterAndClock() throws {
        let module = try Module(parsing: "package t\ntest_a if true\ntest_b if true\n", file: "t.rego")
        var time: UInt64 = 0
        let clock = {
            time += 5
            return time
        }
        let outcomes = try TestRunner(modules: [module]).run(clock: clock) { $0 == "t.test_b" }
        #expect(outcomes.map(\.name) == ["t.test_b"])
        #expect(outcomes.first?.nanoseconds == 5)
        #expect(try #require(outcomes.first).steps > 0)
    }

    @Test func mistakesAreToldAll() throws {
        let error = #expect(throws: RegoErrors.self) {
            _ = try outcomes("package t\ntest_a if x\ntest_a if y\n")
        }
        #expect(error?.errors.count == 2)
    }

    @Test func timeIsGiven() throws {
        let module = try Module(parsing: "package t\ntest_a if time.now_ns() == 7\n", file: "t.rego")
        #expect(try TestRunner(modules: [module]).run(wallNanoseconds: 7).first?.result == .passed)
    }
}
