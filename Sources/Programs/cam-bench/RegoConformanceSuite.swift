// `cam-bench rego-conformance`: how much of Rego the evaluator gets right, by the cases of a folder.

import CommandLineInterface
import Linux
import Rego

struct RegoConformanceSuite {
    private let report: ConformanceReport
    private let folder: String

    /// The largest file of cases that is read.
    private static let fileBytesMax = 256 << 20

    /// Runs every `*.json` of a folder that is an array of cases.
    init(folder: String) throws {
        self.folder = folder
        var results: [ConformanceResult] = []
        let names: [String]
        do throws(Errno) {
            names = try Directory.list(folder)
        } catch {
            throw BenchFailure(
                "\(folder) cannot be read: \(error); give the folder of the cases with --data", .notFound)
        }
        for name in names where name.hasSuffix(".json") {
            let text = try Self.text(folder + "/" + name)
            do throws(JSONError) {
                results += try ConformanceSuite.run(cases: text)
            } catch {
                throw BenchFailure("\(folder)/\(name) is no JSON: \(error)")
            }
        }
        guard !results.isEmpty else { throw BenchFailure("there are no cases in \(folder)", .notFound) }
        report = try ConformanceReport(results, tiers: Self.tiers(of: folder))
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try File.readAll(path, limit: fileBytesMax), as: UTF8.self)
    }

    /// Beside the cases, or in the folder above.
    private static func tiers(of folder: String) -> String? {
        [folder + "/tiers.json", folder + "/../tiers.json"].lazy.compactMap { try? text($0) }.first
    }

    func print(to console: Console) {
        var categories = Table([
            .init("tier"), .init("category", flexible: true), .init("passed", .right), .init("cases", .right),
        ])
        for row in report.byCategory {
            categories.add([row.tier, row.category, String(row.tally.passed), String(row.tally.cases)])
        }
        console.table(categories)
        console.line()
        var tiers = Table([
            .init("tier", flexible: true), .init("passed", .right), .init("cases", .right), .init("share", .right),
        ])
        for (name, tally) in rows + [("all", report.total)] {
            tiers.add([
                name, String(tally.passed), String(tally.cases), Report.decimal(tally.share * 100, 1) + " %",
            ])
        }
        console.table(tiers)
        if !report.failures.isEmpty { console.line() }
        for failure in report.failures {
            console.line("failed: \(failure.id): \(Table.printable(String(failure.detail.prefix(300))))")
        }
    }

    private var rows: [(String, ConformanceTally)] {
        report.byTier.map { ("tier " + $0.tier, $0.tally) }
    }

    var json: JSONText {
        .object([
            ("suite", .text("rego-conformance")),
            ("rows", .array(rows.map { Self.json($0.0, $0.1) })),
            ("total", Self.json("all", report.total)),
            (
                "categories",
                .array(report.byCategory.map { Self.json($0.category, $0.tally, tier: $0.tier) })
            ),
            (
                "failures",
                .array(report.failures.map { .object([("id", .text($0.id)), ("detail", .text($0.detail))]) })
            ),
            ("notes", .array([.text("Cases of \(folder).")])),
        ])
    }

    private static func json(_ name: String, _ tally: ConformanceTally, tier: String? = nil) -> JSONText {
        .members([
            ("name", .text(name)),
            ("tier", tier.map { .text($0) }),
            ("value", .number(tally.share)),
            ("unit", .text("share passed")),
            ("passed", .integer(Int64(tally.passed))),
            ("cases", .integer(Int64(tally.cases))),
        ])
    }
}
