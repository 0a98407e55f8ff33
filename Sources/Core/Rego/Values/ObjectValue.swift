// An object: keys in total order and their values, found by binary search.

/// An immutable object. Keys may be any value, not only strings.
public final class ObjectValue: Sendable {
    public let keys: [Value]
    public let values: [Value]

    public var count: Int { keys.count }

    /// `keys` must be strictly ascending.
    @usableFromInline
    init(sortedKeys keys: [Value], values: [Value]) {
        self.keys = keys
        self.values = values
    }

    /// Members with string keys in strictly ascending order of their bytes; a broken order is a programmer's error.
    public convenience init(ascending members: [(String, Value)]) {
        for index in members.indices.dropFirst() {
            precondition(
                members[index - 1].0.compareBytes(with: members[index].0) < 0, "keys must ascend: \(members[index].0)")
        }
        self.init(sortedKeys: members.map { .string($0.0) }, values: members.map(\.1))
    }

    /// Members in any order; a later one replaces an earlier one with an equal key.
    public convenience init(replacing members: [(Value, Value)]) {
        self.init(members) { _, _ in true }!
    }

    /// Members in any order; nil when one key is given two different values.
    convenience init?(unique members: [(Value, Value)]) {
        self.init(members) { $0 == $1 }
    }

    private init?(_ members: [(Value, Value)], mayReplace: (Value, Value) -> Bool) {
        var keys: [Value] = []
        var values: [Value] = []
        keys.reserveCapacity(members.count)
        values.reserveCapacity(members.count)
        // The position breaks ties, so that "later" means later in `members`.
        let order = members.indices.sorted { a, b in
            let order = members[a].0.compare(members[b].0)
            return order != 0 ? order < 0 : a < b
        }
        for index in order {
            let (key, value) = members[index]
            if let last = keys.last, last == key {
                guard mayReplace(values[values.count - 1], value) else { return nil }
                values[values.count - 1] = value
            } else {
                keys.append(key)
                values.append(value)
            }
        }
        self.keys = keys
        self.values = values
    }

    public subscript(key: Value) -> Value? {
        guard let index = position(of: key) else { return nil }
        return values[index]
    }

    @usableFromInline
    func position(of key: Value) -> Int? {
        if case .string(let name) = key, keys.count <= 8 { return position(ofName: name) }
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) >> 1
            let order = keys[middle].compare(key)
            if order == 0 { return middle }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// In a small object the lengths of the keys alone rule most of them out.
    @usableFromInline
    func position(ofName name: String) -> Int? {
        let length = name.utf8.count
        for index in keys.indices {
            if case .string(let key) = keys[index], key.utf8.count == length, key.compareBytes(with: name) == 0 {
                return index
            }
        }
        return nil
    }

    func compare(_ other: ObjectValue) -> Int {
        for index in 0..<min(count, other.count) {
            let byKey = keys[index].compare(other.keys[index])
            if byKey != 0 { return byKey }
            let byValue = values[index].compare(other.values[index])
            if byValue != 0 { return byValue }
        }
        return count - other.count
    }

    /// This object with one member set.
    func setting(_ key: Value, to value: Value) -> ObjectValue {
        if let index = position(of: key) {
            var values = values
            values[index] = value
            return ObjectValue(sortedKeys: keys, values: values)
        }
        let place = keys.firstIndex { $0.compare(key) > 0 } ?? keys.count
        var keys = keys
        var values = values
        keys.insert(key, at: place)
        values.insert(value, at: place)
        return ObjectValue(sortedKeys: keys, values: values)
    }

    var members: [(Value, Value)] { Array(zip(keys, values)) }
}
