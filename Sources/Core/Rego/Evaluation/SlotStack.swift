// Memory for the slots of frames: a frame is entered and left thousands of times in an evaluation, so one block serves
// them all and only deep evaluations allocate.

/// A stack of slots. Frames are popped in the reverse order of being pushed.
final class SlotStack {
    private static let capacity = 512

    private let base = UnsafeMutablePointer<Value>.allocate(capacity: SlotStack.capacity)
    private var used = 0

    deinit { base.deallocate() }

    /// Slots for one frame, all null.
    func push(_ count: Int) -> UnsafeMutablePointer<Value> {
        let slots: UnsafeMutablePointer<Value>
        if used + count <= SlotStack.capacity {
            slots = base + used
            used += count
        } else {
            slots = .allocate(capacity: count)
        }
        slots.initialize(repeating: .null, count: count)
        return slots
    }

    func pop(_ slots: UnsafeMutablePointer<Value>, _ count: Int) {
        slots.deinitialize(count: count)
        if slots >= base, slots < base + SlotStack.capacity {
            used -= count
        } else {
            slots.deallocate()
        }
    }
}
