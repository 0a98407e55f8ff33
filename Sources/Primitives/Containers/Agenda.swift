// What is to be done at which time, where most of it is called off before: deadlines, above all.

/// Payloads by time, equal times in the order in which they came. What is called off is let go of at once; its place in
/// the order is dropped when it comes to the front, or together with others once those outnumber what waits.
/// O(log n) to insert and to take, O(1) to call off, over many.
public struct Agenda<Payload> {
    @usableFromInline static var staleMin: Int { 64 }

    @usableFromInline var order = PriorityQueue<SlotID>()
    @usableFromInline var waiting = Slots<Payload>()

    @inlinable public init() {}

    @inlinable public var count: Int { waiting.count }

    /// The first time at which there is something to do.
    @inlinable public var earliest: UInt64? {
        mutating get {
            while let first = order.first {
                if waiting[first.payload] != nil { return first.key }
                order.removeFirst()
            }
            return nil
        }
    }

    /// - Returns: a name for it, good until it is taken or called off.
    @inlinable
    public mutating func insert(_ payload: Payload, at time: UInt64) -> SlotID {
        let id = waiting.insert(payload)
        order.insert(id, key: time)
        return id
    }

    /// Calls something off. False where it was taken or called off before.
    @inlinable
    @discardableResult
    public mutating func cancel(_ id: SlotID) -> Bool {
        guard waiting.remove(id) != nil else { return false }
        if order.count > Self.staleMin + 2 * waiting.count {
            let current = waiting
            order.filter { current[$0.payload] != nil }
        }
        return true
    }

    /// Says of what will be inserted that it is later than what is here.
    @inlinable public var horizon: UInt64 { order.lastArrival }

    /// Takes the first that is due at `time`, of those that were here when `horizon` was asked for: whoever takes until
    /// nothing is left comes to an end, even where each thing done makes another fall due.
    @inlinable
    public mutating func takeDue(at time: UInt64, upTo horizon: UInt64) -> Payload? {
        guard let earliest, earliest <= time, let first = order.first, first.arrival <= horizon else { return nil }
        order.removeFirst()
        return waiting.remove(first.payload)
    }
}

extension Agenda: Sendable where Payload: Sendable {}
