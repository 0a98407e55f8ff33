// From replies to results, with everything that Redis says in doubt until it opens.

internal import Containers
internal import Contexts
internal import Linux
internal import ProtobufWire
internal import Reactor

extension RedisContexts {
    func replied(_ number: UInt64, _ reply: RedisReply) {
        guard let front = sent.popFirst(), front.number == number, let operation = operations[number] else {
            preconditionFailure("Redis answers in order; operation \(number) was not next")
        }
        operation.isSent = false
        sentBytes -= operation.sentBytes
        answers += 1
        if let error = reply.errorText {
            refused(number, operation, RedisRefusal(errorText: error))
        } else {
            understand(number, operation, reply)
        }
        pump()
    }

    private func refused(_ number: UInt64, _ operation: ContextOperationState, _ refusal: RedisRefusal) {
        switch refusal {
        case .scriptUnknown: send(number, operation, whole: true)
        case .passing(let reason), .credentials(let reason):
            finish(number, operation, .unavailable(retryAfterMs: 250, reason: Text(reason)))
        case .full(let reason): finish(number, operation, .storeFull(reason: Text(reason)))
        case .damaged: finish(number, operation, dataLoss(operation, nil, "its entry in the store is damaged"))
        case .other:
            finish(number, operation, .unavailable(retryAfterMs: 1_000, reason: "the store refused the operation"))
        }
    }

    private func understand(_ number: UInt64, _ operation: ContextOperationState, _ reply: RedisReply) {
        switch operation.step {
        case .store(var attempt, _, let expiryMs):
            guard let said = ContextReplies.store(reply) else { return notUnderstood(number, operation) }
            let step = attempt.on(said)
            if case .finish(.dataLoss(let reason)) = step {
                return finish(number, operation, dataLoss(operation, nil, reason.string))
            }
            follow(step, attempt, expiryMs, number, operation)
        case .recall(let version):
            let key = operation.key
            guard
                let said = ContextReplies.recall(
                    reply, key: key, wanted: version, at: operation.place, nowMs: clockMs())
            else {
                return notUnderstood(number, operation)
            }
            finish(number, operation, recalled(said, operation, wanted: version))
        case .list(let page, _):
            listed(number, operation, page, reply)
        }
    }

    private func notUnderstood(_ number: UInt64, _ operation: ContextOperationState) {
        finish(number, operation, dataLoss(operation, nil, "the store's answer makes no sense"))
    }

    private func recalled(
        _ said: ContextReplies.Recall, _ operation: ContextOperationState, wanted: UInt64?
    ) -> ContextResult {
        let known = versions.version(of: operation.place.id)
        switch said {
        case .lost(let version, let reason): return dataLoss(operation, version, reason)
        case .none:
            // What was acknowledged and has not ended must be there.
            guard let known, known.isAlive(at: clockMs()), wanted == nil || wanted == known.version else {
                return .notFound
            }
            return dataLoss(operation, known.version, "it was acknowledged and the store has it no more")
        case .found(let value, let entry, let version):
            if wanted == nil {
                if let known, known.version > version.version, known.isAlive(at: clockMs()) {
                    return dataLoss(
                        operation, known.version, "it was acknowledged and the store went back to \(version.version)")
                }
                versions.remember(version, of: operation.place.id)
            }
            return .recalled(value: value, entry: entry)
        }
    }

    private func listed(
        _ number: UInt64, _ operation: ContextOperationState, _ page: ListPage, _ reply: RedisReply
    ) {
        var page = page
        let place = operation.place
        let said = ContextReplies.list(reply, at: place, nowMs: clockMs()) {
            keys.key($0, in: place.context, of: place.agent)
        }
        switch said {
        case nil: notUnderstood(number, operation)
        case .lost(let hash):
            let which = hash.map { "the entry \(String(decoding: $0.text, as: UTF8.self))" } ?? "the index"
            let reason = "context \"\(place.context)\" of agent \(place.owner): \(which) is not what was sealed there"
            finish(number, operation, .dataLoss(reason: Text(reason)))
        case .batch(let entries, let last, let more):
            switch page.on(entries: entries, last: last, more: more) {
            case .finish(let result): finish(number, operation, result)
            case .fetch(let batch):
                operation.step = .list(page, batch: batch)
                send(number, operation)
            }
        }
    }

    func dataLoss(_ operation: ContextOperationState, _ version: UInt64?, _ reason: String) -> ContextResult {
        let place = operation.place
        let number = version.map { " version \($0)" } ?? ""
        return .dataLoss(
            reason:
                "context \"\(place.context)\" of agent \(place.owner), key \"\(operation.key)\"\(Text(number)): \(Text(reason))"
        )
    }

    func finish(_ number: UInt64, _ operation: ContextOperationState, _ result: ContextResult) {
        operations[number] = nil
        acceptedBytes -= operation.request.operation.weight
        pace.completed(at: reactor.now)
        if let lane = operation.lane {
            var starting: [UInt64] = []
            lanes.leave(lane: lane, starting: &starting)
            for next in starting { ready.append(next) }
        }
        if isSubmitting { answerLater(result, operation.completion) } else { operation.completion(result) }
    }
}
