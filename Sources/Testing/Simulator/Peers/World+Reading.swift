// Peers read what the kernel sent, and hold it against what they know.

import ABI
import Framing
import Kernel
import ProtobufWire

extension World {
    /// The id of requests whose payload is garbage; nobody waits for their answers.
    static let malformedRequest: UInt64 = 1 << 60

    /// A peer reads everything that has been sent to it.
    func read(_ peer: SimulatedPeer) {
        guard let link = peer.link else { return }
        while peer.link === link, link.incoming.count > 0 {
            let mark = link.takeMark()
            var consumed = 0
            link.incoming.withBytes { bytes in
                guard let frame = try? FrameReader.next(in: bytes, limits: FrameLimits(payloadBytesMax: 16 << 20))
                else {
                    return
                }
                consumed = frame.consumed
                digest(UnsafeRawBufferPointer(rebasing: bytes[..<consumed]))
                understand(peer, link, frame.header, frame.payload, mark)
            }
            guard consumed > 0 else { return fail(.framesAreWellFormed, "\(peer.label) got bytes that are no frame") }
            link.incoming.take(consumed)
        }
        machine?.sendCredit(link)
        if link.isClosedByKernel, peer.link === link { peerLost(peer) }
    }

    private func understand(
        _ peer: SimulatedPeer, _ link: Link, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ mark: Link.Mark
    ) {
        switch header.kind {
        case .response: response(peer, header, payload, mark)
        case .streamItem: item(peer, header, payload, mark)
        case .upcall: upcall(peer, header, payload, mark)
        case .cancel:
            if let place = peer.serving.firstIndex(where: { $0.id == header.requestID }) {
                peer.serving[place].isCancelled = true
            }
        case .credit:
            guard let credit = try? Credit(decoding: payload) else {
                return fail(.framesAreWellFormed, "\(peer.label): a credit frame does not parse")
            }
            if header.requestID == 0 {
                peer.credit += Int(credit.more)
            } else if let place = peer.serving.firstIndex(where: { $0.id == header.requestID }) {
                peer.serving[place].credit += Int(credit.more)
            }
        case .goodbye: break
        case .request, .upcallResponse: fail(.framesAreWellFormed, "\(peer.label) got a frame of kind \(header.kind)")
        }
    }

    private func response(
        _ peer: SimulatedPeer, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ mark: Link.Mark
    ) {
        // What was malformed below the requests is answered under no request's id.
        if header.call == 0, header.requestID == 0 { return }
        if header.requestID == Self.malformedRequest { return }
        guard let place = peer.open.firstIndex(where: { $0.id == header.requestID }) else {
            // A second request under an open id, or one without credit: both were ours.
            return fail(
                .answeredOnce, "\(peer.label): an answer to request \(header.requestID), which is not open")
        }
        let request = peer.open.remove(at: place)
        guard let status = Status(rawValue: header.flagsOrStatus) else {
            return fail(.framesAreWellFormed, "\(peer.label): status \(header.flagsOrStatus)")
        }
        do throws(ProtobufError) {
            if status == .ok {
                if request.isDenied {
                    return fail(
                        .deniedIsNotDone, "\(peer.label): \(request.call.name) was answered OK: \(request.kind)")
                }
                try succeeded(peer, request, payload, mark)
            } else {
                try refused(peer, request, status, CallError(decoding: payload), mark)
            }
        } catch {
            fail(.framesAreWellFormed, "\(peer.label): the answer to \(request.call.name) does not parse: \(error)")
        }
    }

    private func succeeded(
        _ peer: SimulatedPeer, _ request: OpenRequest, _ payload: UnsafeRawBufferPointer, _ mark: Link.Mark
    ) throws(ProtobufError) {
        switch request.call {
        case .registerAgent:
            let answer = try RegisterAgentResponse(decoding: payload)
            registered(peer, request, answer, mark)
        case .think:
            let answer = try ThinkResponse(decoding: payload)
            check(answer.decisionID, peer, mark)
        case .commitTask: committed(peer, request, try CommitTaskResponse(decoding: payload), mark)
        case .remember: remembered(peer, request, try RememberResponse(decoding: payload), mark)
        case .observe:
            let answer = try ObserveResponse(decoding: payload)
            check(answer.decisionID, peer, mark)
            for status in answer.tasks { told(status, mark) }
        case .tuneSystem:
            let answer = try TuneSystemResponse(decoding: payload)
            check(answer.decisionID, peer, mark)
            if case .drain(let draining) = request.kind, let sequence = answer.decisionID?.sequence,
                sequence > lastDrain.sequence
            {
                lastDrain = (sequence, draining)
            }
        case .queryPolicy: check(try QueryPolicyResponse(decoding: payload).decisionID, peer, mark)
        case .arbitrate: check(try ArbitrateResponse(decoding: payload).decisionID, peer, mark)
        case .explainAction: check(try ExplainActionResponse(decoding: payload).decisionID, peer, mark)
        case .decide, .learn, .forget, .communicate, .collaborate, .rollbackTask:
            fail(.framesAreWellFormed, "\(request.call.name) is not built and was answered OK")
        }
    }

