// The calls of the ABI as methods, for whoever can make them: a client, and an upcall that calls the kernel back.

public import ABI
public import ProtobufWire

/// Makes system calls. Every method throws `CallFailure` where the kernel refuses, `ConnectionFailure` where the connection
/// does not carry the call, and `CancellationError` where the calling task was cancelled; cancelling cancels the call in the
/// kernel too. `timeout` becomes the envelope's deadline where that names none, and ends the wait on this side shortly after
/// it, whatever the kernel does.
public protocol SystemCalls: Sendable {
    /// Makes one call.
    func call<Request: CallRequest>(_ request: Request, timeout: Duration?) async throws -> Request.Response

    /// Opens a stream: items, then the answer. `window` items may be under way before the reader takes one.
    func stream<Request: CallRequest, Item: ProtobufMessage>(
        _ request: Request, of item: Item.Type, window: UInt32, timeout: Duration?
    ) -> CallStream<Item, Request.Response>
}

extension SystemCalls {
    /// Runs one capability now.
    public func think(_ request: ThinkRequest, timeout: Duration? = nil) async throws -> ThinkResponse {
        try await call(request, timeout: timeout)
    }

    /// Runs one capability and gives its output piece by piece as it comes.
    public func thinkStream(
        _ request: ThinkRequest, window: UInt32 = 32, timeout: Duration? = nil
    ) -> CallStream<ThinkItem, ThinkResponse> {
        var request = request
        request.stream = true
        request.streamCredit = window
        return stream(request, of: ThinkItem.self, window: window, timeout: timeout)
    }

    /// Chooses among options by weighted criteria.
    public func decide(_ request: DecideRequest, timeout: Duration? = nil) async throws -> DecideResponse {
        try await call(request, timeout: timeout)
    }

    /// Feeds an outcome back into arbitration.
    public func learn(_ request: LearnRequest, timeout: Duration? = nil) async throws -> LearnResponse {
        try await call(request, timeout: timeout)
    }

    /// Memory contexts.
    public func remember(_ request: RememberRequest, timeout: Duration? = nil) async throws -> RememberResponse {
        try await call(request, timeout: timeout)
    }

    /// Erases.
    public func forget(_ request: ForgetRequest, timeout: Duration? = nil) async throws -> ForgetResponse {
        try await call(request, timeout: timeout)
    }

    /// Messages between agents.
    public func communicate(_ request: CommunicateRequest, timeout: Duration? = nil) async throws -> CommunicateResponse
    {
        try await call(request, timeout: timeout)
    }

    /// Sessions of several agents.
    public func collaborate(_ request: CollaborateRequest, timeout: Duration? = nil) async throws -> CollaborateResponse
    {
        try await call(request, timeout: timeout)
    }

    /// Ranks the executors for a task; runs nothing.
    public func arbitrate(_ request: ArbitrateRequest, timeout: Duration? = nil) async throws -> ArbitrateResponse {
        try await call(request, timeout: timeout)
    }

    /// Admits a graph of tasks, all or none.
    public func commitTask(_ request: CommitTaskRequest, timeout: Duration? = nil) async throws -> CommitTaskResponse {
        try await call(request, timeout: timeout)
    }

    /// Cancels a task or undoes its effects.
    public func rollbackTask(_ request: RollbackTaskRequest, timeout: Duration? = nil) async throws
        -> RollbackTaskResponse
    {
        try await call(request, timeout: timeout)
    }

    /// May X do Y to Z?
    public func queryPolicy(_ request: QueryPolicyRequest, timeout: Duration? = nil) async throws -> QueryPolicyResponse
    {
        try await call(request, timeout: timeout)
    }

    /// Tasks, health, statistics. For a stream of events use `events`.
    public func observe(_ request: ObserveRequest, timeout: Duration? = nil) async throws -> ObserveResponse {
        try await call(request, timeout: timeout)
    }

    /// Events as they happen, until the reader stops reading. Events beyond the window are counted by the kernel, not kept.
    public func events(_ filter: ObserveEvents = ObserveEvents(), window: UInt32 = 256) -> CallStream<
        Event, ObserveResponse
    > {
        var filter = filter
        filter.streamCredit = window
        return stream(ObserveRequest(what: .events(filter)), of: Event.self, window: window, timeout: nil)
    }

    /// Why was this decided?
    public func explainAction(
        _ request: ExplainActionRequest, timeout: Duration? = nil
    ) async throws -> ExplainActionResponse {
        try await call(request, timeout: timeout)
    }

    /// Weights, quotas, drivers, modes.
    public func tuneSystem(_ request: TuneSystemRequest, timeout: Duration? = nil) async throws -> TuneSystemResponse {
        try await call(request, timeout: timeout)
    }
}
