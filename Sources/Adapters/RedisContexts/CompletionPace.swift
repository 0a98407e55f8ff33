// How fast operations get done, so that a refusal can say truthfully when to come back.

/// The mean time between two completions under load, smoothed over about a hundred of them.
struct CompletionPace {
    private var last: UInt64 = 0
    /// Nanoseconds. The first guess is 100 µs.
    private var between: Double = 100_000

    mutating func completed(at now: UInt64) {
        // Completions of one turn carry the same time; idle time between bursts says nothing about the pace.
        let gap = Double(min(now &- last, 10_000_000))
        if last != 0 { between += (gap - between) / 100 }
        last = now
    }

    func millisecondsToComplete(_ count: Int) -> UInt32 {
        UInt32(min(max(between * Double(count) / 1_000_000, 5), 5_000))
    }
}