    private func registered(
        _ peer: SimulatedPeer, _ request: OpenRequest, _ answer: RegisterAgentResponse, _ mark: Link.Mark
    ) {
        check(answer.decisionID, peer, mark)
        peer.agentID = answer.agentID
        peer.credit = Int(answer.limits?.requestCredit ?? 0)
        guard let agent = peer as? Agent else { return }
        agent.token = answer.token
        if case .register(true) = request.kind, answer.resumed { coverage.note(.resumedWithToken) }
        if agent.hadStreamCut {
            agent.hadStreamCut = false
            coverage.note(.reconnectedAfterMidStream)
        }
        if let wrong = ledger.registered(uid: agent.role.uid, name: agent.role.name, as: answer.agentID) {
            fail(.identityStays, wrong)
        }
    }

    private func committed(
        _ peer: SimulatedPeer, _ request: OpenRequest, _ answer: CommitTaskResponse, _ mark: Link.Mark
    ) {
        check(answer.decisionID, peer, mark)
        guard case .commit(let key, let variant) = request.kind, let first = answer.tasks.first?.taskID else { return }
        let tasks = first..<first + UInt64(answer.tasks.count)
        if let wrong = ledger.admitted(answer.graphID, owner: peer.agentID, tasks: tasks) {
            return fail(.answeredSurvives, wrong)
        }
        for status in answer.statuses { told(status, mark) }
        guard let key else { return }
        let place = IdempotencyPlace(agent: peer.agentID, key: key)
        if let known = idempotent[place] {
            if known.variant != variant {
                fail(.answeredOnce, "key k\(key) of agent \(peer.agentID) was used for another payload and accepted")
            } else if known.graph != answer.graphID {
                fail(.answeredOnce, "key k\(key) gave graph \(known.graph) and graph \(answer.graphID)")
            }
            coverage.note(.repeatedWithSameKey)
        }
        idempotent[place] = (answer.graphID, variant)
    }

    private func remembered(
        _ peer: SimulatedPeer, _ request: OpenRequest, _ answer: RememberResponse, _ mark: Link.Mark
    ) {
        check(answer.decisionID, peer, mark)
        var wrong: (Invariant, String)?
        switch (request.kind, answer.result) {
        case (.store(let place, let write, let ifVersion, let before), .stored(let stored)):
            wrong = memory.stored(
                place, write: write, version: stored.version, ifVersion: ifVersion, before: before, run: run)
        case (.recall(let place, let wanted, let before), .recalled(let recalled)):
            wrong = memory.recalled(
                place, value: recalled.value, version: recalled.entry?.version ?? 0, wanted: wanted, before: before,
                run: run)
        default: break
        }
        if let (invariant, detail) = wrong { fail(invariant, "\(peer.label): \(detail)") }
    }

    private func refused(
        _ peer: SimulatedPeer, _ request: OpenRequest, _ status: Status, _ error: CallError, _ mark: Link.Mark
    ) {
        check(error.decisionID, peer, mark)
        switch status {
        case .permissionDenied: denied(peer, request, error)
        case .notFound:
            if case .recall(let place, let wanted, let before) = request.kind,
                let (invariant, detail) = memory.notFound(place, wanted: wanted, before: before)
            {
                fail(invariant, "\(peer.label): \(detail)")
            }
            if case .observe(let graph) = request.kind {
                fail(.noTaskIsLost, "\(peer.label): graph \(graph) was acknowledged and is not found: \(error.message)")
            }
        case .aborted: coverage.note(.compareAndSetLost)
        case .dataLoss: coverage.note(.dataLossDetected)
        case .alreadyExists: coverage.note(.otherPayloadWithSameKey)
        case .cancelled: coverage.note(.requestCancelled)
        case .deadlineExceeded: coverage.note(.deadlinePassed)
        case .unknown: if case .store = request.kind { coverage.note(.storeOutcomeUnknown) }
        case .unauthenticated:
            if case .register(true) = request.kind {
                coverage.note(.tokenRefused)
                (peer as? Agent)?.token = []
            }
        case .resourceExhausted: exhausted(error.message)
        case .unavailable:
            if error.message.string.hasPrefix("the kernel is draining") { coverage.note(.drained) }
            if error.message.string.hasPrefix("the journal has no room") { coverage.note(.refusedForRoom) }
        case .internalError where request.call != .think:
            fail(.framesAreWellFormed, "\(peer.label): \(request.call.name): INTERNAL: \(error.message)")
        case .ok, .invalidArgument, .failedPrecondition, .outOfRange, .unimplemented, .internalError: break
        }
    }

    private func exhausted(_ message: Text) {
        let words = message.string
        if words.hasPrefix("a request came without credit") { coverage.note(.noCreditLeft) }
        if words.hasPrefix("this agent has") { coverage.note(.openRequestLimit) }
        if words.hasPrefix("this agent may have") { coverage.note(.taskLimit) }
        if words.hasPrefix("this agent makes more") { coverage.note(.rateLimit) }
    }

