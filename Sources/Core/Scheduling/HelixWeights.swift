// How much each of the three helices counts.

/// Weights of performance, cost and quality. Only their proportions matter.
public struct HelixWeights: Sendable, Hashable {
    public let performance: Double
    public let cost: Double
    public let quality: Double

    /// The three count the same.
    public static let even = HelixWeights(performance: 1, cost: 1, quality: 1)!

    /// - Returns: nil unless all three are finite, none is negative and one is positive.
    public init?(performance: Double, cost: Double, quality: Double) {
        guard performance.isFinite, cost.isFinite, quality.isFinite, performance >= 0, cost >= 0, quality >= 0,
            performance + cost + quality > 0, (performance + cost + quality).isFinite
        else { return nil }
        self.performance = performance
        self.cost = cost
        self.quality = quality
    }

    /// Each weight's share of the three, adding up to 1.
    public var shares: (performance: Double, cost: Double, quality: Double) {
        let sum = performance + cost + quality
        return (performance / sum, cost / sum, quality / sum)
    }
}
