// The thread that owns a connection, from its start to its end.

internal import ABI
internal import Linux
internal import ProtobufWire
internal import Reactor
internal import Synchronization

enum ConnectionThread {
    /// Starts the thread. Everything that goes wrong reaches `settings.onFirst` or the calls in the mailbox.
    static func start(_ settings: CoreSettings, mailbox: Mailbox, requestIDs: RequestIDs, caller: WeakCaller) {
        do {
            let thread = try WorkerThread(name: "cam-client") {
                run(settings, mailbox: mailbox, requestIDs: requestIDs, caller: caller)
            }
            thread.detach()
        } catch {
            settings.onFirst(.failure(ConnectionFailure.disconnected(reason: "no thread for the connection: \(error)")))
        }
    }

    private static func run(
        _ settings: CoreSettings, mailbox: Mailbox, requestIDs: RequestIDs, caller: WeakCaller
    ) {
        do {
            let reactor = try Reactor()
            let core = ClientCore(settings, on: reactor, mailbox: mailbox, requestIDs: requestIDs, caller: caller)
            loop(core, reactor, mailbox)
            end(settings, mailbox, core.endReason, core.closeWaiters)
        } catch {
            let failure = ConnectionFailure.disconnected(reason: "no event loop for the connection: \(error)")
            settings.onFirst(.failure(failure))
            end(settings, mailbox, failure, [])
        }
    }

    private static func loop(_ core: ClientCore, _ reactor: Reactor, _ mailbox: Mailbox) {
        do {
            mailbox.connect(try reactor.wakeUp { [unowned core] in core.takeCommands() })
            reactor.nextTurn { [unowned core] in
                core.connect()
                core.takeCommands()
            }
            try reactor.run()
        } catch {
            core.abort(.disconnected(reason: "the connection's event loop failed: \(error)"))
        }
    }

    /// Tells everybody who came too late.
    private static func end(
        _ settings: CoreSettings, _ mailbox: Mailbox, _ reason: ConnectionFailure, _ waiters: [@Sendable () -> Void]
    ) {
        var waiters = waiters
        settings.onEnd(reason)
        for command in mailbox.close() {
            switch command {
            case .call(let call): call.onEnd(.failed(reason))
            case .close(let done): waiters.append(done)
            case .cancel, .credit, .upcallItem, .upcallEnd: break
            }
        }
        for waiter in waiters { waiter() }
    }
}

/// Resumes the task that connects with the first result; the thread may come to say another.
final class FirstResult: Sendable {
    private let waiter: Mutex<CheckedContinuation<Session, any Error>?>

    init(_ waiter: CheckedContinuation<Session, any Error>) { self.waiter = Mutex(waiter) }

    func set(_ result: Result<Session, any Error>) {
        let waiter = waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(with: result)
    }
}

/// The session of the latest registration, for any thread to read.
final class LatestSession: Sendable {
    private let session = Mutex(Session())
    func get() -> Session { session.withLock { $0 } }
    func set(_ new: Session) { session.withLock { $0 = new } }
}

/// Why the connection ended, once it has.
final class EndingBox: Sendable {
    private struct State {
        var failure: ConnectionFailure?
        var waiters: [CheckedContinuation<ConnectionFailure, Never>] = []
    }

    private let state = Mutex(State())

    var failure: ConnectionFailure? { state.withLock { $0.failure } }

    func set(_ failure: ConnectionFailure) {
        let waiters = state.withLock { state in
            state.failure = failure
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: failure) }
    }

    func get() async -> ConnectionFailure {
        await withCheckedContinuation { waiter in
            let failure = state.withLock { state -> ConnectionFailure? in
                if state.failure == nil { state.waiters.append(waiter) }
                return state.failure
            }
            if let failure { waiter.resume(returning: failure) }
        }
    }
}

/// The client as upcalls see it: held only as long as somebody else holds it.
final class WeakCaller: SystemCalls {
    private let client: Mutex<Weak>

    private struct Weak: Sendable {
        weak var client: CAMClient?
    }

    init(_ client: CAMClient) { self.client = Mutex(Weak(client: client)) }

    func call<Request: CallRequest>(_ request: Request, timeout: Duration?) async throws -> Request.Response {
        guard let client = client.withLock({ $0.client }) else { throw ConnectionFailure.closed }
        return try await client.call(request, timeout: timeout)
    }

    func stream<Request: CallRequest, Item: ProtobufMessage>(
        _ request: Request, of item: Item.Type, window: UInt32, timeout: Duration?
    ) -> CallStream<Item, Request.Response> {
        if let client = client.withLock({ $0.client }) {
            return client.stream(request, of: item, window: window, timeout: timeout)
        }
        let buffer = StreamBuffer(window: 1) { _ in }
        buffer.finish(.failed(.closed))
        return CallStream(handle: StreamHandle(call: Request.call, buffer: buffer) {})
    }
}
