// Open Policy Agent's own cases, when they lie beside the package. A ratchet: the number that passes may only grow.

import Foundation
import Rego
import Testing

/// Where the cases are: beside the package, not in it.
private let caseFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/data/rego")

private func hasCases(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: caseFolder.appendingPathComponent(name).path)
}

private func text(_ path: String) throws -> String {
    try String(contentsOf: caseFolder.appendingPathComponent(path), encoding: .utf8)
}

@Suite struct ConformanceTests {
    /// Cases that pass at least, of each tier; raise them with what passes.
    private static let floor = ["A": 430, "B": 355, "C": 26, "D": 0, "E": 0]

    @Test(.enabled(if: hasCases("dev"), "skipped: the conformance cases are not beside the package"))
    func evaluatesAtLeastAsManyCasesAsBefore() throws {
        let tiers = try JSONSerialization.jsonObject(with: Data(text("tiers.json").utf8)) as? [String: String] ?? [:]
        var byTier: [String: (passed: Int, all: Int)] = [:]
        var byCategory: [String: (passed: Int, all: Int)] = [:]
        let names = try FileManager.default.contentsOfDirectory(
            atPath: caseFolder.appendingPathComponent("dev").path)
        for name in names.filter({ $0.hasSuffix(".json") }).sorted() {
            for result in try ConformanceSuite.run(evaluationCases: text("dev/\(name)")) {
                let tier = String(tiers[result.category]?.prefix(1) ?? "?")
                byTier[tier, default: (0, 0)].all += 1
                byCategory["\(tier) \(result.category)", default: (0, 0)].all += 1
                if result.passed {
                    byTier[tier, default: (0, 0)].passed += 1
                    byCategory["\(tier) \(result.category)", default: (0, 0)].passed += 1
                } else if ProcessInfo.processInfo.environment["REGO_VERBOSE"] != nil {
                    print("FAILED \(tier) \(result.id): \(result.detail.prefix(600))")
                }
            }
        }
        for (category, count) in byCategory.sorted(by: { $0.key < $1.key }) where count.passed < count.all {
            print("rego conformance: \(category): \(count.passed) of \(count.all)")
        }
        for (tier, count) in byTier.sorted(by: { $0.key < $1.key }) {
            print("rego conformance: tier \(tier): \(count.passed) of \(count.all)")
            #expect(count.passed >= Self.floor[tier] ?? 0, "tier \(tier) fell below its floor")
        }
    }

    @Test(.enabled(if: hasCases("newer"), "skipped: the conformance cases are not beside the package"))
    func evaluatesTheNewerCases() throws {
        for result in try ConformanceSuite.run(evaluationCases: text("newer/newer.json")) {
            #expect(result.passed, "\(result.id): \(result.detail)")
        }
    }

    @Test(.enabled(if: hasCases("extra"), "skipped: the compiler cases are not beside the package"))
    func refusesWhatACompilerMustRefuse() throws {
        // Refused until regular expressions come.
        let known: Set<String> = ["compile/68"]
        for result in try ConformanceSuite.run(compilerCases: text("extra/compile-errors.json"))
        where !known.contains(result.id) {
            #expect(result.passed, "\(result.id): \(result.detail)")
        }
    }
}
