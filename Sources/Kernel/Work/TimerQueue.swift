// What the kernel wants to be reminded of, and when.

import Containers

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

/// Reminders by monotonic time, then by order of asking. A reminder for something that is gone is ignored when it comes.
typealias TimerQueue = PriorityQueue<Reminder>

extension TimerQueue {
    mutating func add(at time: UInt64, _ reminder: Reminder) { insert(reminder, key: time) }
}
