// What must not leave before a record is on disk waits here.

import Kernel

/// Something that waits for a sequence number to be durable.
enum Held {
    case bytes(ConnectionID, [UInt8])
    case token(ConnectionID, [UInt8], TokenClaims)
    case close(ConnectionID)
    case context(ContextWork)
}

/// A heap by sequence number, then by order of arrival.
struct Outbox {
    private struct Entry {
        let after: UInt64
        let order: UInt64
        let held: Held
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    var count: Int { heap.count }

    mutating func hold(_ held: Held, after: UInt64) {
        order += 1
        heap.append(Entry(after: after, order: order, held: held))
        var child = heap.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The next that may leave now that everything up to `durable` is on disk.
    mutating func pop(durable: UInt64) -> Held? {
        guard let first = heap.first, first.after <= durable else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        return first.held
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            if 2 * parent + 1 < heap.count, precedes(2 * parent + 1, least) { least = 2 * parent + 1 }
            if 2 * parent + 2 < heap.count, precedes(2 * parent + 2, least) { least = 2 * parent + 2 }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        heap[a].after != heap[b].after ? heap[a].after < heap[b].after : heap[a].order < heap[b].order
    }
}
