// Request ids, handed out to the tasks that make calls.

internal import Synchronization

/// Numbers from 1, each once.
final class RequestIDs: Sendable {
    private let last = Atomic<UInt64>(0)
    func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}
