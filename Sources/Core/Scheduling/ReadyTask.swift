// What the scheduler knows of a task that could run now.

/// A task whose dependencies are met and whose executor is chosen.
public struct ReadyTask: Sendable, Hashable {
    public var id: UInt64
    /// 0 to 9, most urgent.
    public var priority: UInt32
    /// Monotonic nanoseconds by which it should have ended; `.max` where nobody said.
    public var deadline: UInt64
    /// Monotonic nanoseconds at which it became ready.
    public var readyAt: UInt64
    /// Expected service time in microseconds.
    public var latencyMicroseconds: UInt64
    public var costMicros: UInt64
    /// Expected quality, 0 to 1.
    public var quality: Double

    public init(
        id: UInt64, priority: UInt32, deadline: UInt64, readyAt: UInt64, latencyMicroseconds: UInt64,
        costMicros: UInt64,
        quality: Double
    ) {
        self.id = id
        self.priority = priority
        self.deadline = deadline
        self.readyAt = readyAt
        self.latencyMicroseconds = latencyMicroseconds
        self.costMicros = costMicros
        self.quality = quality
    }
}
