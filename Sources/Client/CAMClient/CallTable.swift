// The calls of one connection: which wait for credit, which are under way, what credit is left. A value without I/O.

internal import ABI
internal import Reactor

/// Book-keeping of calls. The order of waiting calls is the order in which they were made.
struct CallTable {
    struct Open {
        let call: OutgoingCall
        /// Ends the wait; nil where the call waits for ever.
        var timer: TimerToken?
        /// Items that the kernel may still send.
        var itemCredit: UInt64
    }

    /// Sent and not yet answered, by request id.
    private var open: [UInt64: Open] = [:]
    /// Made and not yet sent, by request id, with their order.
    private var waiting: [UInt64: Open] = [:]
    private var order: [UInt64] = []
    private var orderHead = 0
    /// New requests that may be sent.
    private(set) var credit: UInt64 = 0
    private var openMax = 0
    /// The highest id ever sent: an answer above it was never asked for.
    private(set) var highestSent: UInt64 = 0

    var openCount: Int { open.count }
    var waitingCount: Int { waiting.count }

    mutating func enqueue(_ call: OutgoingCall, timer: TimerToken?) {
        waiting[call.id] = Open(call: call, timer: timer, itemCredit: UInt64(call.window))
        order.append(call.id)
    }

    /// A new connection grants this much, whatever the one before it had left.
    mutating func start(credit: UInt32, openMax: UInt32) {
        self.credit = UInt64(credit)
        self.openMax = openMax == 0 ? Int.max : Int(openMax)
    }

    mutating func grant(_ more: UInt32) { credit += UInt64(more) }

    /// The next call that may be sent now, moved to those under way; nil where none waits or none may.
    mutating func takeNext() -> OutgoingCall? {
        guard credit > 0, open.count < openMax else { return nil }
        while orderHead < order.count {
            let id = order[orderHead]
            orderHead += 1
            compactOrder()
            // Calls that ended while they waited have left their number behind.
            guard let entry = waiting.removeValue(forKey: id) else { continue }
            credit -= 1
            open[id] = entry
            highestSent = max(highestSent, id)
            return entry.call
        }
        return nil
    }

    /// Ends a call: takes it out, wherever it is. `wasSent` tells whether the kernel knows of it.
    mutating func remove(_ id: UInt64) -> (entry: Open, wasSent: Bool)? {
        if let entry = open.removeValue(forKey: id) { return (entry, true) }
        if let entry = waiting.removeValue(forKey: id) { return (entry, false) }
        return nil
    }

    /// Counts one item against a stream's credit: its reader, or nil where the stream is not open; false where the kernel had
    /// no credit for it.
    mutating func acceptItem(_ id: UInt64) -> (call: OutgoingCall, inCredit: Bool)? {
        guard var entry = open[id] else { return nil }
        guard entry.itemCredit > 0 else { return (entry.call, false) }
        entry.itemCredit -= 1
        open[id] = entry
        return (entry.call, true)
    }

    /// Gives a stream credit for more items; false where it is not under way.
    mutating func grantItems(_ id: UInt64, _ more: UInt32) -> Bool {
        open[id]?.itemCredit += UInt64(more)
        return open[id] != nil
    }

    /// The connection broke: calls that may be made again go to the front of the queue, oldest first; the rest are returned in
    /// the order of their ids.
    mutating func breakOff(mayRepeat: Bool) -> [Open] {
        let entries = open.values.sorted { $0.call.id < $1.call.id }
        open.removeAll()
        credit = 0
        var again: [UInt64] = []
        var lost: [Open] = []
        for entry in entries {
            if mayRepeat, entry.call.isRepeatable, entry.call.window == 0 {
                waiting[entry.call.id] = entry
                again.append(entry.call.id)
            } else {
                lost.append(entry)
            }
        }
        order = again + order[orderHead...]
        orderHead = 0
        return lost
    }

    /// Takes out everything, oldest first.
    mutating func removeAll() -> [Open] {
        let entries = (Array(open.values) + Array(waiting.values)).sorted { $0.call.id < $1.call.id }
        open.removeAll()
        waiting.removeAll()
        order.removeAll()
        orderHead = 0
        return entries
    }

    private mutating func compactOrder() {
        if orderHead > 1024, orderHead * 2 > order.count {
            order.removeFirst(orderHead)
            orderHead = 0
        }
    }
}
