// What runs on the connection's thread: the state of the connection, and every command from the mailbox.

internal import ABI
internal import Framing
internal import Linux
internal import ProtobufWire
internal import Reactor
internal import Synchronization

/// What a core is started with. Everything in it crosses to the connection's thread.
struct CoreSettings: Sendable {
    var transport: Transport
    /// The registration, without a resume token.
    var registration: RegisterAgentRequest
    var resumeToken: [UInt8]
    var reconnect: ReconnectPolicy
    var patience: Duration
    var onUpcall: (@Sendable (Upcall) async throws -> InvokeResult)?
    /// Told once: the first registration, or why there was none.
    var onFirst: @Sendable (Result<Session, any Error>) -> Void
    /// Told on the connection's thread of every session, the first included.
    var onSession: @Sendable (Session) -> Void
    /// Told when the thread ends, with the reason.
    var onEnd: @Sendable (ConnectionFailure) -> Void
}

/// The client's half of the protocol. Lives on one thread; not Sendable.
final class ClientCore {
    enum Phase {
        /// Between two attempts, or before the first.
        case apart
        case registering(Link, requestID: UInt64, withToken: Bool)
        case ready(Link)
        /// Nothing happens any more; the thread is about to end.
        case over
    }

    /// Output that waits in this process before calls wait instead, so that a stalled kernel costs bounded memory.
    static let outputBytesMax = 8 << 20
    static let registrationTimeoutNanoseconds: UInt64 = 10_000_000_000

    let settings: CoreSettings
    let reactor: Reactor
    let mailbox: Mailbox
    let requestIDs: RequestIDs
    /// Makes the calls of upcalls; weak, because a client that nobody holds any more makes none.
    let caller: WeakCaller
    var phase = Phase.apart
    var calls = CallTable()
    var upcalls: UpcallTable
    /// Counts connections, so that results of an old connection's upcalls are told apart.
    var connectionNumber: UInt64 = 0
    var token: [UInt8]
    var session: Session?
    var backoff: Backoff
    var registrationTimer: TimerToken?
    /// Monotonic time when the present outage began.
    var apartSince: UInt64
    /// Why the core is over.
    var endReason = ConnectionFailure.closed
    var closeWaiters: [@Sendable () -> Void] = []

    init(
        _ settings: CoreSettings, on reactor: Reactor, mailbox: Mailbox, requestIDs: RequestIDs, caller: WeakCaller
    ) {
        self.settings = settings
        self.reactor = reactor
        self.mailbox = mailbox
        self.requestIDs = requestIDs
        self.caller = caller
        upcalls = UpcallTable(slots: settings.registration.slots)
        token = settings.resumeToken
        backoff = Backoff(settings.reconnect)
        apartSince = reactor.now
    }

    /// Carries out what the mailbox holds. Runs on the connection's thread after every post.
    func takeCommands() {
        for command in mailbox.take() { take(command) }
        sendWaiting()
    }

    private func take(_ command: Command) {
        switch command {
        case .call(let call): begin(call)
        case .cancel(let id): cancel(id)
        case .credit(let id, let more): giveItemCredit(id, more)
        case .upcallItem(let connection, let id, let payload): sendItem(connection, id, payload)
        case .upcallEnd(let connection, let id, let status, let payload): endUpcall(connection, id, status, payload)
        case .close(let done):
            closeWaiters.append(done)
            finish(.closed, goodbye: "closed by the client")
        }
    }

    // MARK: Calls

    private func begin(_ call: OutgoingCall) {
        if case .over = phase { return call.onEnd(.failed(.closed)) }
        if call.cancellation.isSet { return call.onEnd(.cancelled) }
        if let problem = sizeProblem(call) { return call.onEnd(.refused(problem)) }
        let id = call.id
        let timer = call.givesUpAt.map { deadline in
            reactor.schedule(at: deadline) { [unowned self] in timeOut(id) }
        }
        calls.enqueue(call, timer: timer)
    }

    /// A request that no frame can hold would only break the connection.
    private func sizeProblem(_ call: OutgoingCall) -> CallFailure? {
        let limit = min(Int(session?.limits?.frameBytesMax ?? UInt32.max), Limits.framePayloadBytesMax)
        guard call.payload.count > limit else { return nil }
        return CallFailure(
            call: call.call, status: .invalidArgument,
            error: CallError(message: "the request has \(call.payload.count) bytes; a frame holds at most \(limit)"))
    }

    private func cancel(_ id: UInt64) {
        guard let (entry, wasSent) = calls.remove(id) else { return }
        abandon(entry, wasSent: wasSent, end: .cancelled)
    }

    private func timeOut(_ id: UInt64) {
        guard let (entry, wasSent) = calls.remove(id) else { return }
        let message: Text =
            wasSent
            ? "camd did not answer in time" : "there was no connection to camd, or no credit, before the time-out"
        let failure = CallFailure(
            call: entry.call.call, status: .deadlineExceeded, error: CallError(message: message))
        abandon(entry, wasSent: wasSent, end: .refused(failure))
    }

    private func abandon(_ entry: CallTable.Open, wasSent: Bool, end: CallEnd) {
        if wasSent, case .ready(let link) = phase { link.send(.cancel, id: entry.call.id) }
        settle(entry, end)
    }

    func settle(_ entry: CallTable.Open, _ end: CallEnd) {
        if let timer = entry.timer { reactor.cancel(timer) }
        entry.call.onEnd(end)
    }

    private func giveItemCredit(_ id: UInt64, _ more: UInt32) {
        guard case .ready(let link) = phase, calls.grantItems(id, more) else { return }
        link.send(.credit, id: id, payload: Credit(more: more).encoded())
    }

    /// Sends the calls that credit and the output buffer allow.
    func sendWaiting() {
        guard case .ready(let link) = phase else { return }
        while link.pendingOutputBytes < Self.outputBytesMax, let call = calls.takeNext() {
            link.send(.request, call: call.call.rawValue, id: call.id, payload: call.payload)
        }
    }
}
