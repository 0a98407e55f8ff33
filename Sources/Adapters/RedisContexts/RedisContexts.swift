// The store of memory contexts in Redis: carries the engine's commands there, and what Redis says back to it.

internal import Containers
public import Contexts
public import Crypto
internal import Linux
internal import ProtobufWire
public import Reactor

/// Carries out the operations of `Contexts` against one Redis.
///
/// Lives on the reactor's thread. Each operation has one result, never from inside `submit`. While Redis is away
/// everything is answered at once with UNAVAILABLE; the connection comes back by itself.
public final class RedisContexts {
    public var onStateChange: (RedisContextsState) -> Void = { _ in }
    /// The result of the operation with this id.
    public var onResult: (UInt64, ContextResult) -> Void = { _, _ in }
    public private(set) var state: RedisContextsState = .connecting {
        didSet { if state != oldValue { onStateChange(state) } }
    }

    private let reactor: Reactor
    private let options: RedisContextsOptions
    private let clockMs: () -> UInt64
    private let engine: ContextEngine
    private let link: RedisLink
    private var sent = FirstInFirstOut<SentCommand>()
    private var sentBytes = 0
    private var willTell = false
    private var watch: TimerToken?
    private var answers: UInt64 = 0
    private var answersWhenOverdue: UInt64?

    /// A command whose answer has not come, with the reactor's time of sending.
    private struct SentCommand {
        let number: UInt64
        let at: UInt64
        let bytes: Int
        let script: ContextScript
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
        engine = ContextEngine(
            key: key, operationsMax: options.operationsMax, bytesMax: options.bytesMax,
            versionsRemembered: options.versionsRemembered, nonce: RandomBytes.make)
        link = RedisLink(reactor: reactor, location: location, credentials: credentials, options: options)
        link.onReady = { [weak self] in
            self?.engine.cameBack()
            self?.state = .ready
        }
        link.onReply = { [weak self] tag, reply in self?.replied(UInt64(tag), reply) }
        link.onAway = { [weak self] reason in self?.wentAway(reason) }
        link.start()
    }

    /// How many operations were accepted and not answered.
    public var pendingCount: Int { engine.count }

    /// Tries to connect now rather than at the end of the back-off: for when camd's own Redis has just been started.
    public func connectNow() { link.connectNow() }

    /// Answers everything that is open and disconnects. Nothing may be submitted afterwards but to be refused.
    public func close() {
        guard state != .closed else { return }
        link.close()
        abandonAll("camd is stopping")
        tell()
        state = .closed
    }

    public func submit(_ request: ContextRequest) {
        engine.submit(request, nowMs: clockMs())
        pump()
        guard !willTell else { return }
        willTell = true
        reactor.nextTurn { [weak self] in
            self?.willTell = false
            self?.tell()
        }
    }

    private func tell() {
        while let (id, result) = engine.nextResult() { onResult(id, result) }
    }

    /// Sends what there is to send, as far as the window allows.
    private func pump() {
        while state == .ready, sent.count < options.windowOperations, sentBytes < options.windowBytes,
            let next = engine.nextCommand(nowMs: clockMs())
        {
            let command = next.call(hash: link.hash(of: next.script))
            guard link.send(command, tag: UInt(next.number)) else {
                let refusal = ContextReply.refused(retryAfterMs: link.retryAfterMs, reason: "the store went away")
                engine.replied(next.number, refusal, nowMs: clockMs())
                continue
            }
            let bytes = command.bytes.count
            sentBytes += bytes
            sent.append(SentCommand(number: next.number, at: reactor.now, bytes: bytes, script: next.script))
            if watch == nil { watchOldest(until: reactor.now + UInt64(options.answerTimeoutMs) * 1_000_000) }
        }
    }

    private func replied(_ number: UInt64, _ reply: RedisReply) {
        guard let front = sent.popFirst(), front.number == number else {
            preconditionFailure("Redis answers in order; operation \(number) was not next")
        }
        sentBytes -= front.bytes
        answers += 1
        let said = ContextReply(reply)
        if case .again = said { link.sendWhole(front.script) }
        engine.replied(number, said, nowMs: clockMs())
        pump()
        tell()
    }
}

// MARK: - When Redis goes away or falls silent

extension RedisContexts {
    private func wentAway(_ reason: String) {
        guard state != .closed else { return }
        // First the state: whoever is told may submit again, and must be refused at once.
        abandonAll(reason)
        state = .away(reason: reason)
        tell()
    }

    private func abandonAll(_ reason: String) {
        engine.wentAway(Text(reason), retryAfterMs: link.retryAfterMs, nowMs: clockMs())
        sent.removeAll()
        sentBytes = 0
        if let watch { reactor.cancel(watch) }
        watch = nil
        answersWhenOverdue = nil
    }

    private func watchOldest(until deadline: UInt64) {
        watch = reactor.schedule(at: deadline) { [weak self] in self?.checkOldest() }
    }

    /// Whoever is overdue gets one more look: if camd itself stood still, the answers are waiting to be read.
    private func checkOldest() {
        watch = nil
        guard let oldest = sent.first else {
            answersWhenOverdue = nil
            return
        }
        let deadline = oldest.at + UInt64(options.answerTimeoutMs) * 1_000_000
        if deadline > reactor.now {
            answersWhenOverdue = nil
            watchOldest(until: deadline)
        } else if answersWhenOverdue != answers {
            answersWhenOverdue = answers
            watchOldest(until: reactor.now + 20_000_000)
        } else {
            link.abort("the store did not answer within \(options.answerTimeoutMs) ms")
        }
    }
}
