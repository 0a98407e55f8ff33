// Credit for the items that an upcall streams out.

internal import Synchronization

/// Lets a sender through as often as the receiver has given credit. Senders that wait go on in the order in which they came.
final class ItemGate: Sendable {
    private struct State {
        var credit: UInt64
        var isClosed = false
        var waiting: [(id: UInt64, sender: CheckedContinuation<Bool, Never>)] = []
        var nextID: UInt64 = 0
    }

    private let state: Mutex<State>

    init(credit: UInt32) { state = Mutex(State(credit: UInt64(credit))) }

    func grant(_ more: UInt32) {
        let ready = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
            state.credit += UInt64(more)
            let count = Int(min(state.credit, UInt64(state.waiting.count)))
            state.credit -= UInt64(count)
            defer { state.waiting.removeFirst(count) }
            return state.waiting.prefix(count).map(\.sender)
        }
        for sender in ready { sender.resume(returning: true) }
    }

    /// The upcall has ended: nobody passes any more.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for entry in waiting { entry.sender.resume(returning: false) }
    }

    /// Takes one credit, waiting for it.
    ///
    /// - Throws: `CancellationError` where the upcall has ended or the task was cancelled meanwhile.
    func pass() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let passed = await withTaskCancellationHandler {
            await withCheckedContinuation { sender in
                let answer = state.withLock { state -> Bool? in
                    if state.isClosed || Task.isCancelled { return false }
                    if state.credit > 0 {
                        state.credit -= 1
                        return true
                    }
                    state.waiting.append((id, sender))
                    return nil
                }
                if let answer { sender.resume(returning: answer) }
            }
        } onCancel: {
            let sender = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting.remove(at: index).sender
            }
            sender?.resume(returning: false)
        }
        if !passed { throw CancellationError() }
    }
}
