// OPA's total order over all values, and equality that agrees with it.

extension Value: Comparable {
    public static func < (a: Value, b: Value) -> Bool { a.compare(b) < 0 }

    public static func == (a: Value, b: Value) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.int(let x), .int(let y)): x == y
        case (.decimal(let x), .decimal(let y)): x === y || x == y
        case (.string(let x), .string(let y)): x.hasSameBytes(as: y)
        case (.array(let x), .array(let y)): x.count == y.count && x.elementsEqual(y)
        case (.object(let x), .object(let y)):
            x === y || (x.count == y.count && x.keys.elementsEqual(y.keys) && x.values.elementsEqual(y.values))
        case (.set(let x), .set(let y)): x === y || (x.count == y.count && x.elements.elementsEqual(y.elements))
        default: false
        }
    }

    /// Less than, equal to or greater than zero, as `self` stands before, with or after `other`.
    public func compare(_ other: Value) -> Int {
        switch (self, other) {
        case (.int(let x), .int(let y)): return x < y ? -1 : x == y ? 0 : 1
        case (.string(let x), .string(let y)): return x.compareBytes(with: y)
        case (.null, .null): return 0
        case (.bool(let x), .bool(let y)): return x == y ? 0 : y ? -1 : 1
        case (.array(let x), .array(let y)): return Value.compare(x, y)
        case (.object(let x), .object(let y)): return x.compare(y)
        case (.set(let x), .set(let y)): return Value.compare(x.elements, y.elements)
        default: break
        }
        if let x = Decimal(self), let y = Decimal(other) { return x.compare(y) }
        return kind < other.kind ? -1 : 1
    }

    static func compare(_ a: [Value], _ b: [Value]) -> Int {
        for index in 0..<min(a.count, b.count) {
            let order = a[index].compare(b[index])
            if order != 0 { return order }
        }
        return a.count - b.count
    }
}

extension Value: Hashable {
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0 as UInt8)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .decimal(let value): value.hash(into: &hasher)
        case .string(let value): value.hashBytes(into: &hasher)
        case .array(let elements):
            hasher.combine(elements.count)
            for element in elements { element.hash(into: &hasher) }
        case .object(let object):
            hasher.combine(object.count)
            for index in 0..<object.count {
                object.keys[index].hash(into: &hasher)
                object.values[index].hash(into: &hasher)
            }
        case .set(let set):
            hasher.combine(~set.count)
            for element in set.elements { element.hash(into: &hasher) }
        }
    }
}

extension String {
    /// Where the text has more than `bytesMax` bytes, as many whole scalars as fit, with "…" behind them.
    package func shortened(toBytes bytesMax: Int) -> String {
        guard utf8.count > bytesMax else { return self }
        var end = utf8.index(startIndex, offsetBy: max(0, bytesMax - 3))
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { utf8.formIndex(before: &end) }
        return self[..<end] + "…"
    }

    /// Equality byte by byte. Swift's own `==` folds canonical equivalence, which Rego does not.
    @inlinable
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return compareBytes(with: other) == 0
    }

    /// Order of the UTF-8 bytes, which is the order of the code points.
    @inlinable
    func compareBytes(with other: String) -> Int {
        let quick = utf8.withContiguousStorageIfAvailable { mine in
            other.utf8.withContiguousStorageIfAvailable { theirs in
                let shared = min(mine.count, theirs.count)
                var index = 0
                // Eight at a time for as long as they are the same.
                let (left, right) = (UnsafeRawBufferPointer(mine), UnsafeRawBufferPointer(theirs))
                while index + 8 <= shared,
                    left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                        == right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                {
                    index += 8
                }
                while index < shared {
                    let a = mine[index]
                    let b = theirs[index]
                    if a != b { return a < b ? -1 : 1 }
                    index += 1
                }
                return mine.count - theirs.count
            }
        }
        if let quick, let quick { return quick }
        return utf8.lexicographicallyPrecedes(other.utf8) ? -1 : utf8.elementsEqual(other.utf8) ? 0 : 1
    }

    func hashBytes(into hasher: inout Hasher) {
        let done: Void? = utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        if done == nil { for byte in utf8 { hasher.combine(byte) } }
    }
}
