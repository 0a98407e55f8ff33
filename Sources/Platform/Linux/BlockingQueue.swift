// Work for a worker thread: many threads put, one waits and takes everything at once.

internal import Glibc

/// An unbounded queue whose taker may wait. Bound what goes in; the queue does not.
public final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    // Unchecked because the compiler cannot see that `mutex` guards every access to `waiting` and `closed`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var waiting: [Element] = []
    private var closed = false

    public init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        let code = pthread_mutex_init(mutex, nil) | pthread_cond_init(condition, nil)
        precondition(code == 0, "a mutex could not be made")
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Adds one element and wakes the taker.
    public func put(_ element: Element) {
        pthread_mutex_lock(mutex)
        precondition(!closed, "put after close")
        waiting.append(element)
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Everything that waits, in order; waits while there is nothing. Empty only when the queue was closed and drained.
    public func takeAll() -> [Element] {
        pthread_mutex_lock(mutex)
        while waiting.isEmpty && !closed { pthread_cond_wait(condition, mutex) }
        var taken: [Element] = []
        swap(&taken, &waiting)
        pthread_mutex_unlock(mutex)
        return taken
    }

    /// Everything that waits now, without waiting for more.
    public func drain() -> [Element] {
        pthread_mutex_lock(mutex)
        var taken: [Element] = []
        swap(&taken, &waiting)
        pthread_mutex_unlock(mutex)
        return taken
    }

    /// Lets the taker end once it has taken what is left.
    public func close() {
        pthread_mutex_lock(mutex)
        closed = true
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(condition)
    }
}
