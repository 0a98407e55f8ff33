// A queue over one array whose front is cut off in large pieces.

/// First in, first out, in O(1) each; what has left is given back once it outweighs what waits.
public struct FirstInFirstOut<Element> {
    @usableFromInline static var cutMin: Int { 64 }

    @usableFromInline var elements: [Element] = []
    @usableFromInline var front = 0

    @inlinable public init() {}

    /// A queue in which these wait, the first one first.
    @inlinable public init(_ elements: [Element]) { self.elements = elements }

    @inlinable public var count: Int { elements.count - front }
    @inlinable public var isEmpty: Bool { front == elements.count }
    @inlinable public var first: Element? { isEmpty ? nil : elements[front] }
    /// All that waits, in order.
    @inlinable public var waiting: ArraySlice<Element> { elements[front...] }

    @inlinable public mutating func append(_ element: Element) { elements.append(element) }

    @inlinable
    public mutating func popFirst() -> Element? {
        guard front < elements.count else { return nil }
        let first = elements[front]
        front += 1
        if front == elements.count {
            elements.removeAll(keepingCapacity: true)
            front = 0
        } else if front > Self.cutMin, front * 2 > elements.count {
            elements.removeFirst(front)
            front = 0
        }
        return first
    }

    @inlinable
    public mutating func removeAll() {
        elements.removeAll()
        front = 0
    }
}

extension FirstInFirstOut: Sendable where Element: Sendable {}

extension FirstInFirstOut: Equatable where Element: Equatable {
    /// Whether the same elements wait in the same order; what has left does not count.
    @inlinable
    public static func == (a: Self, b: Self) -> Bool { a.waiting == b.waiting }
}
