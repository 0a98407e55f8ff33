// A rate limit that answers truthfully when to come back.

/// A token bucket counted in nanoseconds: every call costs the time that the rate allows it, and credit is capped at the
/// burst. Integer arithmetic throughout, so that it is exact and the same on every machine.
/// Source: the virtual-scheduling form of the generic cell rate algorithm, ITU-T I.371 annex A.
public struct TokenBucket: Sendable, Hashable {
    /// Nanoseconds that one call costs.
    private let increment: UInt64
    /// How far ahead of the clock the theoretical arrival time may be: the burst.
    private let tolerance: UInt64
    private var theoreticalArrival: UInt64 = 0

    /// - Parameters:
    ///   - ratePerSecond: calls a second in the long run; at least 1 and at most 1,000,000,000.
    ///   - burst: calls that may come at once; at least 1.
    public init(ratePerSecond: UInt32, burst: UInt32) {
        increment = max(1, 1_000_000_000 / UInt64(max(1, ratePerSecond)))
        tolerance = increment * UInt64(max(1, burst) - 1)
    }

    /// Takes one call's worth at `now` (monotonic nanoseconds).
    /// - Returns: nil when it was there, else the milliseconds, rounded up, after which a call will be admitted.
    public mutating func take(now: UInt64) -> UInt32? {
        guard let nanoseconds = takeNanoseconds(now: now) else { return nil }
        return UInt32(clamping: (nanoseconds + 999_999) / 1_000_000)
    }

    /// Takes one call's worth at `now`.
    /// - Returns: nil when it was there, else the nanoseconds after which a call will be admitted.
    public mutating func takeNanoseconds(now: UInt64) -> UInt64? {
        let arrival = max(theoreticalArrival, now)
        if arrival - now > tolerance { return arrival - now - tolerance }
        theoreticalArrival = arrival + increment
        return nil
    }

    /// Takes what has been used already, whether it was there or not.
    /// - Returns: nil when it was there, else the nanoseconds after which the debt is paid.
    public mutating func charge(_ count: UInt64, now: UInt64) -> UInt64? {
        theoreticalArrival = max(theoreticalArrival, now) + increment * count
        let burst = tolerance + increment
        return theoreticalArrival - now > burst ? theoreticalArrival - now - burst : nil
    }
}
