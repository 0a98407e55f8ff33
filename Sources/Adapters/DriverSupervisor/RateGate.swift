// How much a driver may make camd do: a store of turns that refills with time.

/// A token bucket over the reactor's clock. Time and use are passed in; nothing is read.
struct RateGate {
    private let capacity: UInt64
    private let nanosecondsPerToken: UInt64
    private var tokens: UInt64
    private var last: UInt64

    init(capacity: UInt64, perSecond: UInt64, now: UInt64) {
        self.capacity = capacity
        nanosecondsPerToken = 1_000_000_000 / perSecond
        tokens = capacity
        last = now
    }

    /// Takes tokens; nil when there were enough, else after how many nanoseconds there will be one. May go below zero by
    /// nothing: what is taken beyond the store is forgiven.
    mutating func take(_ count: UInt64, now: UInt64) -> UInt64? {
        let earned = now > last ? (now - last) / nanosecondsPerToken : 0
        if earned > 0 {
            tokens = min(capacity, tokens &+ earned)
            last = tokens == capacity ? now : last &+ earned &* nanosecondsPerToken
        }
        if tokens >= count {
            tokens -= count
            return nil
        }
        tokens = 0
        return nanosecondsPerToken &* count
    }
}
