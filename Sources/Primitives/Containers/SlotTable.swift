// Things by place, with generations, so that what is late for one never reaches its successor.

/// Names one thing in a table. The generation tells a new thing from an old one that had the same place.
public struct SlotID: Hashable, Sendable {
    public var index: UInt32
    public var generation: UInt32

    @inlinable
    public init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}

/// Hands out ids; a place that was given back is used again, under a new generation.
public struct SlotIDs: Sendable {
    private var generations: [UInt32] = []
    private var free: [UInt32] = []

    public init() {}

    public mutating func make() -> SlotID {
        let index = free.popLast() ?? UInt32(generations.count)
        if index == generations.count { generations.append(0) }
        generations[Int(index)] &+= 1
        return SlotID(index: index, generation: generations[Int(index)])
    }

    /// Gives an id back that `make` made; once.
    public mutating func giveBack(_ id: SlotID) {
        precondition(generations[Int(id.index)] == id.generation, "\(id) was given back before")
        free.append(id.index)
    }
}

/// Values under ids that somebody else has made. Finding one costs a look at one place; an id of the past finds nothing.
public struct SlotTable<Value> {
    @usableFromInline var places: [(generation: UInt32, value: Value?)] = []
    @usableFromInline var filled = 0

    @inlinable public init() {}

    @inlinable public var count: Int { filled }

    @inlinable
    public subscript(_ id: SlotID) -> Value? {
        guard id.index < UInt32(places.count), places[Int(id.index)].generation == id.generation else { return nil }
        return places[Int(id.index)].value
    }

    @inlinable
    public mutating func insert(_ value: Value, at id: SlotID) {
        let index = Int(id.index)
        while places.count <= index { places.append((0, nil)) }
        precondition(places[index].value == nil, "place \(index) is taken, by generation \(places[index].generation)")
        places[index] = (id.generation, value)
        filled += 1
    }

    @inlinable
    @discardableResult
    public mutating func remove(_ id: SlotID) -> Value? {
        guard let value = self[id] else { return nil }
        places[Int(id.index)].value = nil
        filled -= 1
        return value
    }

    /// Changes the value in place; does nothing where it is gone.
    @inlinable
    public mutating func update(_ id: SlotID, _ change: (inout Value) -> Void) {
        guard id.index < UInt32(places.count), places[Int(id.index)].generation == id.generation,
            places[Int(id.index)].value != nil
        else { return }
        change(&places[Int(id.index)].value!)
    }

    /// In order of place.
    public var all: [Value] { places.compactMap(\.value) }
}

/// Values with the ids that name them: a table that makes its own.
public struct Slots<Value> {
    @usableFromInline var ids = SlotIDs()
    @usableFromInline var table = SlotTable<Value>()

    @inlinable public init() {}

    @inlinable public var count: Int { table.count }
    /// In order of place.
    public var all: [Value] { table.all }

    @inlinable public subscript(_ id: SlotID) -> Value? { table[id] }

    /// - Returns: the value's name until it is removed.
    @inlinable
    public mutating func insert(_ value: Value) -> SlotID {
        let id = ids.make()
        table.insert(value, at: id)
        return id
    }

    /// Keeps a value that knows its own name.
    @inlinable
    public mutating func insert(_ make: (SlotID) -> Value) -> Value {
        let id = ids.make()
        let value = make(id)
        table.insert(value, at: id)
        return value
    }

    @inlinable
    @discardableResult
    public mutating func remove(_ id: SlotID) -> Value? {
        guard let value = table.remove(id) else { return nil }
        ids.giveBack(id)
        return value
    }
}

extension Slots: Sendable where Value: Sendable {}
extension SlotTable: Sendable where Value: Sendable {}
