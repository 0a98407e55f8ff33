// One piece of work that the kernel sends to an executor.

public import ABI
public import ProtobufWire

/// An upcall: what to do, and the means to stream items out and to call the kernel back meanwhile.
///
/// Its task is cancelled when the kernel cancels it, when its deadline passes and when the connection breaks; a handler that
/// works long checks for that. Whatever a handler returns or throws after that, the kernel is told that it was cancelled or came too
/// late.
public struct Upcall: Sendable {
    /// Everything the kernel said, the deadline as milliseconds from arrival.
    public let request: InvokeUpcall
    /// System calls made on behalf of this task, over the same connection: the envelope carries the task, the trace and the
    /// depth.
    public let kernel: UpcallKernel

    private let gate: ItemGate
    private let sendItem: @Sendable ([UInt8]) -> Void

    init(
        request: InvokeUpcall, kernel: UpcallKernel, gate: ItemGate, sendItem: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.request = request
        self.kernel = kernel
        self.gate = gate
        self.sendItem = sendItem
    }

    public var taskID: UInt64 { request.taskID }
    public var capability: Text { request.capability }
    public var input: [UInt8] { request.input }
    /// Outputs of earlier tasks, in the order the task named them.
    public var parts: [InputPart] { request.parts }
    /// True where the caller wants items before the result.
    public var wantsItems: Bool { request.stream }

    /// Sends one item, waiting for the reader's credit. Does nothing where the caller wants no items.
    ///
    /// - Throws: `CancellationError` once the upcall is over.
    public func send(_ item: [UInt8]) async throws {
        guard wantsItems else { return }
        try await gate.pass()
        sendItem(ThinkItem(output: item).encoded())
    }
}

/// Makes system calls from inside an upcall.
public struct UpcallKernel: SystemCalls {
    private let caller: any SystemCalls
    private let taskID: UInt64
    private let depth: UInt32
    private let traceparent: Text

    init(caller: any SystemCalls, upcall: InvokeUpcall) {
        self.caller = caller
        taskID = upcall.taskID
        depth = upcall.depth
        traceparent = upcall.traceparent
    }

    public func call<Request: CallRequest>(_ request: Request, timeout: Duration?) async throws -> Request.Response {
        try await caller.call(stamped(request), timeout: timeout)
    }

    public func stream<Request: CallRequest, Item: ProtobufMessage>(
        _ request: Request, of item: Item.Type, window: UInt32, timeout: Duration?
    ) -> CallStream<Item, Request.Response> {
        caller.stream(stamped(request), of: item, window: window, timeout: timeout)
    }

    private func stamped<Request: CallRequest>(_ request: Request) -> Request {
        var request = request
        var envelope = request.envelope ?? Envelope()
        if envelope.taskID == 0 { envelope.taskID = taskID }
        if envelope.traceparent.isEmpty { envelope.traceparent = traceparent }
        envelope.depth = max(envelope.depth, depth)
        request.envelope = envelope
        return request
    }
}
