// Counts of a few values, in the order of their first occurrence, so that ties fall the same way on every run.

/// For small numbers of distinct values: the spellings of one term.
public struct Tally<Value: Equatable & Sendable>: Sendable {
    public private(set) var total = 0
    private var counts: [(value: Value, count: Int)] = []

    public init() {}

    public mutating func note(_ value: Value) {
        total += 1
        if let index = counts.firstIndex(where: { $0.value == value }) {
            counts[index].count += 1
        } else {
            counts.append((value, 1))
        }
    }

    /// The value noted most often, the earliest of those; nil where nothing was noted.
    public var commonest: Value? {
        var best = counts.first
        for entry in counts where entry.count > (best?.count ?? 0) { best = entry }
        return best?.value
    }
}
