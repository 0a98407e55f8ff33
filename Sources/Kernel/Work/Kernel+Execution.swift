// From queued to ended: upcalls, their answers, and executors that fail, hang or go away.

import ABI
import Arbitration
import Containers
import DriverLifecycle
import Framing
import Planted
import Policy
import ProtobufWire
import Scheduling

/// How a task ended.
enum Ending: Sendable {
    case succeeded(InvokeResult)
    case failed(Status, Text)
    case cancelled(Text)
    case expired(Text)
    case outcomeUnknown(Text)

    var state: TaskState {
        switch self {
        case .succeeded: .succeeded
        case .failed: .failed
        case .cancelled: .cancelled
        case .expired: .expired
        case .outcomeUnknown: .outcomeUnknown
        }
    }

    var status: Status {
        switch self {
        case .succeeded: .ok
        case .failed(let status, _): status
        case .cancelled: .cancelled
        case .expired: .deadlineExceeded
        case .outcomeUnknown: .unknown
        }
    }

    var reason: Text {
        switch self {
        case .succeeded: ""
        case .failed(_, let reason), .cancelled(let reason), .expired(let reason), .outcomeUnknown(let reason): reason
        }
    }
}

extension Kernel {
    /// How long an executor has to answer a cancelled upcall before it counts as hung.
    static let hungAfterNanoseconds: UInt64 = 2_000_000_000
    /// How often idempotent work is given to another executor because one went away, whatever its retries.
    static let lossesMax: UInt32 = 3

    /// True while an executor works on something that somebody waits for.
    var isWorking: Bool { upcalls.values.contains { !$0.isPing && !$0.isAbandoned } }

    mutating func start(_ id: UInt64, _ place: Int, _ connection: ConnectionID, _ strand: Strand) {
        guard var work = works[id], let offered = executors[place].capability(work.capability) else {
            preconditionFailure("task \(id) was queued at executor \(place), which does not offer it")
        }
        let upcall = nextUpcall
        nextUpcall += 1
        work.attempts += 1
        work.idempotent = offered.idempotent
        work.declared = Declared(offered, inputBytes: work.inputBytes).message
        work.startedAt = now.monotonic
        work.stage = .running(executor: place, upcall: upcall)
        let routing = routingDecision(work, place, strand)
        // The answer to the executor's registration waits for its record; nothing may overtake it.
        var after = max(work.after, sessions[connection]?.registeredBy ?? 0)
        switch work.origin {
        case .graph:
            let started = TaskStarted(
                taskID: id, executor: executors[place].name, attempt: work.attempts, idempotent: work.idempotent)
            let sequence = write(routing, .taskStarted(started), durable: !work.idempotent)
            work.decision = decisionID(sequence)
            if !work.idempotent { after = sequence }
        case .think:
            let sequence = write(routing, nil, durable: !work.idempotent)
            work.decision = decisionID(sequence)
            if !work.idempotent { after = sequence }
        }
        works[id] = work
        executors[place].busy += 1
        executors[place].calls += 1
        upcalls[upcall] = Upcall(
            task: id, executor: place, connection: connection, after: after, startedAt: now.monotonic)
        let allowed = callTimeout(place)
        let deadline = min(work.deadline, now.monotonic + allowed)
        timers.add(at: deadline, .upcallDeadline(upcall: upcall))
        sendUpcall(work, upcall, connection, deadline, after)
        publishTask(id, work)
    }

    private func callTimeout(_ place: Int) -> UInt64 {
        if case .driver(let driver) = executors[place].kind {
            return UInt64(driver.manifest.callTimeoutMilliseconds) * 1_000_000
        }
        return UInt64(settings.callTimeoutMilliseconds) * 1_000_000
    }

    private func routingDecision(_ work: Work, _ place: Int, _ strand: Strand) -> Decision {
        var decision = Decision(
            call: UInt32((work.isThink ? CallNumber.think : .commitTask).rawValue), agentID: work.owner,
            action: "capability.\(work.capability)", resource: work.capability, allowed: true,
            policyVersion: policy.version, traceparent: work.traceparent, chosen: executors[place].name,
            ranking: work.ranking.ranked.map(\.message), excluded: work.ranking.excluded, taskID: work.task,
            agentName: state.agent(work.owner)?.name ?? "",
            weights: Weights(
                performance: work.shares.performance, cost: work.shares.cost, quality: work.shares.quality))
        decision.cause = work.decision.sequence > 0 ? work.decision : nil
        decision.inputs = [
            Label(name: "input_bytes", value: "\(work.inputBytes)"), Label(name: "attempt", value: "\(work.attempts)"),
            Label(name: "strand", value: "\(strand.rawValue)"),
            Label(name: "waited_us", value: "\((now.monotonic - work.readyAt) / 1_000)"),
            Label(name: "priority", value: "\(work.priority)"),
        ]
        if let graph = state.tasks[work.task]?.graph { decision.graphID = graph }
        return decision
    }

