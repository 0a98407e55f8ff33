// Timers: a binary heap ordered by deadline, then by the order of scheduling, with positions so that a cancelled timer
// leaves at once and holds nothing alive.

/// Names one scheduled action; a token of an action that ran or was cancelled names nothing.
public struct TimerToken: Sendable, Hashable {
    let slot: UInt32
    let generation: UInt32
}

struct TimerHeap {
    private struct Entry {
        var deadline: UInt64
        var order: UInt64
        var slot: Int

        @inline(__always)
        func isBefore(_ other: Entry) -> Bool {
            deadline != other.deadline ? deadline < other.deadline : order < other.order
        }
    }

    private struct Slot {
        var generation: UInt32
        /// Index in `heap`, or the next free slot when free.
        var position: Int
        var action: (() -> Void)?
    }

    private var heap: [Entry] = []
    private var slots: [Slot] = []
    private var firstFree = -1
    private var nextOrder: UInt64 = 0

    var count: Int { heap.count }

    /// The earliest deadline, nanoseconds; nil when nothing is scheduled.
    var earliest: UInt64? { heap.first?.deadline }

    mutating func insert(at deadline: UInt64, _ action: @escaping () -> Void) -> TimerToken {
        let slot = takeSlot(action)
        heap.append(Entry(deadline: deadline, order: nextOrder, slot: slot))
        nextOrder += 1
        slots[slot].position = heap.count - 1
        siftUp(heap.count - 1)
        return TimerToken(slot: UInt32(slot), generation: slots[slot].generation)
    }

    /// Whether the timer was still waiting.
    @discardableResult
    mutating func cancel(_ token: TimerToken) -> Bool {
        let slot = Int(token.slot)
        guard slot < slots.count, slots[slot].generation == token.generation, slots[slot].action != nil else {
            return false
        }
        remove(at: slots[slot].position)
        _ = freeSlot(slot)
        return true
    }

    /// The order number that the next timer gets: timers with a lower one were there before.
    var horizon: UInt64 { nextOrder }

    /// Takes the earliest action that is due at `now` and was scheduled before `horizon`, so that an action which
    /// schedules itself for now runs in the next turn, not for ever in this one.
    mutating func takeDue(at now: UInt64, before horizon: UInt64) -> (() -> Void)? {
        guard let first = heap.first, first.deadline <= now, first.order < horizon else { return nil }
        remove(at: 0)
        return freeSlot(first.slot)
    }

    // MARK: -

    private mutating func takeSlot(_ action: @escaping () -> Void) -> Int {
        guard firstFree >= 0 else {
            slots.append(Slot(generation: 0, position: 0, action: action))
            return slots.count - 1
        }
        let slot = firstFree
        firstFree = slots[slot].position
        slots[slot].action = action
        return slot
    }

    private mutating func freeSlot(_ slot: Int) -> (() -> Void)? {
        let action = slots[slot].action
        slots[slot].action = nil
        slots[slot].generation &+= 1
        slots[slot].position = firstFree
        firstFree = slot
        return action
    }

    private mutating func remove(at position: Int) {
        let last = heap.count - 1
        if position == last {
            heap.removeLast()
            return
        }
        heap[position] = heap[last]
        slots[heap[position].slot].position = position
        heap.removeLast()
        if !siftUp(position) { siftDown(position) }
    }

    @discardableResult
    private mutating func siftUp(_ start: Int) -> Bool {
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard heap[position].isBefore(heap[parent]) else { break }
            exchange(position, parent)
            position = parent
        }
        return position != start
    }

    private mutating func siftDown(_ start: Int) {
        var position = start
        while true {
            let left = 2 * position + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].isBefore(heap[left]) ? right : left
            guard heap[child].isBefore(heap[position]) else { return }
            exchange(position, child)
            position = child
        }
    }

    private mutating func exchange(_ one: Int, _ other: Int) {
        heap.swapAt(one, other)
        slots[heap[one].slot].position = one
        slots[heap[other].slot].position = other
    }
}
