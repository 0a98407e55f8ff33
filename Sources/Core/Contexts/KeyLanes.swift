// Operations on one key keep their order of arrival: reads run together, a store runs alone. A value.

import Containers

/// For every key that is in use, who runs and who waits. Operations are known by numbers of the caller's choice.
public struct KeyLanes<ID: Hashable & Sendable>: Sendable {
    private struct Lane {
        var running = 0
        var isStoring = false
        var waiting = FirstInFirstOut<(operation: UInt64, isRead: Bool)>()
    }

    private var lanes: [ID: Lane] = [:]

    public init() {}

    /// How many keys have an operation that runs or waits.
    public var count: Int { lanes.count }

    /// True when the operation may start now; otherwise a later `leave` names it.
    public mutating func enter(_ operation: UInt64, isRead: Bool, lane id: ID) -> Bool {
        var lane = lanes[id, default: Lane()]
        defer { lanes[id] = lane }
        let isFree = lane.running == 0 || (isRead && !lane.isStoring)
        if isFree, lane.waiting.isEmpty {
            lane.running += 1
            lane.isStoring = !isRead
            return true
        }
        lane.waiting.append((operation, isRead))
        return false
    }

    /// One operation that ran has ended; appends those that may start now, in their order.
    public mutating func leave(lane id: ID, starting: inout [UInt64]) {
        guard var lane = lanes[id], lane.running > 0 else { preconditionFailure("left a lane that it was not in") }
        lane.running -= 1
        if lane.running == 0 { lane.isStoring = false }
        while let next = lane.waiting.first {
            guard lane.running == 0 || (next.isRead && !lane.isStoring) else { break }
            lane.running += 1
            lane.isStoring = !next.isRead
            _ = lane.waiting.popFirst()
            starting.append(next.operation)
        }
        if lane.running == 0 {
            lanes[id] = nil
            return
        }
        lanes[id] = lane
    }

    /// Forgets everybody: the connection is gone and all of them have been answered.
    public mutating func removeAll() { lanes.removeAll(keepingCapacity: true) }
}
