// Results of conformance cases, counted by category and tier.

/// How many cases of a category, or of a tier, passed.
public struct ConformanceTally: Sendable, Equatable {
    public private(set) var passed = 0
    public private(set) var cases = 0

    /// From 0 to 1; of no cases, 1.
    public var share: Double { cases == 0 ? 1 : Double(passed) / Double(cases) }

    mutating func add(_ result: ConformanceResult) {
        cases += 1
        if result.passed { passed += 1 }
    }
}

public struct ConformanceReport: Sendable {
    public let results: [ConformanceResult]
    /// The letter of each category's tier.
    private let tiers: [String: String]

    /// - Parameter tiers: the text of `tiers.json`, an object from category to a tier's letter and name.
    public init(_ results: [ConformanceResult], tiers text: String? = nil) throws(JSONError) {
        self.results = results
        var tiers: [String: String] = [:]
        if let text, case .object(let object) = try Value(json: text) {
            for case (.string(let category), .string(let tier)) in object.members {
                tiers[category] = String(tier.prefix(1))
            }
        }
        self.tiers = tiers
    }

    public var failures: [ConformanceResult] { results.filter { !$0.passed } }

    public var total: ConformanceTally {
        var total = ConformanceTally()
        for result in results { total.add(result) }
        return total
    }

    /// `A` to `E`; `-` of a category that no tier names.
    public func tier(of category: String) -> String { tiers[category] ?? "-" }

    /// In the order of tiers.
    public var byTier: [(tier: String, tally: ConformanceTally)] {
        tally { tier(of: $0.category) }.map { ($0.key, $0.value) }.sorted { $0.tier < $1.tier }
    }

    /// In the order of tiers, then of names.
    public var byCategory: [(tier: String, category: String, tally: ConformanceTally)] {
        tally(\.category).map { (tier(of: $0.key), $0.key, $0.value) }
            .sorted { ($0.tier, $0.category) < ($1.tier, $1.category) }
    }

    private func tally(_ key: (ConformanceResult) -> String) -> [String: ConformanceTally] {
        var tallies: [String: ConformanceTally] = [:]
        for result in results { tallies[key(result), default: ConformanceTally()].add(result) }
        return tallies
    }
}
