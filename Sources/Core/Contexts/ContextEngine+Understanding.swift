// From what the store said to results, with all of it in doubt until it opens.

import ABI
import Containers
import ProtobufWire

extension ContextEngine {
    func understand(_ number: UInt64, _ operation: ContextOperationState, _ reply: ContextReply) {
        switch (reply, operation.request.operation) {
        case (.again, _): again.append(number)
        case (.refused(let retryAfterMs, let reason), _):
            finish(number, operation, .unavailable(retryAfterMs: retryAfterMs, reason: reason))
        case (.full(let reason), _): finish(number, operation, .storeFull(reason: reason))
        case (.damaged, _):
            finish(number, operation, dataLoss(operation, nil, "what the store has of it is damaged"))
        case (.store(let said), .store): stored(number, operation, said)
        case (.listed(let heads, let last, let more), .list): listed(number, operation, heads, last, more)
        case (_, .recall(let key, let wanted)):
            finish(number, operation, recalled(operation, key, wanted, reply))
        default: finish(number, operation, dataLoss(operation, nil, "the store's answer makes no sense"))
        }
    }

    private func stored(_ number: UInt64, _ operation: ContextOperationState, _ said: StoreReply) {
        guard var attempt = operation.attempt else { preconditionFailure("an answer to what was not proposed") }
        if case .conflict(current: 0) = said, operation.expiryMs > 0, operation.expiryMs <= latestMs {
            // On a link that repeats commands this can be the second answer: done, ended and swept away in between.
            doubt(operation)
            return finish(
                number, operation, .outcomeUnknown(reason: "its time to live was over before it was answered"))
        }
        switch attempt.on(said, nowMs: latestMs) {
        case .seal:
            operation.attempt = attempt
            again.append(number)
        case .finish(.dataLoss(let reason)): finish(number, operation, dataLoss(operation, nil, reason))
        case .finish(let result):
            if case .stored(let version) = result {
                versions.remember(.init(version: version, expiryMs: operation.expiryMs), of: operation.place.id)
            }
            finish(number, operation, result)
        }
    }

    private func recalled(
        _ operation: ContextOperationState, _ key: Text, _ wanted: UInt64?, _ reply: ContextReply
    ) -> ContextResult {
        switch reply {
        case .none(let newest):
            // The newest one is there, unless its head lies about the oldest.
            if newest > 0, newest == wanted ?? newest { return dataLoss(operation, newest, "its entry is damaged") }
            return absent(operation, wanted, newest: newest)
        case .ended(let bytes), .lost(let bytes):
            // That it has ended counts only if its entry was sealed for that very end, and that is past.
            guard let head = HeadRecord(bytes: bytes), !head.newest.isAlive(at: latestMs),
                ContextSealing.openEntry(head.entry, at: operation.place, head.newest) != nil
            else {
                return dataLoss(operation, HeadRecord(bytes: bytes)?.version, "its value is missing from the store")
            }
            return absent(operation, wanted, newest: head.version)
        case .older(let record):
            guard let wanted else { break }
            return opened(operation, key, wanted, record, isNewest: false)
        case .newest(let headBytes, let record):
            guard let head = HeadRecord(bytes: headBytes), head.version == wanted ?? head.version,
                let described = VersionRecord(bytes: record), described.entry.elementsEqual(head.entry),
                described.expiryMs == head.expiryMs
            else { return dataLoss(operation, wanted, "its entry and its value do not belong together") }
            return opened(operation, key, head.version, record, isNewest: wanted == nil)
        default: break
        }
        return dataLoss(operation, wanted, "the store's answer makes no sense")
    }

    /// The record of this version; the newest one must not be older than what was acknowledged.
    private func opened(
        _ operation: ContextOperationState, _ key: Text, _ number: UInt64, _ bytes: [UInt8], isNewest: Bool
    ) -> ContextResult {
        guard let record = VersionRecord(bytes: bytes),
            let (value, entry) = ContextSealing.open(record, key: key, at: operation.place, version: number)
        else { return dataLoss(operation, number, "what the store holds is not what was sealed for it") }
        let version = RememberedVersion(version: number, expiryMs: record.expiryMs)
        if isNewest {
            // Also where the acknowledged one has ended: the key ended with it.
            if let known = versions.version(of: operation.place.id), known.version > number {
                return dataLoss(operation, known.version, "it was acknowledged and the store went back to \(number)")
            }
            versions.remember(version, of: operation.place.id)
        }
        return version.isAlive(at: nowMs) ? .recalled(value: value, entry: entry) : .notFound
    }

    /// The store does not have the version. What was acknowledged and has not ended must be there.
    private func absent(_ operation: ContextOperationState, _ wanted: UInt64?, newest: UInt64) -> ContextResult {
        guard let known = versions.version(of: operation.place.id), known.mustBeThere(at: latestMs),
            known.version > newest && wanted ?? 0 <= known.version || wanted == known.version
        else { return .notFound }
        let now: Text = newest == 0 || newest > known.version ? "has it no more" : "went back to \(newest)"
        return dataLoss(operation, known.version, "it was acknowledged and the store \(now)")
    }

    private func listed(
        _ number: UInt64, _ operation: ContextOperationState, _ heads: [(key: NameHash, head: [UInt8])],
        _ last: NameHash?, _ more: Bool
    ) {
        guard var page = operation.page else { preconditionFailure("a listing without a page") }
        var entries: [(hash: NameHash, entry: ContextEntry)] = []
        entries.reserveCapacity(heads.count)
        var place = operation.place
        for (key, bytes) in heads {
            place.id = ContextKeyID(context: place.id.context, key: key)
            guard let head = HeadRecord(bytes: bytes),
                let opened = ContextSealing.openEntry(head.entry, at: place, head.newest),
                keys.key(opened.entry.key, in: place.context, of: place.agent) == key,
                !isOutdated(head.newest, of: place.id)
            else {
                let name = String(decoding: key.text, as: UTF8.self)
                let reason: Text = "the entry \(name) is not what was sealed there last"
                return finish(number, operation, dataLoss(operation, nil, reason))
            }
            if head.newest.isAlive(at: nowMs) { entries.append((key, opened.entry)) }
        }
        switch page.on(entries: entries, last: last, more: more) {
        case .finish(let result): finish(number, operation, result)
        case .fetch:
            operation.page = page
            again.append(number)
        }
    }

    /// Whether a newer version was acknowledged, and it matters: what has ended in both is listed by neither.
    private func isOutdated(_ version: RememberedVersion, of id: ContextKeyID) -> Bool {
        guard let known = versions.version(of: id), known.version > version.version else { return false }
        return known.isAlive(at: latestMs) || version.isAlive(at: nowMs)
    }

    private func dataLoss(_ operation: ContextOperationState, _ version: UInt64?, _ reason: Text) -> ContextResult {
        let number = version.map { " version \($0)" } ?? ""
        let key = operation.request.operation.key.map { ", key \"\($0)\"\(number)" } ?? ""
        let place = operation.place
        return .dataLoss(reason: "context \"\(place.context)\" of agent \(place.owner)\(key): \(reason)")
    }
}
