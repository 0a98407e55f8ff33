// The one gate: identify, charge, decode, authorise; afterwards record and reply. No call does any of it itself.

import ABI
import Containers
import Framing
import Policy
import ProtobufWire
import Quota

/// A request that passed the gate, for the call that serves it.
struct Caller: Sendable {
    let reference: CallReference
    let session: Session
    let agent: UInt64
    let envelope: Envelope
    /// Monotonic nanoseconds.
    let deadline: UInt64
    /// What every answer to this caller depends on: its registration and the last change that everybody sees.
    let after: UInt64
}

extension Kernel {
    mutating func onFrame(_ connection: ConnectionID, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        guard let session = sessions[connection], !session.isClosing else { return }
        if session.phase == .stranger, header.kind != .request, header.kind != .goodbye {
            return onMalformed(connection, "the first frame of a connection is a register_agent request")
        }
        switch header.kind {
        case .request: onRequestFrame(session, header, payload)
        case .upcallResponse: onUpcallResponse(session, header, payload)
        case .streamItem: onExecutorItem(session, header, payload)
        case .cancel: onCancel(session, header.requestID)
        case .credit: onCredit(session, header, payload)
        case .goodbye: out.list.append(.close(connection, after: 0))
        case .response, .upcall:
            onMalformed(connection, "a peer may not send frames of kind \(header.kind.rawValue); only the kernel does")
        }
    }

    /// One error frame that says what was wrong, then goodbye.
    mutating func onMalformed(_ connection: ConnectionID, _ what: Text) {
        guard let session = sessions[connection], !session.isClosing else { return }
        let refusal = Refusal(status: .invalidArgument, message: what)
        let range = frame(.response, call: 0, status: refusal.status, request: 0, refusal.callError(decision: nil))
        out.list.append(.send(connection, range, after: 0))
        out.list.append(.log(.warning, event: "malformed", "\(describe(session)): \(what)"))
        sayGoodbye(connection, what)
        if case .registered(_, let place?) = session.phase { driverBrokeProtocol(place, what) }
    }

    private mutating func onRequestFrame(_ session: Session, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        let connection = session.connection
        guard let call = CallNumber(rawValue: header.call) else {
            return onMalformed(connection, "call number \(header.call) is not one of the fifteen (1 to 15)")
        }
        guard header.flagsOrStatus == 0 else {
            return onMalformed(
                connection,
                "request flags \(header.flagsOrStatus): descriptors and unanswered requests are not taken yet; send 0")
        }
        let reference = CallReference(connection: connection, request: header.requestID, call: call)
        guard session.credit > 0 else {
            let refusal = Refusal.exhausted(
                "a request came without credit; wait for a credit frame before sending more")
            reply(reference, refusal: refusal, decision: nil, after: 0)
            return sayGoodbye(connection, refusal.message)
        }
        sessions.update(connection) { $0.credit -= 1 }
        guard session.open[header.requestID] == nil else {
            return onMalformed(
                connection, "request id \(header.requestID) is open already; ids of open requests are unique")
        }
        counters.calls[Int(call.rawValue) - 1].count += 1
        guard case .registered(let agent, _) = session.phase else {
            return registerStranger(reference, session, payload)
        }
        if let wait = activities[Int(agent) - 1].rate.take(now: now.monotonic) {
            return refuseRate(reference, session, agent, wait)
        }
        activities[Int(agent) - 1].calls += 1
        dispatch(reference, session, agent, payload)
    }

    private mutating func registerStranger(
        _ reference: CallReference, _ session: Session, _ payload: UnsafeRawBufferPointer
    ) {
        guard reference.call == .registerAgent else {
            let refusal = Refusal(
                status: .unauthenticated,
                message: "the first call on a connection is register_agent, not \(reference.call.name)")
            reply(reference, refusal: refusal, decision: nil, after: 0)
            return sayGoodbye(reference.connection, refusal.message)
        }
        guard let request: RegisterAgentRequest = decode(reference, payload) else { return }
        registerAgent(reference, session, request)
    }

