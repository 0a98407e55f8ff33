// Whose turn it is among the three helices.

/// Smooth weighted round robin: each strand earns its weight each turn, the richest goes and pays the sum. Over any
/// stretch of turns each strand gets its share to within one turn. Ties go to performance, then cost, then quality.
struct WeightedTurn: Sendable {
    private var performance = 0.0
    private var cost = 0.0
    private var quality = 0.0

    mutating func next(_ weights: HelixWeights) -> Strand {
        let share = weights.shares
        performance += share.performance
        cost += share.cost
        quality += share.quality
        if performance >= cost, performance >= quality {
            performance -= 1
            return .performance
        }
        if cost >= quality {
            cost -= 1
            return .cost
        }
        quality -= 1
        return .quality
    }
}
