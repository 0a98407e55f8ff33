// A mutex with a condition: for the few places where two threads share a little state and one of them waits.

internal import Glibc

/// Mutual exclusion and waiting, without the state itself: its owner keeps that beside it and touches it only between
/// `lock` and `unlock`.
public final class Monitor: @unchecked Sendable {
    // Unchecked because pthread's objects are raw memory to the compiler; pthread itself makes them thread-safe.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    public init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        var code = pthread_condattr_init(&attributes)
        // Deadlines on the monotonic clock: somebody setting the wall clock must not stretch a wait.
        code |= pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        code |= pthread_mutex_init(mutex, nil)
        code |= pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        precondition(code == 0, "a mutex and a condition could not be made")
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    public func lock() {
        let code = pthread_mutex_lock(mutex)
        precondition(code == 0, "pthread_mutex_lock answered \(Errno(rawValue: code))")
    }

    public func unlock() {
        let code = pthread_mutex_unlock(mutex)
        precondition(code == 0, "pthread_mutex_unlock answered \(Errno(rawValue: code))")
    }

    /// Waits for a signal, between `lock` and `unlock`; the lock is free meanwhile. May return without one: ask for the
    /// awaited state in a loop.
    public func wait() {
        let code = pthread_cond_wait(condition, mutex)
        precondition(code == 0, "pthread_cond_wait answered \(Errno(rawValue: code))")
    }

    /// The same, until a monotonic time at the latest.
    ///
    /// - Returns: false when the time has come.
    public func wait(untilMonotonic nanoseconds: UInt64) -> Bool {
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        let code = pthread_cond_timedwait(condition, mutex, &time)
        precondition(
            code == 0 || code == Glibc.ETIMEDOUT, "pthread_cond_timedwait answered \(Errno(rawValue: code))")
        return code == 0
    }

    /// Wakes one that waits.
    public func signal() {
        pthread_cond_signal(condition)
    }
}
