// The one way in from other threads: a post makes the reactor turn and run the handler on its own thread.

internal import Linux
internal import Synchronization

/// Wakes a reactor from any thread. Posts that come before the reactor has woken count as one. Pair it with a mailbox
/// (a `BlockingQueue`, a `Mutex`) that the handler drains.
public final class WakeUp: Sendable {
    private let counter: FileDescriptor
    private let pending = Atomic<Bool>(false)

    init() throws(Errno) {
        counter = try EventCounter.make()
    }

    var fd: Int32 { counter.rawValue }

    /// Wakes the reactor. What was put into the mailbox before this call is seen by the handler's run.
    public func post() {
        if pending.exchange(true, ordering: .acquiringAndReleasing) { return }
        do {
            try EventCounter.post(counter.rawValue)
        } catch {
            preconditionFailure("a wake-up could not be posted: \(error)")
        }
    }

    /// Called by the reactor before the handler: posts from here on wake it again.
    func take() {
        do {
            try EventCounter.take(counter.rawValue)
        } catch {
            preconditionFailure("a wake-up could not be taken: \(error)")
        }
        pending.store(false, ordering: .sequentiallyConsistent)
    }
}
