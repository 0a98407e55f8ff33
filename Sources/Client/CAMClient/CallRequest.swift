// The requests of the ABI as calls: which call each makes, what it is answered with, and whether it may be made twice.

public import ABI
public import ProtobufWire

/// A request message that makes one system call.
public protocol CallRequest: EnvelopedRequest {
    associatedtype Response: ProtobufMessage
    static var call: CallNumber { get }
    /// True where making the call twice leaves the same state and answer as making it once.
    var readsOnly: Bool { get }
}

extension CallRequest {
    public var readsOnly: Bool { false }

    /// True where a call that was lost on the way may be sent again: it only reads, or the kernel knows it by its key.
    var isRepeatable: Bool { readsOnly || envelope?.idempotencyKey.isEmpty == false }
}

extension ThinkRequest: CallRequest {
    public typealias Response = ThinkResponse
    public static var call: CallNumber { .think }
}

extension DecideRequest: CallRequest {
    public typealias Response = DecideResponse
    public static var call: CallNumber { .decide }
    public var readsOnly: Bool { true }
}

extension LearnRequest: CallRequest {
    public typealias Response = LearnResponse
    public static var call: CallNumber { .learn }
}

extension RememberRequest: CallRequest {
    public typealias Response = RememberResponse
    public static var call: CallNumber { .remember }
    public var readsOnly: Bool {
        switch operation {
        case .recall, .list, .history, .diff, .search: true
        case .store, .snapshot, .restore, .fork, nil: false
        }
    }
}

extension ForgetRequest: CallRequest {
    public typealias Response = ForgetResponse
    public static var call: CallNumber { .forget }
}

extension CommunicateRequest: CallRequest {
    public typealias Response = CommunicateResponse
    public static var call: CallNumber { .communicate }
}

extension CollaborateRequest: CallRequest {
    public typealias Response = CollaborateResponse
    public static var call: CallNumber { .collaborate }
}

extension ArbitrateRequest: CallRequest {
    public typealias Response = ArbitrateResponse
    public static var call: CallNumber { .arbitrate }
    public var readsOnly: Bool { true }
}

extension CommitTaskRequest: CallRequest {
    public typealias Response = CommitTaskResponse
    public static var call: CallNumber { .commitTask }
}

extension RollbackTaskRequest: CallRequest {
    public typealias Response = RollbackTaskResponse
    public static var call: CallNumber { .rollbackTask }
}

extension QueryPolicyRequest: CallRequest {
    public typealias Response = QueryPolicyResponse
    public static var call: CallNumber { .queryPolicy }
    public var readsOnly: Bool { true }
}

extension ObserveRequest: CallRequest {
    public typealias Response = ObserveResponse
    public static var call: CallNumber { .observe }
    public var readsOnly: Bool {
        switch what {
        case .emitMetric, .emitSpan: false
        default: true
        }
    }
}

extension ExplainActionRequest: CallRequest {
    public typealias Response = ExplainActionResponse
    public static var call: CallNumber { .explainAction }
    public var readsOnly: Bool { true }
}

extension TuneSystemRequest: CallRequest {
    public typealias Response = TuneSystemResponse
    public static var call: CallNumber { .tuneSystem }
    public var readsOnly: Bool { dryRun }
}