    private func denied(_ peer: SimulatedPeer, _ request: OpenRequest, _ error: CallError) {
        coverage.note(.denied)
        guard request.isDenied else {
            return fail(
                .allowedIsNotDenied,
                "\(peer.label): \(request.call.name) \(request.kind): \(error.denial?.action ?? "") on \(error.denial?.resource ?? "")"
            )
        }
        guard let id = error.decisionID, id.epoch == machineEpoch else { return }
        guard case .denial(let agent, let action, let resource)? = truth[id.sequence]?.fact, agent == peer.agentID,
            action == error.denial?.action, resource == error.denial?.resource
        else {
            return fail(
                .denialIsRecorded,
                "\(peer.label): \(error.denial?.action ?? "") on \(error.denial?.resource ?? ""): record \(id.sequence) says another thing"
            )
        }
        if deniedRecords.contains(id.sequence) { coverage.note(.deniedAgain) }
        deniedRecords.insert(id.sequence)
    }

    /// A decision that an answer names: what has to be on the disk was, when the answer left.
    private func check(_ decision: DecisionID?, _ peer: SimulatedPeer, _ mark: Link.Mark) {
        guard let decision, decision.sequence > 0 else { return }
        peer.lastDecision = decision
        guard decision.epoch == machineEpoch, let entry = truth[decision.sequence], entry.epoch == decision.epoch else {
            return
        }
        if entry.isDurable, decision.sequence > mark.durable {
            fail(
                .durableBeforeAnswer,
                "\(peer.label) was told of record \(decision.sequence) when the disk had \(mark.durable)")
        }
    }

    /// Somebody was told how a task is.
    private func told(_ status: TaskStatus, _ mark: Link.Mark) {
        guard status.state.hasEnded, status.taskID < 1 << 62 else { return }
        if let wrong = ledger.ended(status.taskID, status.state, step: mark.step) { fail(.endedStaysEnded, wrong) }
        guard let sequence = truth.ends[status.taskID] else {
            return fail(.answeredSurvives, "task \(status.taskID) was told to have ended, and no record says so")
        }
        if sequence > mark.durable {
            fail(
                .durableBeforeAnswer,
                "the end of task \(status.taskID), record \(sequence), was told when the disk had \(mark.durable)")
        }
    }

    private func item(
        _ peer: SimulatedPeer, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ mark: Link.Mark
    ) {
        guard let place = peer.open.firstIndex(where: { $0.id == header.requestID }), peer.open[place].isStream else {
            return fail(
                .answeredOnce, "\(peer.label): an item for request \(header.requestID), which is no open stream")
        }
        peer.open[place].itemCredit -= 1
        if peer.open[place].itemCredit < 0 {
            fail(.creditIsGivenBack, "\(peer.label): more items than credit for request \(header.requestID)")
        }
        guard case .events = peer.open[place].kind else { return }
        guard let event = try? Event(decoding: payload) else {
            return fail(.framesAreWellFormed, "\(peer.label): an event does not parse")
        }
        check(event.decisionID, peer, mark)
        if let task = event.task { told(task, mark) }
    }

    /// An executor is asked to work.
    private func upcall(
        _ peer: SimulatedPeer, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ mark: Link.Mark
    ) {
        if header.call == CallNumber.observe.rawValue {
            peer.serving.append(
                ServedUpcall(id: header.requestID, task: 0, capability: -1, isStream: false, credit: 0))
            return
        }
        guard let invoke = try? InvokeUpcall(decoding: payload),
            let capability = Cast.capabilities.firstIndex(of: invoke.capability)
        else { return fail(.framesAreWellFormed, "\(peer.label): an upcall does not parse") }
        if Cast.deniesCapability(capability) {
            fail(.deniedIsNotDone, "\(peer.label) was asked for \(invoke.capability)")
        }
        if capability == Cast.once {
            if !ledger.begins(once: invoke.taskID) {
                fail(.onceRunsOnce, "task \(invoke.taskID) of \(invoke.capability) was started twice")
            }
        }
        if invoke.taskID < 1 << 62 { checkStart(invoke, capability, mark) }
        peer.serving.append(
            ServedUpcall(
                id: header.requestID, task: invoke.taskID, capability: capability, isStream: invoke.stream,
                credit: Int(invoke.streamCredit)))
    }

    private func checkStart(_ invoke: InvokeUpcall, _ capability: Int, _ mark: Link.Mark) {
        if let end = ledger.ends[invoke.taskID], end.step < mark.step {
            fail(.endedStaysEnded, "task \(invoke.taskID) was told to have ended as \(end.state) and is started again")
        }
        guard capability == Cast.once, mark.step >= runStarted else { return }
        let start = truth.starts[Truth.TaskAttempt(task: invoke.taskID, attempt: invoke.attempt)]
        if start ?? .max > mark.durable {
            fail(
                .durableBeforeAnswer,
                "task \(invoke.taskID) was started when the disk had \(mark.durable), its start is record \(start ?? 0)"
            )
        }
    }
}

extension TaskState {
    var hasEnded: Bool {
        switch self {
        case .succeeded, .failed, .cancelled, .expired, .outcomeUnknown, .rolledBack: true
        case .unspecified, .blocked, .queued, .running, .awaitingApproval, .held, .unrecognized: false
        }
    }
}
