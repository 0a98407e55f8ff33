// A queue over one array whose front is cut off in large pieces.

struct FirstInFirstOut<Element> {
    private var elements: [Element] = []
    private var front = 0

    var count: Int { elements.count - front }
    var isEmpty: Bool { front == elements.count }
    var first: Element? { isEmpty ? nil : elements[front] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard front < elements.count else { return nil }
        defer {
            front += 1
            if front == elements.count {
                elements.removeAll(keepingCapacity: true)
                front = 0
            } else if front > 1024, front * 2 > elements.count {
                elements.removeFirst(front)
                front = 0
            }
        }
        return elements[front]
    }

    mutating func removeAll() {
        elements.removeAll()
        front = 0
    }
}
