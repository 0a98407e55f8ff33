// What one agent holds at the moment, so that everything with a limit is charged to someone.

/// A count of things held on behalf of one agent, with a limit.
///
/// A copyable value rather than a `~Copyable` charge per thing: the kernel must be copyable as a whole, so that a future
/// can be simulated from a copy of the present. Releases are checked instead: giving back more than was taken traps.
public struct Holding: Sendable, Hashable {
    public private(set) var count = 0

    public init() {}

    /// - Returns: false, having charged nothing, where `more` would pass `limit`.
    public mutating func charge(_ more: Int = 1, limit: Int) -> Bool {
        guard count + more <= limit else { return false }
        count += more
        return true
    }

    /// Gives back what was charged. Traps when that is more than is held: a release without a charge is a bug in the kernel.
    public mutating func release(_ less: Int = 1) {
        precondition(less <= count, "released \(less) of \(count) held")
        count -= less
    }
}

/// Everything one agent holds.
public struct Account: Sendable, Hashable {
    public var openRequests = Holding()
    public var openTasks = Holding()
    public var connections = Holding()

    public init() {}

    public var isEmpty: Bool { openRequests.count == 0 && openTasks.count == 0 && connections.count == 0 }
}
