// The store of memory contexts in Redis: takes operations, keeps their order, seals, asks and answers.

internal import Containers
public import Contexts
public import Crypto
internal import Linux
internal import ProtobufWire
public import Reactor

/// Carries out the operations of `Contexts` against one Redis.
///
/// Lives on the reactor's thread. A completion is called exactly once, never from inside `submit`. Operations on one
/// key are done in the order in which they were submitted, as if one after the other; others are pipelined.
/// While Redis is away everything is answered at once with UNAVAILABLE; the connection comes back by itself.
public final class RedisContexts {
    public var onStateChange: (RedisContextsState) -> Void = { _ in }
    public internal(set) var state: RedisContextsState = .connecting {
        didSet { if state != oldValue { onStateChange(state) } }
    }

    let reactor: Reactor
    let options: RedisContextsOptions
    let clockMs: () -> UInt64
    let keys: ContextKeys
    var versions: VersionMemory

    var operations: [UInt64: ContextOperationState] = [:]
    var lanes = KeyLanes<ContextKeyID>()
    var ready = FirstInFirstOut<UInt64>()
    var sent = FirstInFirstOut<SentOperation>()
    var pace = CompletionPace()

    let link: RedisLink
    /// While it is true, whatever is decided at once is answered in the next turn.
    var isSubmitting = false
    private var nextNumber: UInt64 = 1
    var acceptedBytes = 0
    var sentBytes = 0
    var watch: TimerToken?
    var answers: UInt64 = 0
    var answersWhenOverdue: UInt64?

    /// An operation whose answer has not come, with the reactor's time of sending.
    struct SentOperation {
        let number: UInt64
        let at: UInt64
    }

    /// - Parameters:
    ///   - key: the master key, 32 bytes.
    ///   - wallClockNs: nanoseconds since 1970-01-01 UTC, on which times to live are counted; nil for the system's.
    public init(
        reactor: Reactor, location: RedisLocation, credentials: MemoryURL.Credentials? = nil, key: SecretKey,
        options: RedisContextsOptions = .init(), wallClockNs: (() -> Int64)? = nil
    ) {
        self.reactor = reactor
        self.options = options
        let wall = wallClockNs ?? Clock.wall
        clockMs = { UInt64(max(wall(), 0)) / 1_000_000 }
        keys = ContextKeys(master: key)
        versions = VersionMemory(capacity: options.versionsRemembered)
        link = RedisLink(reactor: reactor, location: location, credentials: credentials, options: options)
        link.onReady = { [weak self] in self?.state = .ready }
        link.onReply = { [weak self] tag, reply in self?.replied(UInt64(tag), reply) }
        link.onAway = { [weak self] reason in self?.wentAway(reason) }
        link.start()
    }

    /// How many operations were accepted and not answered.
    public var pendingCount: Int { operations.count }

    /// Tries to connect now rather than at the end of the back-off: for when camd's own Redis has just been started.
    public func connectNow() { link.connectNow() }

    /// Answers everything that is open and disconnects. Nothing may be submitted afterwards but to be refused.
    public func close() {
        guard state != .closed else { return }
        link.close()
        abandonAll("camd is stopping")
        state = .closed
    }

    public func submit(_ request: ContextRequest, _ completion: @escaping (ContextResult) -> Void) {
        if let refusal = ContextValidation.refusal(of: request) { return answerLater(refusal, completion) }
        if let refusal = unavailability(for: request) { return answerLater(refusal, completion) }
        let number = nextNumber
        nextNumber += 1
        let operation = begin(request, completion)
        operations[number] = operation
        acceptedBytes += request.operation.weight
        if let lane = operation.lane, !lanes.enter(number, isRead: request.operation.isRead, lane: lane) { return }
        ready.append(number)
        isSubmitting = true
        pump()
        isSubmitting = false
    }

    private func unavailability(for request: ContextRequest) -> ContextResult? {
        switch state {
        case .closed: return .unavailable(retryAfterMs: 1_000, reason: "camd is stopping")
        case .connecting: return .unavailable(retryAfterMs: link.retryAfterMs, reason: "connecting to the store")
        case .away(let reason): return .unavailable(retryAfterMs: link.retryAfterMs, reason: Text(reason))
        case .ready: break
        }
        let isFull =
            operations.count >= options.operationsMax
            || acceptedBytes + request.operation.weight > options.bytesMax && !operations.isEmpty
        guard isFull else { return nil }
        let wait = pace.millisecondsToComplete(operations.count / 2 + 1)
        return .unavailable(retryAfterMs: wait, reason: "too many operations wait for the store")
    }

    private func begin(
        _ request: ContextRequest, _ completion: @escaping (ContextResult) -> Void
    ) -> ContextOperationState {
        let agent = keys.agent(request.owner)
        let context = keys.context(request.context, of: agent)
        func place(_ key: Text) -> ContextPlace {
            let id = ContextKeyID(context: context, key: keys.key(key, in: request.context, of: agent))
            return ContextPlace(owner: request.owner, context: request.context, id: id, agent: agent)
        }
        switch request.operation {
        case .store(let key, _, _, _, let ifVersion, _):
            let attempt = StoreAttempt(ifVersion: ifVersion, remembered: nil, nowMs: 0)
            return ContextOperationState(
                request, at: place(key), .store(attempt, version: 0, expiryMs: 0), completion: completion)
        case .recall(let key, let version):
            return ContextOperationState(request, at: place(key), .recall(version: version), completion: completion)
        case .list(let prefix, let cursor, let limit):
            let page = ListPage(prefix: prefix, cursor: cursor, limit: limit)
            let nobody = ContextKeyID(context: context, key: NameHash(high: 0, low: 0))
            let place = ContextPlace(owner: request.owner, context: request.context, id: nobody, agent: agent)
            return ContextOperationState(
                request, at: place, .list(page, batch: page.nextBatch), completion: completion)
        }
    }

    func answerLater(_ result: ContextResult, _ completion: @escaping (ContextResult) -> Void) {
        reactor.nextTurn { completion(result) }
    }
}
