// The few statistics that a row is made of.

/// Nanoseconds of many calls.
struct Latencies {
    private let sorted: [UInt64]

    init(_ nanoseconds: [UInt64]) {
        precondition(!nanoseconds.isEmpty, "no call was measured")
        sorted = nanoseconds.sorted()
    }

    /// Nearest-rank percentile in microseconds; `share` above 0, at most 1.
    func microseconds(at share: Double) -> Double {
        let rank = max(1, Int((share * Double(sorted.count)).rounded(.up)))
        return Double(sorted[rank - 1]) / 1000
    }
}

/// A figure of several rounds: the middle and how far the rounds lay apart.
struct Spread {
    let median: Double
    let least: Double
    let most: Double

    init(_ values: [Double]) {
        precondition(!values.isEmpty, "no round was measured")
        let sorted = values.sorted()
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        least = sorted[0]
        most = sorted[sorted.count - 1]
    }
}
