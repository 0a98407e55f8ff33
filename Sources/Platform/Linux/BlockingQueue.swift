// Work for a worker thread: many threads put, one waits and takes everything at once.

/// An unbounded queue whose taker may wait. Bound what goes in; the queue does not.
public final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    // Unchecked because the compiler cannot see that `monitor` guards every access to `waiting` and `closed`.
    private let monitor = Monitor()
    private var waiting: [Element] = []
    private var closed = false

    public init() {}

    /// Adds one element and wakes the taker.
    public func put(_ element: Element) {
        monitor.lock()
        precondition(!closed, "put after close")
        waiting.append(element)
        monitor.unlock()
        monitor.signal()
    }

    /// Everything that waits, in order; waits while there is nothing. Empty only when the queue was closed and drained.
    public func takeAll() -> [Element] {
        monitor.lock()
        defer { monitor.unlock() }
        while waiting.isEmpty && !closed { monitor.wait() }
        return take()
    }

    /// Everything that waits now, without waiting for more.
    public func drain() -> [Element] {
        monitor.lock()
        defer { monitor.unlock() }
        return take()
    }

    /// Lets the taker end once it has taken what is left.
    public func close() {
        monitor.lock()
        closed = true
        monitor.unlock()
        monitor.signal()
    }

    private func take() -> [Element] {
        defer { waiting = [] }
        return waiting
    }
}
