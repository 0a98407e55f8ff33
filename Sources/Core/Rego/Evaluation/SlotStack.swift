// Memory for the slots of frames: a frame is entered and left thousands of times in an evaluation, so one block serves
// them all and only deep evaluations allocate.

/// A stack of slots. Frames are popped in the reverse order of being pushed.
final class SlotStack {
    private static let capacity = 512

    private let base = UnsafeMutablePointer<Value>.allocate(capacity: SlotStack.capacity)
    private var used = 0
    /// Slots that hold a value, be it null; those in use and those that were.
    private var initialized = 0

    deinit {
        base.deinitialize(count: initialized)
        base.deallocate()
    }

    /// Slots for one frame, all null.
    @inline(__always)
    func push(_ count: Int) -> UnsafeMutablePointer<Value> {
        guard used + count <= SlotStack.capacity else {
            let slots = UnsafeMutablePointer<Value>.allocate(capacity: count)
            slots.initialize(repeating: .null, count: count)
            return slots
        }
        let slots = base + used
        used += count
        while initialized < used {
            (base + initialized).initialize(to: .null)
            initialized += 1
        }
        return slots
    }

    @inline(__always)
    func pop(_ slots: UnsafeMutablePointer<Value>, _ count: Int) {
        if slots >= base, slots < base + SlotStack.capacity {
            for index in 0..<count { slots[index] = .null }
            used -= count
        } else {
            slots.deinitialize(count: count)
            slots.deallocate()
        }
    }
}
