// When Redis goes away or falls silent: everybody gets an answer, and a truthful one.

internal import Containers
internal import Contexts
internal import Linux
internal import ProtobufWire
internal import Reactor

extension RedisContexts {
    func wentAway(_ reason: String) {
        guard state != .closed else { return }
        // First the state: a completion may submit again, and must be refused at once.
        let wasReady = state == .ready
        state = .away(reason: reason)
        if wasReady { abandonAll(reason) }
    }

    /// Answers every open operation: what was sent and changes something may have happened or not.
    func abandonAll(_ reason: String) {
        let open = operations.sorted { $0.key < $1.key }
        operations.removeAll()
        lanes.removeAll()
        ready.removeAll()
        sent.removeAll()
        sentBytes = 0
        acceptedBytes = 0
        if let watch { reactor.cancel(watch) }
        watch = nil
        answersWhenOverdue = nil
        let retryAfterMs = link.retryAfterMs
        for (_, operation) in open {
            let isLost = operation.isSent && !operation.request.operation.isRead
            operation.completion(
                isLost
                    ? .outcomeUnknown(reason: Text(reason))
                    : .unavailable(retryAfterMs: retryAfterMs, reason: Text(reason)))
        }
    }

    func watchOldest(until deadline: UInt64) {
        watch = reactor.schedule(at: deadline) { [weak self] in self?.checkOldest() }
    }

    /// Whoever is overdue gets one more look: if camd itself stood still, the answers are waiting to be read.
    func checkOldest() {
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
