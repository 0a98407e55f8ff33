// A set: its elements in total order, each once.

/// An immutable set.
public final class SetValue: Sendable {
    public let elements: [Value]

    public var count: Int { elements.count }

    /// `elements` must be strictly ascending.
    @usableFromInline
    init(sorted elements: [Value]) {
        self.elements = elements
    }

    /// Elements in any order, with or without repetitions.
    public convenience init(_ elements: [Value]) {
        if elements.count < 2 { self.init(sorted: elements); return }
        var unique: [Value] = []
        unique.reserveCapacity(elements.count)
        for element in elements.sorted() where unique.last != element { unique.append(element) }
        self.init(sorted: unique)
    }

    @usableFromInline
    func contains(_ value: Value) -> Bool {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) >> 1
            let order = elements[middle].compare(value)
            if order == 0 { return true }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return false
    }

    func union(_ other: SetValue) -> SetValue { SetValue(elements + other.elements) }

    func intersection(_ other: SetValue) -> SetValue {
        SetValue(sorted: elements.filter { other.contains($0) })
    }

    func subtracting(_ other: SetValue) -> SetValue {
        SetValue(sorted: elements.filter { !other.contains($0) })
    }
}
