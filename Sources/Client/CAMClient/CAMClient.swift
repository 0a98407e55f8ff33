// The client: connects to camd, and makes the ABI's calls from any task.

public import ABI
internal import Linux
public import ProtobufWire
internal import Reactor
internal import Synchronization

/// A connection to camd that any number of tasks share. Calls are pipelined; answers come in any order. A thread of its own
/// reads while it writes, so neither side can hold the other up.
///
/// When the connection breaks it is made again with the resume token, as the options say. Calls that were not sent yet wait;
/// calls under way that only read, or that carry an idempotency key, are sent again; others and streams fail with
/// `ConnectionFailure.lost`. The connection ends with `close()` or when nobody holds the client any more.
public final class CAMClient: SystemCalls {
    private let mailbox: Mailbox
    private let requestIDs: RequestIDs
    private let latestSession: LatestSession
    private let ending: EndingBox

    /// Connects and registers.
    ///
    /// - Throws: `ConnectionFailure` where camd cannot be reached, `CallFailure` where it refuses the registration.
    public static func connect(_ options: ConnectOptions) async throws -> CAMClient {
        precondition(options.offers.isEmpty || options.onUpcall != nil, "offers need an onUpcall handler")
        let registration = RegisterAgentRequest(
            name: options.name, labels: options.labels, offers: options.offers,
            slots: options.offers.isEmpty ? 0 : max(1, options.slots))
        return try await start(
            over: .path(options.socketPath), registration, resumeToken: options.resumeToken,
            reconnect: options.reconnect, patience: options.patience, onUpcall: options.onUpcall)
    }

    /// Registers over a connected socket that this process was started with, as drivers are. The client owns `descriptor` from
    /// here on and ends with it.
    package static func adopt(
        descriptor: Int32, registration: RegisterAgentRequest,
        onUpcall: @escaping @Sendable (Upcall) async throws -> InvokeResult
    ) async throws -> CAMClient {
        try await start(
            over: .inherited(descriptor), registration, resumeToken: [], reconnect: .never, patience: .zero,
            onUpcall: onUpcall)
    }

    private init(mailbox: Mailbox, requestIDs: RequestIDs, latestSession: LatestSession, ending: EndingBox) {
        self.mailbox = mailbox
        self.requestIDs = requestIDs
        self.latestSession = latestSession
        self.ending = ending
    }

    deinit { _ = mailbox.post(.close {}) }

    private static func start(
        over transport: Transport, _ registration: RegisterAgentRequest, resumeToken: [UInt8],
        reconnect: ReconnectPolicy,
        patience: Duration, onUpcall: (@Sendable (Upcall) async throws -> InvokeResult)?
    ) async throws -> CAMClient {
        let latestSession = LatestSession()
        let ending = EndingBox()
        let client = CAMClient(
            mailbox: Mailbox(), requestIDs: RequestIDs(), latestSession: latestSession, ending: ending)
        let caller = WeakCaller(client)
        _ = try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Session, any Error>) in
            let first = FirstResult(waiter)
            let settings = CoreSettings(
                transport: transport, registration: registration, resumeToken: resumeToken, reconnect: reconnect,
                patience: patience, onUpcall: onUpcall, onFirst: { first.set($0) },
                onSession: { latestSession.set($0) }, onEnd: { ending.set($0) })
            ConnectionThread.start(settings, mailbox: client.mailbox, requestIDs: client.requestIDs, caller: caller)
        }
        return client
    }

    /// What the kernel said at the last registration: this agent's id, its resume token, its limits, the kernel's features.
    public var session: Session { latestSession.get() }

    public var agentID: UInt64 { session.agentID }

    /// Says goodbye and closes when everything that was asked for before has been sent; calls under way fail with
    /// `ConnectionFailure.closed`. Returns when the thread has ended.
    public func close() async {
        await withCheckedContinuation { done in
            if !mailbox.post(.close { done.resume() }) { done.resume() }
        }
    }

    /// Waits for the end of the connection, and says why: closed, or lost for good.
    public func ended() async -> ConnectionFailure { await ending.get() }

    public func call<Request: CallRequest>(_ request: Request, timeout: Duration?) async throws -> Request.Response {
        let id = requestIDs.next()
        let cancellation = CancellationFlag()
        let (payload, givesUpAt) = Self.prepare(request, timeout)
        let end = await withTaskCancellationHandler {
            await withCheckedContinuation { (caller: CheckedContinuation<CallEnd, Never>) in
                if Task.isCancelled { return caller.resume(returning: .cancelled) }
                post(
                    OutgoingCall(
                        id: id, call: Request.call, payload: payload, isRepeatable: request.isRepeatable,
                        givesUpAt: givesUpAt, window: 0, cancellation: cancellation, onItem: nil,
                        onEnd: { caller.resume(returning: $0) }))
            }
        } onCancel: {
            cancellation.set()
            _ = mailbox.post(.cancel(id: id))
        }
        let answer = try end.payload()
        do {
            return try Request.Response(decoding: answer)
        } catch {
            throw ConnectionFailure.protocolViolation("the answer to \(Request.call.name) does not parse: \(error)")
        }
    }

    public func stream<Request: CallRequest, Item: ProtobufMessage>(
        _ request: Request, of item: Item.Type, window: UInt32, timeout: Duration?
    ) -> CallStream<Item, Request.Response> {
        let id = requestIDs.next()
        let cancellation = CancellationFlag()
        let mailbox = mailbox
        let (payload, givesUpAt) = Self.prepare(request, timeout)
        let buffer = StreamBuffer(window: max(1, window)) { more in
            // Where the thread has ended, so has the stream.
            _ = mailbox.post(.credit(id: id, more: more))
        }
        post(
            OutgoingCall(
                id: id, call: Request.call, payload: payload, isRepeatable: false, givesUpAt: givesUpAt,
                window: max(1, window), cancellation: cancellation, onItem: { buffer.put($0) },
                onEnd: { buffer.finish($0) }))
        // The handle holds the client: a stream that is read keeps its connection.
        let handle = StreamHandle(call: Request.call, buffer: buffer) { [self] in
            cancellation.set()
            _ = self.mailbox.post(.cancel(id: id))
        }
        return CallStream(handle: handle)
    }

    private func post(_ call: OutgoingCall) {
        if !mailbox.post(.call(call)) { call.onEnd(.failed(ending.failure ?? .closed)) }
    }

    /// The payload, with the time-out as the kernel's deadline; and when this side gives up by itself, a quarter of a second
    /// later, so that the kernel's own answer comes first where there is one.
    private static func prepare<Request: CallRequest>(
        _ request: Request, _ timeout: Duration?
    ) -> (payload: [UInt8], givesUpAt: UInt64?) {
        guard let timeout else {
            let deadline = request.envelope?.deadlineMs ?? 0
            let givesUpAt = deadline == 0 ? nil : Clock.monotonic() + (UInt64(deadline) + 250) * 1_000_000
            return (request.encoded(), givesUpAt)
        }
        var request = request
        var envelope = request.envelope ?? Envelope()
        let milliseconds = UInt32(clamping: max(1, timeout.nanoseconds / 1_000_000))
        if envelope.deadlineMs == 0 { envelope.deadlineMs = min(milliseconds, Limits.deadlineMillisecondsMax) }
        request.envelope = envelope
        let wait = timeout.nanoseconds.addingReportingOverflow(250_000_000)
        let end = Clock.monotonic().addingReportingOverflow(wait.partialValue)
        return (request.encoded(), wait.overflow || end.overflow ? nil : end.partialValue)
    }
}