    private mutating func refuseRate(_ reference: CallReference, _ session: Session, _ agent: UInt64, _ wait: UInt32) {
        let key = FoldKey(
            agent: agent, call: reference.call, status: Status.resourceExhausted.rawValue, allowed: true,
            action: "rate",
            resource: "")
        let limit = settings.callsPerSecond
        let sequence = fold(key, durable: false) { _ in
            Decision(
                call: UInt32(reference.call.rawValue), agentID: agent, action: "rate", allowed: true,
                status: UInt32(Status.resourceExhausted.rawValue), uid: session.peer.uid, pid: session.peer.pid)
        }
        let refusal = Refusal.exhausted(
            "this agent makes more than its \(limit) calls a second", retryAfterMilliseconds: wait)
        reply(reference, refusal: refusal, decision: sequence, after: session.registeredBy)
    }

    /// Decodes a payload, or answers what was wrong with it and closes.
    mutating func decode<Message: ProtobufMessage>(
        _ reference: CallReference, _ payload: UnsafeRawBufferPointer
    ) -> Message? {
        do {
            return try Message(decoding: payload)
        } catch {
            let refusal = Refusal(
                status: .invalidArgument,
                message: "the payload of \(reference.call.name) does not parse: \(error.description)")
            reply(reference, refusal: refusal, decision: nil, after: 0)
            sayGoodbye(reference.connection, refusal.message)
            return nil
        }
    }

    /// The part of the gate after decoding that needs the envelope.
    mutating func admit(_ reference: CallReference, _ session: Session, _ agent: UInt64, _ envelope: Envelope?)
        -> Caller?
    {
        var envelope = envelope ?? Envelope()
        envelope.depth = max(envelope.depth, depth(of: session, envelope.taskID))
        var problem: Refusal?
        if envelope.depth > Limits.depthMax {
            problem = Refusal(
                status: .failedPrecondition,
                message: "calls are nested \(envelope.depth) deep; at most \(Limits.depthMax) are allowed",
                field: "envelope.depth")
        } else if envelope.onBehalfOf != 0 {
            problem = Refusal(
                status: .unimplemented, message: "speaking for another agent is not built yet",
                field: "envelope.on_behalf_of")
        } else if envelope.idempotencyKey.utf8Count > Limits.idempotencyKeyBytesMax {
            problem = .invalid(
                "envelope.idempotency_key", "the idempotency key is too long",
                expected: "at most \(Limits.idempotencyKeyBytesMax) bytes")
        } else if envelope.idempotencyKey.utf8Count > 0, reference.call != .commitTask {
            problem = .invalid(
                "envelope.idempotency_key", "\(reference.call.name) does not take an idempotency key yet",
                expected: "no key; only commit_task honours one")
        } else if envelope.traceparent.utf8Count > 128 {
            problem = .invalid("envelope.traceparent", "the trace context is too long", expected: "at most 128 bytes")
        }
        if let problem {
            reply(reference, refusal: problem, decision: nil, after: session.registeredBy)
            return nil
        }
        let milliseconds = min(
            envelope.deadlineMs == 0 ? settings.defaultDeadlineMilliseconds : envelope.deadlineMs,
            Limits.deadlineMillisecondsMax)
        return Caller(
            reference: reference, session: session, agent: agent, envelope: envelope,
            deadline: now.monotonic + UInt64(milliseconds) * 1_000_000, after: max(session.registeredBy, systemChange))
    }

    /// How deep an executor's own calls are at the least: one below what it works on, whatever it says.
    private func depth(of session: Session, _ task: UInt64) -> UInt32 {
        guard case .registered(_, let place?) = session.phase else { return 0 }
        if let work = works[task], case .running(place, _) = work.stage { return work.depth + 1 }
        var least: UInt32?
        for upcall in upcalls.values where upcall.executor == place {
            guard let depth = works[upcall.task]?.depth else { continue }
            least = min(least ?? depth, depth)
        }
        return least.map { $0 + 1 } ?? 0
    }

    func describe(_ session: Session) -> Text {
        let name = state.agent(session.agent)?.name ?? "a stranger"
        return "\(name) (uid \(session.peer.uid), pid \(session.peer.pid))"
    }
}
