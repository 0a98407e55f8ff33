// Open Policy Agent's own cases, when they lie beside the package. What does not pass is in known-failures.txt, each
// with its reason, and nothing else is: a case that starts to pass leaves the list.

import Foundation
import Rego
import Testing

/// Where the cases are: beside the package, not in it.
private let cases = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/data/rego")

private func isThere(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: cases.appendingPathComponent(folder).path)
}

/// Runs all files of a folder.
private func results(_ folder: String) throws -> [ConformanceResult] {
    let folder = cases.appendingPathComponent(folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasSuffix(".json") }.sorted().flatMap { name in
        try ConformanceSuite.run(cases: String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8))
    }
}

/// The text of all modules of all cases in a folder.
private func modules(_ folder: String) throws -> [String] {
    let folder = cases.appendingPathComponent(folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasSuffix(".json") }.sorted().flatMap { name in
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        let items = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
        return items.flatMap { $0["modules"] as? [String] ?? [] }
    }
}

@Suite struct ConformanceTests {
    /// The reason of each case that is known to fail: `id reason` in each line that does not begin with #.
    private static func knownFailures() throws -> [String: String] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("known-failures.txt")
        var reasons: [String: String] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ", maxSplits: 1)
            try #require(words.count == 2, "\(line): a known failure needs a reason")
            #expect(reasons.updateValue(String(words[1]), forKey: String(words[0])) == nil, "\(words[0]) stands twice")
        }
        return reasons
    }

    @Test(
        .enabled(if: isThere("dev"), "skipped: the conformance cases are not beside the package"))
    func everyCasePassesButThoseKnownToFail() throws {
        let known = try Self.knownFailures()
        let tiers = try String(contentsOf: cases.appendingPathComponent("tiers.json"), encoding: .utf8)
        let report = try ConformanceReport(results("dev") + results("newer") + results("extra"), tiers: tiers)
        for (tier, tally) in report.byTier {
            print("rego conformance: tier \(tier): \(tally.passed) of \(tally.cases)")
        }
        for failure in report.failures where known[failure.id] == nil {
            Issue.record("\(failure.id) does not pass: \(failure.detail.prefix(600))")
        }
        let failed = Set(report.failures.map(\.id))
        for (id, reason) in known where !failed.contains(id) {
            Issue.record("\(id) passes, or is no case any more: it leaves known-failures.txt (\(reason))")
        }
    }

    @Test(.enabled(if: isThere("dev"), "skipped: the conformance cases are not beside the package"))
    func formattingTheirModulesKeepsTheTree() throws {
        var count = 0
        for text in try modules("dev") + modules("newer") + modules("extra") {
            guard let module = try? Module(parsing: text, file: "case") else { continue }
            count += 1
            let once = Rego.Formatter.layout(module)
            #expect(Rego.Formatter.isFaithful(once, to: module), "\(text)\nbecame\n\(once)")
            let twice = (try? Module(parsing: once, file: "case")).map(Rego.Formatter.layout)
            #expect(twice == once, "formatted twice is not formatted once")
        }
        #expect(count > 1000)
    }

    @Test func resultsAreCountedByTierAndCategory() throws {
        let text = """
            [{"id": "x/a", "query": "x = 1", "modules": [], "want_result": [{"x": 1}]},
             {"id": "x/b", "query": "x = 1", "modules": [], "want_result": [{"x": 2}]},
             {"id": "y/c", "modules": ["package a\\np := x"], "want_error_code": "rego_unsafe_var_error"},
             {"id": "y/d", "modules": ["package a\\np := 1"], "want_error_code": null}]
            """
        let report = try ConformanceReport(ConformanceSuite.run(cases: text), tiers: #"{"x": "B builtins"}"#)
        #expect(report.failures.map(\.id) == ["x/b"])
        #expect(report.byTier.map { "\($0.tier) \($0.tally.passed)/\($0.tally.cases)" } == ["- 2/2", "B 1/2"])
        #expect(report.byCategory.map { "\($0.tier) \($0.category) \($0.tally.share)" } == ["- y 1.0", "B x 0.5"])
        #expect(try ConformanceSuite.run(cases: #"{"x": "B builtins"}"#).isEmpty)
    }
}