    private mutating func sendUpcall(
        _ work: Work, _ upcall: UInt64, _ connection: ConnectionID, _ deadline: UInt64, _ after: UInt64
    ) {
        var message = InvokeUpcall(
            taskID: work.task, capability: work.capability,
            deadlineMs: UInt32(clamping: (max(deadline, now.monotonic) - now.monotonic) / 1_000_000),
            traceparent: work.traceparent,
            depth: work.depth + 1, onBehalfOf: work.owner, attempt: work.attempts)
        switch work.origin {
        case .think(_, let input, let contentType, let stream, let credit):
            message.input = input
            message.contentType = contentType
            message.stream = stream
            message.streamCredit = credit
        case .graph:
            guard let task = state.tasks[work.task] else {
                preconditionFailure("task \(work.task) is not in the state")
            }
            message.input = task.spec.input
            message.contentType = task.spec.contentType
            message.parts = task.inputs.compactMap { id in
                state.tasks[id].map {
                    InputPart(localID: $0.spec.localID, contentType: $0.contentType, data: $0.output)
                }
            }
        }
        let range = frame(.upcall, call: CallNumber.think.rawValue, status: .ok, request: upcall, message)
        out.list.append(.send(connection, range, after: after))
    }

    // MARK: What executors answer

    mutating func onUpcallResponse(_ session: Session, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        guard let upcall = upcalls[header.requestID], upcall.connection == session.connection else {
            return onMalformed(
                session.connection,
                "an upcall response names id \(header.requestID), which is not open on this connection")
        }
        upcalls[header.requestID] = nil
        if upcall.isPing { return }
        let place = upcall.executor
        executors[place].busy -= 1
        defer {
            if isStopping, !isWorking { finishStopping() }
            if case .driver(let driver) = executors[place].kind, case .draining = driver.lifecycle.state,
                executors[place].busy == 0
            {
                drive(place, .drained)
            }
            pump(place)
        }
        guard !upcall.isAbandoned else { return }
        guard let status = Status(rawValue: header.flagsOrStatus) else {
            attemptFailed(upcall.task, place, .internalError, "the executor answered with an unknown status")
            return
        }
        if status == .ok {
            guard let result = try? InvokeResult(decoding: payload) else {
                return attemptFailed(upcall.task, place, .internalError, "the executor's answer does not parse")
            }
            return attemptSucceeded(upcall.task, place, result)
        }
        let said = (try? CallError(decoding: payload))?.message ?? ""
        attemptFailed(upcall.task, place, status, Self.publicReason(status, said))
    }

    /// What a caller may read of an executor's failure: what it says of the caller's input, nothing of its inside.
    private static func publicReason(_ status: Status, _ said: Text) -> Text {
        switch status {
        case .invalidArgument, .failedPrecondition, .notFound, .outOfRange, .resourceExhausted, .unimplemented:
            "the executor says: \(Text(String(said.string.prefix(500))))"
        case .ok, .cancelled, .unknown, .deadlineExceeded, .alreadyExists, .permissionDenied, .aborted, .internalError,
            .unavailable, .dataLoss, .unauthenticated:
            "the executor failed with \(status.name)"
        }
    }

    mutating func onExecutorItem(_ session: Session, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        guard let upcall = upcalls[header.requestID], upcall.connection == session.connection else {
            return onMalformed(session.connection, "a stream item names id \(header.requestID), which is not open")
        }
        guard !upcall.isAbandoned, case .think(let call, _, _, true, let credit)? = works[upcall.task]?.origin,
            let pending = calls[call]
        else { return }
        guard credit > 0, let item = try? ThinkItem(decoding: payload) else {
            return onMalformed(session.connection, "a stream item came without credit, or does not parse")
        }
        works[upcall.task]?.takeCredit()
        sendItem(pending.reference, item, after: works[upcall.task]?.after ?? 0)
    }

    /// The reader of a stream can take more: so can the executor send more.
    mutating func forwardCredit(_ task: UInt64, _ more: UInt32) {
        guard let work = works[task], case .think = work.origin else { return }
        works[task]?.addCredit(more)
        guard case .running(_, let id) = work.stage, let upcall = upcalls[id] else { return }
        let range = frame(.credit, call: 0, status: .ok, request: id, Credit(more: more))
        out.list.append(.send(upcall.connection, range, after: upcall.after))
    }

