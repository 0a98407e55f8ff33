// A queue ordered by a number and then by arrival: reminders by time, replies by record, tasks by merit.

/// A binary heap, smallest key first; equal keys leave in their order of arrival, so that nothing depends on chance.
/// O(log n) to insert and to take. Source: J. W. J. Williams, Algorithm 232, CACM 1964; `filter` is R. W. Floyd's
/// Algorithm 245.
public struct PriorityQueue<Payload> {
    @frozen
    public struct Entry {
        public let key: UInt64
        /// Of two entries with the same key the one with the lower arrival goes first.
        public let arrival: UInt64
        public let payload: Payload

        @inlinable
        init(key: UInt64, arrival: UInt64, payload: Payload) {
            self.key = key
            self.arrival = arrival
            self.payload = payload
        }

        @inlinable
        func precedes(_ other: Entry) -> Bool { key != other.key ? key < other.key : arrival < other.arrival }
    }

    @usableFromInline var heap: [Entry] = []
    @usableFromInline var lastArrival: UInt64 = 0

    @inlinable public init() {}

    @inlinable public var count: Int { heap.count }
    @inlinable public var isEmpty: Bool { heap.isEmpty }
    /// The entry that leaves next.
    @inlinable public var first: Entry? { heap.first }

    /// Inserts after all that came before.
    @inlinable
    public mutating func insert(_ payload: Payload, key: UInt64) {
        insert(payload, key: key, arrival: lastArrival + 1)
    }

    /// Inserts with an arrival that the caller counts; each must be greater than all before it.
    @inlinable
    public mutating func insert(_ payload: Payload, key: UInt64, arrival: UInt64) {
        precondition(arrival > lastArrival, "arrival \(arrival) after \(lastArrival)")
        lastArrival = arrival
        heap.append(Entry(key: key, arrival: arrival, payload: payload))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    @inlinable
    @discardableResult
    public mutating func removeFirst() -> Entry? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        siftDown(from: 0)
        return first
    }

    /// Takes the first entry if its key is at most `limit`.
    @inlinable
    public mutating func removeFirst(upTo limit: UInt64) -> Payload? {
        guard let first = heap.first, first.key <= limit else { return nil }
        return removeFirst()?.payload
    }

    /// Keeps only what `isKept` says, in O(n).
    @inlinable
    public mutating func filter(_ isKept: (Entry) -> Bool) {
        heap.removeAll { !isKept($0) }
        for parent in (0..<heap.count / 2).reversed() { siftDown(from: parent) }
    }

    @inlinable
    mutating func siftDown(from start: Int) {
        var parent = start
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].precedes(heap[left]) ? right : left
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}

extension PriorityQueue.Entry: Sendable where Payload: Sendable {}
extension PriorityQueue: Sendable where Payload: Sendable {}
