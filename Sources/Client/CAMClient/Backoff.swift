// Pauses between attempts to connect.

/// The first attempt comes at once; after it pauses double up to a bound, each shortened at random by up to a quarter, so that
/// the clients of a kernel that restarts do not all come at the same moment.
struct Backoff {
    private let policy: ReconnectPolicy
    private var attempts = 0

    init(_ policy: ReconnectPolicy) { self.policy = policy }

    mutating func reset() { attempts = 0 }

    /// Nanoseconds before the next attempt; nil where the outage has lasted longer than the policy has patience.
    mutating func next(outageNanoseconds: UInt64) -> UInt64? {
        if let patience = policy.patience, outageNanoseconds >= patience.nanoseconds { return nil }
        attempts += 1
        guard attempts > 1 else { return 0 }
        let doubled = policy.firstPause.nanoseconds << UInt64(min(attempts - 2, 20))
        let pause = min(doubled, policy.longestPause.nanoseconds)
        return pause - UInt64.random(in: 0...max(1, pause / 4))
    }
}

extension Duration {
    /// Whole nanoseconds; a negative duration is none, and one beyond 584 years is that.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflows) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? .max : product &+ UInt64(attoseconds / 1_000_000_000)
    }
}