    private mutating func attemptSucceeded(_ id: UInt64, _ place: Int, _ result: InvokeResult) {
        let isThink = works[id]?.isThink == true
        let most = isThink ? settings.frameBytesMax - Limits.frameOverheadBytes : Limits.taskOutputBytesMax
        guard result.contentType.utf8Count <= Limits.contextNameBytesMax else {
            return attemptFailed(id, place, .internalError, "the executor's answer has a content type that is too long")
        }
        guard result.output.count <= most else {
            return attemptFailed(
                id, place, .resourceExhausted,
                "its output of \(result.output.count) bytes is over the limit of \(most); store large results in a memory context"
            )
        }
        guard !isThink || hasRoom(2048) else {
            return attemptFailed(id, place, .unavailable, Refusal.journalFull.message)
        }
        endWork(id, .succeeded(result))
    }

    mutating func attemptFailed(_ id: UInt64, _ place: Int, _ status: Status, _ reason: Text) {
        executors[place].failures += 1
        guard let work = works[id] else { return }
        let canRetry: Bool =
            switch status {
            case .invalidArgument, .failedPrecondition, .outOfRange, .unimplemented, .cancelled: false
            default: true
            }
        guard canRetry, work.idempotent, work.attempts <= work.retries, hasRoom(512) else {
            return endWork(id, .failed(status, reason))
        }
        again(id, place, reason)
    }

    /// Gives the task another attempt, elsewhere if there is an elsewhere.
    private mutating func again(_ id: UInt64, _ place: Int, _ reason: Text) {
        guard let work = works[id] else { return }
        // Without the record the task is taken for running after a crash, which comes to the same.
        if case .graph = work.origin, hasRoomForWork(1024 + 2 * reason.utf8Count) {
            let requeued = TaskRequeued(taskID: id, reason: reason, executor: executors[place].name)
            write(
                Decision(
                    agentID: work.owner, action: "task.retry", resource: work.capability, allowed: true,
                    chosen: executors[place].name, cause: work.decision, taskID: id, message: reason),
                .taskRequeued(requeued), durable: false)
        }
        works[id]?.avoid.append(place)
        route(id)
    }

    // MARK: Executors that hang or go away

    mutating func onUpcallDeadline(_ id: UInt64) {
        guard let upcall = upcalls[id], !upcall.isAbandoned else { return }
        let place = upcall.executor
        abandonUpcall(id)
        let passed = works[upcall.task].map { $0.deadline <= now.monotonic } ?? false
        if works[upcall.task]?.idempotent == false {
            endWork(
                upcall.task,
                .outcomeUnknown("\(executors[place].name) did not answer in time, and the work must not be done twice"))
        } else if passed {
            endWork(upcall.task, .expired("its deadline passed while \(executors[place].name) was working on it"))
        } else {
            attemptFailed(
                upcall.task, place, .deadlineExceeded, "\(executors[place].name) did not answer within its time limit")
        }
    }

    /// Tells the executor that nobody waits any more. Its slot stays taken until it answers or is killed.
    mutating func abandonUpcall(_ id: UInt64) {
        guard var upcall = upcalls[id], !upcall.isAbandoned else { return }
        upcall.isAbandoned = true
        upcalls[id] = upcall
        let start = out.bytes.count
        FrameHeader(kind: .cancel, call: 0, flagsOrStatus: 0, requestID: id, payloadCount: 0).append(to: &out.bytes)
        out.list.append(.send(upcall.connection, start..<out.bytes.count, after: upcall.after))
        timers.add(at: now.monotonic + Self.hungAfterNanoseconds, .hungUpcall(upcall: id))
    }

    mutating func onHungUpcall(_ id: UInt64) {
        guard let upcall = upcalls[id] else { return }
        let place = upcall.executor
        out.list.append(
            .log(.warning, event: "executor_hangs", "\(executors[place].name) did not answer a cancelled call"))
        switch executors[place].kind {
        case .driver: drive(place, .callHung)
        case .agent: sayGoodbye(upcall.connection, "a cancelled upcall was not answered in time")
        }
    }

    /// The upcalls of an executor that went away will never be answered.
    mutating func upcallsLost(_ place: Int, _ reason: Text) {
        let lost = upcalls.filter { $0.value.executor == place }.sorted { $0.key < $1.key }
        for (id, upcall) in lost {
            upcalls[id] = nil
            if upcall.isPing { continue }
            executors[place].busy -= 1
            guard !upcall.isAbandoned, var work = works[upcall.task] else { continue }
            executors[place].failures += 1
            work.losses += 1
            works[upcall.task] = work
            if !work.idempotent, !isPlanted(.retryOfNonIdempotent) {
                endWork(
                    upcall.task, .outcomeUnknown("\(reason) in the middle of work that must not be done twice"))
            } else if work.losses > max(work.retries, Self.lossesMax) {
                endWork(upcall.task, .failed(.unavailable, "\(reason); it was tried \(work.attempts) times"))
            } else {
                again(upcall.task, place, reason)
            }
        }
    }
}
