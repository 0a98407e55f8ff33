// From operations to commands: what is ready goes out as far as the window allows.

internal import Containers
internal import Contexts
internal import Linux
internal import ProtobufWire
internal import Reactor

extension RedisContexts {
    /// Sends what is ready, as far as the window allows.
    func pump() {
        while state == .ready, sent.count < options.windowOperations, sentBytes < options.windowBytes,
            let number = ready.popFirst()
        {
            start(number)
        }
    }

    func start(_ number: UInt64) {
        guard let operation = operations[number] else {
            preconditionFailure("operation \(number) was ready and is gone")
        }
        guard case .store(_, _, _, let ttlMs, let ifVersion, _) = operation.request.operation else {
            return send(number, operation)
        }
        // Only now: an operation before it on the same key has told which version comes next.
        let nowMs = clockMs()
        let attempt = StoreAttempt(
            ifVersion: ifVersion, remembered: versions.version(of: operation.place.id), nowMs: nowMs)
        let expiryMs = ttlMs.map { nowMs + $0 } ?? 0
        follow(attempt.firstStep, attempt, expiryMs, number, operation)
    }

    func follow(
        _ step: StoreAttempt.Step, _ attempt: StoreAttempt, _ expiryMs: UInt64, _ number: UInt64,
        _ operation: ContextOperationState
    ) {
        switch step {
        case .seal(let version):
            operation.step = .store(attempt, version: version, expiryMs: expiryMs)
            send(number, operation)
        case .finish(let result):
            if case .stored(let version) = result {
                versions.remember(RememberedVersion(version: version, expiryMs: expiryMs), of: operation.place.id)
            }
            finish(number, operation, result)
        }
    }

    func send(_ number: UInt64, _ operation: ContextOperationState, whole: Bool = false) {
        let nowMs = clockMs()
        let command =
            switch operation.step {
            case .store(let attempt, let version, let expiryMs):
                ContextCommands.store(
                    operation, attempt, version: version, expiryMs: expiryMs, nowMs: nowMs,
                    hash: whole ? nil : link.hash(of: .store))
            case .recall(let version):
                ContextCommands.recall(
                    operation.place, version: version, nowMs: nowMs, hash: whole ? nil : link.hash(of: .recall))
            case .list(_, let batch):
                ContextCommands.list(operation.place, batch, hash: whole ? nil : link.hash(of: .list))
            }
        guard link.send(command, tag: UInt(number)) else {
            let refusal = ContextResult.unavailable(retryAfterMs: link.retryAfterMs, reason: "the store went away")
            return finish(number, operation, refusal)
        }
        operation.isSent = true
        operation.sentBytes = command.bytes.count
        sentBytes += command.bytes.count
        sent.append(SentOperation(number: number, at: reactor.now))
        if watch == nil { watchOldest(until: reactor.now + UInt64(options.answerTimeoutMs) * 1_000_000) }
    }
}
