// A map that forgets: bounded, and what was used lately stays.

/// A bounded map with second-chance eviction (F. J. Corbató's clock, 1968). Its order never reaches an output.
public struct SecondChanceMap<Key: Hashable, Value> {
    fileprivate struct Slot {
        var key: Key
        var value: Value
        var wasUsed: Bool
    }

    private let capacity: Int
    private var slots: [Slot] = []
    private var places: [Key: Int] = [:]
    private var hand = 0

    /// - Parameter capacity: at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "a memory of nothing remembers nothing")
        self.capacity = capacity
    }

    public var count: Int { slots.count }

    /// Looking something up counts as use.
    public subscript(_ key: Key) -> Value? {
        mutating get {
            guard let place = places[key] else { return nil }
            slots[place].wasUsed = true
            return slots[place].value
        }
    }

    /// Keeps the value under the key; where there is no room, something that was not used lately goes.
    public mutating func insert(_ value: Value, for key: Key) {
        if let place = places[key] {
            slots[place].value = value
            slots[place].wasUsed = true
        } else if slots.count < capacity {
            places[key] = slots.count
            slots.append(Slot(key: key, value: value, wasUsed: false))
        } else {
            replace(with: Slot(key: key, value: value, wasUsed: false))
        }
    }

    private mutating func replace(with slot: Slot) {
        while slots[hand].wasUsed {
            slots[hand].wasUsed = false
            hand = (hand + 1) % capacity
        }
        places[slots[hand].key] = nil
        slots[hand] = slot
        places[slot.key] = hand
        hand = (hand + 1) % capacity
    }
}

extension SecondChanceMap.Slot: Sendable where Key: Sendable, Value: Sendable {}
extension SecondChanceMap: Sendable where Key: Sendable, Value: Sendable {}
