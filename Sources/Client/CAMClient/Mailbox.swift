// The way from any task to the connection's thread.

internal import ABI
internal import Reactor
internal import Synchronization

/// What other threads ask the connection's thread to do.
enum Command: Sendable {
    case call(OutgoingCall)
    /// The caller has given up.
    case cancel(id: UInt64)
    /// The reader of a stream has taken items.
    case credit(id: UInt64, more: UInt32)
    /// An item of an upcall's stream. `connection` tells an old connection's upcalls from those of the present one.
    case upcallItem(connection: UInt64, id: UInt64, [UInt8])
    case upcallEnd(connection: UInt64, id: UInt64, Status, [UInt8])
    /// Send what is queued, say goodbye, end the thread, then call back.
    case close(@Sendable () -> Void)
}

/// A queue of commands that wakes the thread when it was empty. Commands are carried out in the order in which they came.
final class Mailbox: Sendable {
    private struct State {
        var commands: [Command] = []
        var wakeUp: WakeUp?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// False where the thread has ended: the command was not taken, and whoever waits for it must be told by the caller.
    func post(_ command: Command) -> Bool {
        let (taken, wakeUp) = state.withLock { state -> (Bool, WakeUp?) in
            if state.isClosed { return (false, nil) }
            state.commands.append(command)
            return (true, state.commands.count == 1 ? state.wakeUp : nil)
        }
        wakeUp?.post()
        return taken
    }

    /// From now on a post wakes the thread. What came before waits to be taken.
    func connect(_ wakeUp: WakeUp) {
        state.withLock { $0.wakeUp = wakeUp }
    }

    func take() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Takes nothing more; returns what nobody has carried out.
    func close() -> [Command] {
        state.withLock { state in
            state.isClosed = true
            state.wakeUp = nil
            defer { state.commands = [] }
            return state.commands
        }
    }
}
