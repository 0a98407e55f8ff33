// Time as the kernel sees it: passed in with every event, never read.

/// One moment on both clocks.
public struct Instant: Sendable, Hashable {
    /// Nanoseconds on the monotonic clock; for intervals and deadlines.
    public var monotonic: UInt64
    /// Nanoseconds since 1970-01-01 UTC; for records that people read. May jump.
    public var wall: Int64

    @inlinable
    public init(monotonic: UInt64, wall: Int64) {
        self.monotonic = monotonic
        self.wall = wall
    }
}
