// Decides everything about memory contexts: who waits for whom, which version is next, what is sealed, and whether what
// the store says can be true.

import ABI
import Containers
package import Crypto
import Planted
package import ProtobufWire

/// Takes operations, gives commands for a store, takes what the store says, and gives results.
///
/// Every operation has exactly one result. Operations on one key are done in the order in which they were submitted, as
/// if one after the other. It has no clock, no randomness and no store of its own: times and nonces are passed in.
package final class ContextEngine {
    private let operationsMax: Int
    private let bytesMax: Int
    private let nonce: (Int) -> [UInt8]
    let keys: ContextKeys
    var versions: VersionMemory

    private var operations: [UInt64: ContextOperationState] = [:]
    private var lastNumber: UInt64 = 0
    private var acceptedBytes = 0
    private var lanes = KeyLanes<ContextKeyID>()
    private var ready = FirstInFirstOut<UInt64>()
    /// What was begun and is not done with one command; goes before all that is ready.
    var again = FirstInFirstOut<UInt64>()
    private var results = FirstInFirstOut<(id: UInt64, result: ContextResult)>()
    private var pace = CompletionPace()
    /// Why there is no store, and until when it is not worth asking.
    private var absence: (reason: Text, untilMs: UInt64)? = ("connecting to the store", 0)

    private(set) var nowMs: UInt64 = 0
    /// The latest time there ever was: what had ended by it may be gone, also after the clock was put back.
    private(set) var latestMs: UInt64 = 0

    /// - Parameters:
    ///   - key: the master key, 32 bytes.
    ///   - operationsMax: operations accepted and not yet answered; `bytesMax`: the same in bytes of values.
    ///   - versionsRemembered: keys whose newest version is remembered, about 150 bytes each.
    ///   - nonce: as many bytes as it is asked for, never the same twice.
    package init(
        key: SecretKey, operationsMax: Int, bytesMax: Int, versionsRemembered: Int, nonce: @escaping (Int) -> [UInt8]
    ) {
        self.operationsMax = operationsMax
        self.bytesMax = bytesMax
        self.nonce = nonce
        keys = ContextKeys(master: key)
        versions = VersionMemory(capacity: versionsRemembered)
    }

    /// How many operations were accepted and not answered.
    package var count: Int { operations.count }

    /// Takes an operation; its result may be there at once.
    package func submit(_ request: ContextRequest, nowMs: UInt64) {
        see(nowMs)
        if let refusal = ContextValidation.refusal(of: request) ?? unavailability(for: request) {
            return results.append((request.id, refusal))
        }
        lastNumber += 1
        let operation = ContextOperationState(request, at: keys.place(of: request))
        operations[lastNumber] = operation
        acceptedBytes += request.operation.weight
        if let lane = operation.lane, !lanes.enter(lastNumber, isRead: request.operation.isRead, lane: lane) { return }
        ready.append(lastNumber)
    }

    /// The next command for the store. Whoever takes it hands it over, or says `refused` in the store's place.
    package func nextCommand(nowMs: UInt64) -> ContextCommand? {
        see(nowMs)
        while let number = again.popFirst() ?? ready.popFirst() {
            guard let operation = operations[number] else {
                preconditionFailure("operation \(number) was ready and is gone")
            }
            guard let action = action(number, operation) else { continue }
            operation.isSent = true
            return ContextCommand(number: number, id: operation.place.id, nowMs: nowMs, action: action)
        }
        return nil
    }

    /// What the store said to the command of this number.
    package func replied(_ number: UInt64, _ reply: ContextReply, nowMs: UInt64) {
        see(nowMs)
        guard let operation = operations[number], operation.isSent else {
            preconditionFailure("the store answered \(number), which it was not asked")
        }
        operation.isSent = false
        understand(number, operation, reply)
    }

    /// The next result, for the operation with this id of the asker's.
    package func nextResult() -> (id: UInt64, result: ContextResult)? { results.popFirst() }

    /// The store is there and takes commands.
    package func cameBack() { absence = nil }

    /// The store is gone, and no reply comes any more. What was handed over and changes something was done or not.
    package func wentAway(_ reason: Text, retryAfterMs: UInt32, nowMs: UInt64) {
        see(nowMs)
        absence = (reason, nowMs + UInt64(retryAfterMs))
        let open = operations.sorted { $0.key < $1.key }
        operations.removeAll()
        lanes.removeAll()
        ready.removeAll()
        again.removeAll()
        acceptedBytes = 0
        if isPlanted(.staleReadAfterRestore) { versions = VersionMemory(capacity: operationsMax) }
        for (_, operation) in open {
            let isLost = operation.isSent && !operation.request.operation.isRead
            if isLost { doubt(operation) }
            let result: ContextResult =
                isLost ? .outcomeUnknown(reason: reason) : .unavailable(retryAfterMs: retryAfterMs, reason: reason)
            results.append((operation.request.id, result))
        }
    }

    func finish(_ number: UInt64, _ operation: ContextOperationState, _ result: ContextResult) {
        operations[number] = nil
        acceptedBytes -= operation.request.operation.weight
        pace.completed(atMs: nowMs)
        if let lane = operation.lane {
            var starting: [UInt64] = []
            lanes.leave(lane: lane, starting: &starting)
            for next in starting { ready.append(next) }
        }
        results.append((operation.request.id, result))
    }

    /// The store was sent, and nobody knows whether it was done. If it was, the key ends with it.
    func doubt(_ operation: ContextOperationState) {
        guard let attempt = operation.attempt, operation.expiryMs > 0 else { return }
        versions.doubt(attempt.proposed, expiryMs: operation.expiryMs, of: operation.place.id)
    }

    private func see(_ nowMs: UInt64) {
        self.nowMs = nowMs
        latestMs = max(latestMs, nowMs)
    }

    private func unavailability(for request: ContextRequest) -> ContextResult? {
        if let absence {
            let wait = min(max(absence.untilMs, nowMs + 20) - nowMs, 10_000)
            return .unavailable(retryAfterMs: UInt32(wait), reason: absence.reason)
        }
        let isFull =
            operations.count >= operationsMax
            || acceptedBytes + request.operation.weight > bytesMax && !operations.isEmpty
        guard isFull else { return nil }
        let wait = pace.millisecondsToComplete(operations.count / 2 + 1)
        return .unavailable(retryAfterMs: wait, reason: "too many operations wait for the store")
    }

    /// nil where the operation was answered without asking the store.
    private func action(_ number: UInt64, _ operation: ContextOperationState) -> ContextCommand.Action? {
        switch operation.request.operation {
        case .recall(_, let version): return .recall(version: version)
        case .list:
            guard let page = operation.page else { preconditionFailure("a listing without a page") }
            return .list(page.nextBatch)
        case .store(let key, let value, let contentType, let ttlMs, let ifVersion, let provenance):
            // Only now: an operation before it on the same key has told which version comes next.
            let remembered = versions.version(of: operation.place.id)
            let attempt = operation.attempt ?? StoreAttempt(ifVersion: ifVersion, remembered: remembered)
            if operation.attempt == nil {
                if case .finish(let result) = attempt.firstStep(nowMs: nowMs) {
                    finish(number, operation, result)
                    return nil
                }
                operation.attempt = attempt
                operation.expiryMs = ttlMs.map { nowMs + $0 } ?? 0
            }
            let entry = ContextEntry(
                key: key, version: attempt.proposed, contentType: contentType, valueBytes: UInt64(value.count),
                provenance: provenance)
            let expiryMs = operation.expiryMs
            let sealed = ContextSealing.seal(value, as: entry, at: operation.place, expiryMs: expiryMs, nonce: nonce)
            let record = VersionRecord(expiryMs: expiryMs, entry: sealed.entry[...], value: sealed.value[...]).bytes
            return .store(
                StoreProposal(
                    version: attempt.proposed,
                    ifVersion: isPlanted(.compareAndSetIgnoresVersion) ? nil : ifVersion,
                    expiryMs: expiryMs, entry: sealed.entry, record: record))
        }
    }
}
