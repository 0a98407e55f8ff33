// How fast operations get done, so that a refusal can say truthfully when to come back.

/// The mean time between two completions under load, smoothed over about a hundred of them.
struct CompletionPace {
    private var lastMs: UInt64 = 0
    /// Milliseconds. The first guess is 100 µs.
    private var between = 0.1

    mutating func completed(atMs nowMs: UInt64) {
        // Many complete in one millisecond; idle time between bursts says nothing about the pace.
        let gap = Double(min(nowMs &- lastMs, 10))
        if lastMs != 0 { between += (gap - between) / 100 }
        lastMs = nowMs
    }

    func millisecondsToComplete(_ count: Int) -> UInt32 {
        UInt32(min(max(between * Double(count), 5), 5_000))
    }
}
