// Call 5, remember: memory contexts. The kernel decides who may; the store does it.

import ABI
import Containers
import Contexts
import Policy
import ProtobufWire

extension Kernel {
    /// Policy: `context.read` for recall and list, `context.write` for store, with the context's owner.
    mutating func remember(_ caller: Caller, _ request: RememberRequest) {
        let reference: ContextRef?
        let operation: ContextOperation
        switch request.operation {
        case .store(let store):
            reference = store.context
            let provenance = Provenance(
                agentID: caller.agent, taskID: honouredTask(caller), decisionID: decisionID(state.sequence + 1),
                writtenNs: now.wall)
            operation = .store(
                key: store.key, value: store.value, contentType: store.contentType, ttlMs: store.ttlMs,
                ifVersion: store.ifVersion, provenance: provenance)
        case .recall(let recall):
            reference = recall.context
            operation = .recall(key: recall.key, version: recall.version)
        case .list(let list):
            reference = list.context
            operation = .list(prefix: list.prefix, cursor: list.cursor, limit: Int(list.limit))
        case .history, .diff, .snapshot, .restore, .fork, .search:
            return refuse(caller, .unimplemented("this operation of remember"))
        case nil:
            return refuse(
                caller, .invalid("operation", "no operation is given", expected: "store, recall or list"))
        }
        let owner = reference?.owner == 0 ? caller.agent : reference?.owner ?? caller.agent
        let context = ContextRequest(id: 0, owner: owner, context: reference?.name ?? "", operation: operation)
        if let refusal = ContextValidation.refusal(of: context) {
            return refuse(caller, refusal.refusal ?? .invalid("operation", "it cannot be used", expected: ""))
        }
        rememberAdmitted(caller, context)
    }

    private mutating func rememberAdmitted(_ caller: Caller, _ request: ContextRequest) {
        let action: Text = request.operation.isRead ? "context.read" : "context.write"
        guard let allowed = authorise(caller, action, request.context, owner: request.owner) else { return }
        guard store.available else {
            return refuse(
                caller, .unavailable("the memory store is away: \(store.state)", retryAfterMilliseconds: 500))
        }
        guard let sequence = recordAccess(caller, action, request, allowed) else {
            return refuse(caller, .journalFull)
        }
        guard let call = hold(caller, .context(decision: sequence > 0 ? decisionID(sequence) : DecisionID())) else {
            return
        }
        var held = request
        held.id = call
        out.contexts.append(held)
        out.list.append(.context(out.contexts.count - 1, after: caller.after))
    }

    /// Reads go on without a record while the journal is full; writes do not.
    private mutating func recordAccess(
        _ caller: Caller, _ action: Text, _ request: ContextRequest, _ allowed: PolicyDecision
    ) -> UInt64? {
        guard hasRoom(1024) else {
            guard request.operation.isRead else { return nil }
            omitted += 1
            return 0
        }
        var decision = decision(caller, action, request.context, allowed)
        decision.inputs = [
            Label(name: "owner", value: "\(request.owner)"),
            Label(name: request.operation.word, value: request.operation.key),
        ]
        decision.taskID = honouredTask(caller)
        return write(decision, nil, durable: false)
    }

    /// The task a caller names, where it is the task's owner or its current executor; else 0.
    func honouredTask(_ caller: Caller) -> UInt64 {
        let id = caller.envelope.taskID
        guard id > 0 else { return 0 }
        if state.tasks[id]?.owner == caller.agent || works[id]?.owner == caller.agent { return id }
        if case .running(let place, _)? = works[id]?.stage, case .registered(_, place) = caller.session.phase {
            return id
        }
        return 0
    }

    mutating func onContextResult(_ operation: UInt64, _ result: ContextResult) {
        guard case .context(let decision)? = calls[operation]?.waits, let call = release(operation) else { return }
        let after = sessions[call.reference.connection]?.registeredBy ?? 0
        if let refusal = result.refusal {
            return reply(
                call.reference, refusal: refusal, decision: decision.sequence > 0 ? decision.sequence : nil,
                after: after)
        }
        var response = RememberResponse(decisionID: decision.sequence > 0 ? decision : nil)
        switch result {
        case .stored(let version): response.result = .stored(RememberResponse.Stored(version: version))
        case .recalled(let value, let entry):
            response.result = .recalled(RememberResponse.Recalled(value: value, entry: entry))
        case .listed(let entries, let next):
            response.result = .listed(RememberResponse.Listed(entries: entries, nextCursor: next))
        case .conflict, .notFound, .unavailable, .outcomeUnknown, .dataLoss, .tooLarge, .storeFull, .invalid: break
        }
        reply(call.reference, response, after: after)
    }
}

extension ContextOperation {
    fileprivate var word: Text {
        switch self {
        case .store: "store"
        case .recall: "recall"
        case .list: "list"
        }
    }

    fileprivate var key: Text {
        switch self {
        case .store(let key, _, _, _, _, _), .recall(let key, _): key
        case .list(let prefix, _, _): prefix
        }
    }
}

extension ContextResult {
    /// What the caller is told where the store did not do it.
    fileprivate var refusal: Refusal? {
        switch self {
        case .stored, .recalled, .listed: nil
        case .conflict(let current):
            Refusal(
                status: .aborted,
                message: current == 0
                    ? "the key has no version now" : "the key's version is \(current) now; recall it and try again",
                field: "store.if_version", expected: "\(current)")
        case .notFound: .notFound("such key or version in this context")
        case .unavailable(let retry, let reason):
            .unavailable("the memory store is away: \(reason)", retryAfterMilliseconds: retry)
        case .outcomeUnknown(let reason):
            Refusal(
                status: .unknown, message: "whether the write was done is not known: \(reason); recall the key to see")
        case .dataLoss(let reason): Refusal(status: .dataLoss, message: reason)
        case .tooLarge(let limit):
            .invalid("store.value", "the value is too large", expected: "at most \(limit) bytes")
        case .storeFull(let reason): .exhausted("the memory store is full: \(reason)", retryAfterMilliseconds: 1_000)
        case .invalid(let fault): .invalid(fault.field, "\(fault.field) cannot be used", expected: fault.expected)
        }
    }
}
