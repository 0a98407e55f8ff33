// What the kernel wants to be reminded of, and when.

import ProtobufWire

enum Reminder: Sendable, Hashable {
    case callDeadline(call: UInt64)
    case upcallDeadline(upcall: UInt64)
    /// An abandoned upcall that is still not answered: the executor hangs.
    case hungUpcall(upcall: UInt64)
    case taskDeadline(task: UInt64)
    case notBefore(task: UInt64)
    case driver(Int)
    /// Time to ask a driver whether it is alive.
    case ping(Int, instance: UInt64)
    /// The daemon was told to stop and has waited long enough for what runs.
    case stop
    case foldSweep
}

/// A heap of reminders by time, then by order of asking. A reminder for something that is gone is ignored when it comes.
struct TimerQueue: Sendable {
    private struct Entry: Sendable {
        let at: UInt64
        let order: UInt64
        let reminder: Reminder
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    var next: UInt64? { heap.first?.at }

    mutating func add(at: UInt64, _ reminder: Reminder) {
        order += 1
        heap.append(Entry(at: at, order: order, reminder: reminder))
        var child = heap.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The next reminder that is due, taken out.
    mutating func popDue(_ now: UInt64) -> Reminder? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        return first.reminder
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        heap[a].at != heap[b].at ? heap[a].at < heap[b].at : heap[a].order < heap[b].order
    }
}
