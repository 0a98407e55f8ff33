// Call 2, think: run one capability now. It is arbitrate, a graph of one task, and the upcall, in one call.

import ABI
import Arbitration
import Policy
import ProtobufWire
import Scheduling

extension Kernel {
    /// Think calls have task ids of their own above this bit, with the epoch in them, so that none is ever used twice.
    static let thinkIDs: UInt64 = 1 << 62

    /// Policy: `think` and `capability.<name>`.
    mutating func think(_ caller: Caller, _ request: ThinkRequest) {
        if let problem = problem(request) { return refuse(caller, problem) }
        guard authorise(caller, "think", request.capability, owner: caller.agent) != nil,
            let allowed = authorise(caller, "capability.\(request.capability)", request.capability, owner: caller.agent)
        else { return }
        guard acceptsWork(caller) else { return }
        let task = Self.thinkIDs | (state.epoch & 0x3F_FFFF) << 40 | nextThink
        nextThink += 1
        guard let call = hold(caller, .think(task: task)) else { return }
        let credit = request.streamCredit == 0 ? 64 : request.streamCredit
        let limit = request.constraints?.deadlineMs ?? 0
        let deadline = limit == 0 ? caller.deadline : min(caller.deadline, now.monotonic + UInt64(limit) * 1_000_000)
        works[task] = Work(
            task: task, owner: caller.agent, capability: request.capability,
            origin: .think(
                call: call, input: request.input, contentType: request.contentType, stream: request.stream,
                credit: credit),
            constraints: request.constraints ?? Constraints(),
            shares: shares(request.weights) ?? settings.weights.shares,
            priority: request.priority, retries: 0, inputBytes: UInt64(request.input.count),
            depth: caller.envelope.depth, traceparent: caller.envelope.traceparent, deadline: deadline,
            readyAt: now.monotonic, after: caller.after, stage: .parked, decision: DecisionID())
        works[task]?.rules = allowed.rules
        if case .registered(_, let place) = caller.session.phase { works[task]?.askedBy = place }
        if deadline < caller.deadline { timers.add(at: deadline, .taskDeadline(task: task)) }
        route(task)
    }

    private func problem(_ request: ThinkRequest) -> Refusal? {
        guard isName(request.capability) else { return .invalidCapability }
        guard request.input.count <= settings.frameBytesMax - Limits.frameOverheadBytes else {
            return .invalid(
                "input", "the input is too large",
                expected: "at most \(settings.frameBytesMax - Limits.frameOverheadBytes) bytes")
        }
        return problem(request.constraints, request.weights, request.priority)
    }

    /// What think, commit_task and arbitrate ask of the fields they share.
    func problem(_ constraints: Constraints?, _ weights: Weights?, _ priority: UInt32) -> Refusal? {
        if priority > Limits.priorityMax {
            return .invalid("priority", "priority \(priority) is too high", expected: "0 to \(Limits.priorityMax)")
        }
        if shares(weights) == nil {
            return .invalid(
                "weights", "the weights cannot be used", expected: "three numbers of 0 or more, one of them above 0")
        }
        if let quality = constraints?.minQuality, !(quality >= 0 && quality <= 1) {
            return .invalid("constraints.min_quality", "the least quality cannot be used", expected: "0 to 1")
        }
        return nil
    }

    /// New work is refused while draining and while the journal has no room.
    mutating func acceptsWork(_ caller: Caller, bytes: Int = 4096) -> Bool {
        if state.draining || isStopping {
            refuse(
                caller,
                .unavailable(
                    "the kernel is draining and takes no new work; an administrator can resume it",
                    retryAfterMilliseconds: 1_000))
            return false
        }
        guard hasRoom(bytes) else {
            refuse(caller, .journalFull)
            return false
        }
        return true
    }

    /// The end of a think: record, learning, answer.
    mutating func endThink(_ work: Work, _ call: UInt64, _ executor: Text, _ ending: Ending) {
        let (usage, outcome) = account(work, executor, ending)
        let waited = work.waitedMicroseconds(now.monotonic)
        let ended = ThinkEnded(
            taskID: work.task, executor: executor, capability: work.capability, usage: usage,
            status: UInt32(ending.status.rawValue), outcome: outcome, owner: work.owner, waitedUs: waited,
            reason: ending.reason, declared: work.declared)
        let decision = Decision(
            call: UInt32(CallNumber.think.rawValue), agentID: work.owner, action: "think.end",
            resource: work.capability,
            allowed: true, status: ended.status, rules: work.rules, policyVersion: policy.version, chosen: executor,
            ranking: executor.isEmpty ? work.ranking.ranked.map(\.message) : [],
            excluded: executor.isEmpty ? work.ranking.excluded : [],
            cause: work.decision.sequence > 0 ? work.decision : nil, taskID: work.task,
            agentName: state.agent(work.owner)?.name ?? "", message: ending.reason)
        var sequence: UInt64 = 0
        if hasRoomForWork(2048 + 2 * ending.reason.utf8Count + 256 * executors.count) {
            sequence = write(decision, .thinkEnded(ended), durable: !work.idempotent)
        } else {
            omitted += 1
        }
        activities[Int(work.owner) - 1].costMicros &+= usage.costMicros
        guard let pending = release(call) else { return }
        let named = work.decision.sequence > 0 ? work.decision.sequence : sequence
        // Without room for this record the answer still names the one of its start.
        let after = work.idempotent ? work.after : max(work.after, sequence, named)
        guard case .succeeded(let result) = ending else {
            let refusal =
                ending.status == .internalError
                ? internalFault("think \(work.task) on \(executor): \(ending.reason)").refusal
                : Refusal(
                    status: ending.status, message: ending.reason,
                    retryAfterMilliseconds: ending.status == .unavailable ? 100 : nil)
            return reply(pending.reference, refusal: refusal, decision: named, after: after)
        }
        reply(
            pending.reference,
            ThinkResponse(
                decisionID: decisionID(named), output: result.output, contentType: result.contentType, usage: usage,
                executor: executor, taskID: work.task, waitedUs: waited), after: after)
    }

    mutating func cancelThink(_ task: UInt64, _ reason: Text) {
        endWork(task, .cancelled(reason))
    }
}

extension Refusal {
    static let invalidCapability = Refusal.invalid(
        "capability", "the capability's name cannot be used",
        expected: "1 to \(Limits.nameBytesMax) bytes of letters, digits and ._-/, for example text.summarize")
}
