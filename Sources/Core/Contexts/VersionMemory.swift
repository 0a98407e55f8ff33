// The newest acknowledged version of the keys used lately: the next store seals right at once, and a store that
// went back in time shows.

/// A bounded map with second-chance eviction (Corbató's clock, 1968). Its order never reaches an output.
public struct VersionMemory: Sendable {
    private struct Slot {
        var id: ContextKeyID
        var remembered: RememberedVersion
        var used: Bool
    }

    private let capacity: Int
    private var slots: [Slot] = []
    private var places: [ContextKeyID: Int] = [:]
    private var hand = 0

    public init(capacity: Int) {
        precondition(capacity > 0, "a memory of nothing remembers nothing")
        self.capacity = capacity
    }

    public var count: Int { slots.count }

    public mutating func version(of id: ContextKeyID) -> RememberedVersion? {
        guard let place = places[id] else { return nil }
        slots[place].used = true
        return slots[place].remembered
    }

    /// Keeps the newer one of what was known and what is said now.
    public mutating func remember(_ remembered: RememberedVersion, of id: ContextKeyID) {
        if let place = places[id] {
            if slots[place].remembered.version <= remembered.version { slots[place].remembered = remembered }
            slots[place].used = true
        } else if slots.count < capacity {
            places[id] = slots.count
            slots.append(Slot(id: id, remembered: remembered, used: false))
        } else {
            replace(with: Slot(id: id, remembered: remembered, used: false))
        }
    }

    private mutating func replace(with slot: Slot) {
        while slots[hand].used {
            slots[hand].used = false
            hand = (hand + 1) % capacity
        }
        places[slots[hand].id] = nil
        slots[hand] = slot
        places[slot.id] = hand
        hand = (hand + 1) % capacity
    }
}
