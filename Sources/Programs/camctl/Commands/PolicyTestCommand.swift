// camctl policy test: runs the unit tests of policies, without camd.

import CommandLineInterface
import Configuration
import Linux
import Policy
import ProtobufWire
import Rego

enum PolicyTestCommand {
    private static let run = Option<String?>.text(
        "run", "REGEX", "Run only the tests whose name, such as cam_test.test_admin_may, has a match.")
    private static let verbose = Option<Bool>.flag("verbose", "Name each test, not only those that did not pass.")
    private static let coverage = Option<Bool>.flag("coverage", "Say which lines of the policies the tests ran.")
    private static let threshold = Option<Double?>.number(
        "threshold", "PERCENT", 0...100, "End with 1 where fewer lines ran; means --coverage.")
    private static let lenient = Option<Bool>.flag(
        "lenient", "Let an error of a builtin leave its expression undefined; camd itself denies on it.")

    static let command = Command(
        "test", "Run the unit tests of the policies: rules named test_ in files named _test.rego.",
        discussion: """
            Works without camd. A test passes where it has a value other than false; todo_test_ is named and not run. Of a \
            test that failed, the first conditions that did not hold are shown. Ends with 1 where a test does not pass, \
            where there is none, or where fewer lines than --threshold ran.
            """,
        options: [
            run.declaration, verbose.declaration, coverage.declaration, threshold.declaration, lenient.declaration,
        ] + CommonOptions.settings,
        arguments: [PolicyFileCommands.paths.declaration]
    ) { invocation, console in
        let filter = try filter(invocation)
        let set = PolicySet(
            invocation[PolicyFileCommands.paths], try Configuration.load(ConfigurationOptions.sources(invocation)))
        let runner: TestRunner
        switch set.testRunner() {
        case .bad(let mistakes): return PolicyFileCommands.tell(mistakes, invocation, console)
        case .good(let good): runner = good
        }
        let watched = invocation[coverage] || invocation[threshold] != nil
        let observer = watched ? Observer() : nil
        let outcomes = runner.run(
            isStrict: !invocation[lenient], wallNanoseconds: Clock.wall(), observer: observer, clock: Clock.monotonic,
            filter: filter)
        let tests = Set(set.tests.map(\.name.string))
        let covered = observer.map { runner.coverage(by: $0).filter { !tests.contains($0) } }
        let report = PolicyTestReport(outcomes: outcomes, coverage: covered, threshold: invocation[threshold])
        if invocation.wantsJSON {
            console.json(report.json)
        } else {
            report.show(console, isVerbose: invocation[verbose])
        }
        return report.isGood ? .ok : .failed
    }

    private static func filter(_ invocation: Invocation) throws(UsageError) -> (String) -> Bool {
        guard let pattern = invocation[run] else { return { _ in true } }
        guard let regex = try? Regex(pattern) else {
            throw invocation.usageError("--run is '\(pattern)', which is no regular expression")
        }
        return { $0.contains(regex) }
    }
}

/// What came of a run of tests, for people and as JSON.
struct PolicyTestReport {
    let outcomes: [TestOutcome]
    let coverage: Coverage?
    let threshold: Double?

    var isGood: Bool {
        let failed = outcomes.contains { $0.result != .passed && $0.result != .pending }
        return !failed && !outcomes.isEmpty && !isBelowThreshold
    }

    private var isBelowThreshold: Bool {
        if let threshold, let coverage { coverage.share * 100 < threshold } else { false }
    }

    func show(_ console: Console, isVerbose: Bool) {
        for outcome in outcomes where isVerbose || outcome.result != .passed {
            let time = Shown.duration(microseconds: outcome.nanoseconds / 1_000)
            let place = Table.printable("\(outcome.name)  \(outcome.location)")
            console.line("\(Self.word(outcome).padded(to: 7))  \(place)  \(time)")
            for line in Self.details(outcome) { console.line("         " + Table.printable(line)) }
        }
        for file in coverage?.files ?? [] where file.linesUncovered > 0 {
            let lines = file.uncovered.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            console.line(Table.printable("not run  \(file.name): \(lines.joined(separator: ", "))"))
        }
        console.line(summary)
    }

    private var summary: String {
        if outcomes.isEmpty { return "there is no test to run" }
        let counts = ["passed", "failed", "error", "pending"].compactMap { word -> String? in
            let count = outcomes.count { Self.word($0) == word }
            return count > 0 || word == "passed" ? "\(count) \(word)" : nil
        }
        let time = Shown.duration(microseconds: outcomes.reduce(0) { $0 + $1.nanoseconds } / 1_000)
        var summary = counts.joined(separator: ", ") + " in \(time)"
        if let coverage {
            let share = (coverage.share * 1_000).rounded() / 10
            summary += "; \(share) % of the lines ran"
            if let threshold, isBelowThreshold { summary += ", fewer than \(threshold) %" }
        }
        return summary
    }

    static func word(_ outcome: TestOutcome) -> String {
        switch outcome.result {
        case .passed: "passed"
        case .failed: "failed"
        case .error: "error"
        case .pending: "pending"
        }
    }

    /// Where a test stopped: its own first condition that did not hold, then those of the rules that it asked.
    private static func details(_ outcome: TestOutcome) -> [String] {
        var lines: [String] = []
        if case .error(let error) = outcome.result { lines.append(error.description) }
        if case .failed = outcome.result, let value = outcome.value { lines.append("its value is \(value)") }
        return lines + outcome.attempts.prefix(8).compactMap(\.shown) + outcome.printed.map { "printed: \($0)" }
    }

    var json: JSONText {
        .members([
            ("good", .boolean(isGood)),
            ("tests", .array(outcomes.map(Self.json))),
            (
                "coverage",
                coverage.map { coverage in
                    .object([
                        ("share", .number(coverage.share)), ("files", .array(coverage.files.map(Self.json))),
                    ])
                }
            ),
        ])
    }

    private static func json(_ outcome: TestOutcome) -> JSONText {
        .members([
            ("name", .text(outcome.name)), ("file", .text(outcome.location.file)),
            ("line", .integer(Int64(outcome.location.line))), ("result", .text(word(outcome))),
            ("duration_ns", .unsigned(outcome.nanoseconds)), ("steps", .unsigned(outcome.steps)),
            ("details", outcome.result == .passed ? nil : .array(details(outcome).map { .text($0) })),
        ])
    }

    private static func json(_ file: Coverage.File) -> JSONText {
        func ranges(_ ranges: [ClosedRange<Int>]) -> JSONText {
            .array(ranges.map { .array([.integer(Int64($0.lowerBound)), .integer(Int64($0.upperBound))]) })
        }
        return .object([
            ("name", .text(file.name)), ("covered", ranges(file.covered)), ("uncovered", ranges(file.uncovered)),
        ])
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
