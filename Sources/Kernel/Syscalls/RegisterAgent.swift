// Call 1, register_agent: say who I am and what I can do; resume a session.

import ABI
import Containers
import Crypto
import Framing
import Policy
import ProtobufWire
import Quota
import Scheduling

extension Kernel {
    /// What this kernel knows beyond the ABI's first version.
    static let features: [Text] = [
        "think.stream", "commit_task.input_from", "commit_task.idempotency", "remember.store", "remember.recall",
        "remember.list", "observe.events", "explain.detailed", "executor.agents",
    ]

    mutating func registerAgain(_ reference: CallReference, _ session: Session) {
        reply(
            reference,
            refusal: Refusal(
                status: .failedPrecondition,
                message: "this connection is registered already; open another for another agent"),
            decision: nil, after: session.registeredBy)
    }

    /// Policy: `agent.register`, and `capability.offer` for each capability offered.
    mutating func registerAgent(_ reference: CallReference, _ session: Session, _ request: RegisterAgentRequest) {
        if case .driver(let instance) = session.peer.door {
            return registerDriver(reference, session, instance, request)
        }
        let rate = TokenBucket(ratePerSecond: settings.registrationsPerSecond, burst: settings.registrationBurst)
        if let wait = registrations[session.peer.uid, default: rate].take(now: now.monotonic) {
            return refuseRegistration(
                reference,
                .exhausted("uid \(session.peer.uid) registers too often", retryAfterMilliseconds: wait))
        }
        var name = request.name
        var resumed = false
        if !request.resumeToken.isEmpty {
            guard let agent = resume(request.resumeToken, session.peer.uid) else {
                return refuseRegistration(
                    reference,
                    Refusal(
                        status: .unauthenticated,
                        message: "the resume token is not valid for this user, or has expired; register without it",
                        field: "resume_token"))
            }
            name = agent.name
            resumed = true
        }
        if let problem = problem(name, request) { return refuseRegistration(reference, problem) }
        var subject = session.identity.subject
        subject.agentID = state.agentID(uid: session.peer.uid, name: name) ?? 0
        subject.name = name
        subject.labels = Self.sorted(request.labels)
        var probing = session
        probing.identity = Identity(peer: session.peer, subject: subject, principal: principal(of: subject))
        let allowed = decide(probing, .registerAgent, "agent.register", name, subject.agentID)
        guard allowed.allow else { return denyRegistration(reference, probing, "agent.register", name, allowed) }
        for offer in request.offers {
            let offered = decide(probing, .registerAgent, "capability.offer", offer.name, subject.agentID)
            guard offered.allow else {
                return denyRegistration(reference, probing, "capability.offer", offer.name, offered)
            }
        }
        let effective = policy.effectiveLabels(subject, now: now.wall)
        let labels = request.labels.filter { effective.contains($0.name) }.sorted { $0.name < $1.name }
        finishRegistration(
            reference, probing, name: name, labels: labels, rules: allowed.rules, offers: request.offers,
            slots: request.slots, resumed: resumed)
    }

    private func problem(_ name: Text, _ request: RegisterAgentRequest) -> Refusal? {
        guard isName(name) else {
            return .invalid(
                "name", "the name cannot be used",
                expected: "1 to \(Limits.nameBytesMax) bytes of letters, digits and ._-/")
        }
        guard request.labels.count <= Limits.labelsMax else {
            return .invalid(
                "labels", "\(request.labels.count) labels are too many", expected: "at most \(Limits.labelsMax)")
        }
        for label in request.labels where !isName(label.name) || label.value.utf8Count > Limits.nameBytesMax {
            return .invalid(
                "labels", "a label cannot be used",
                expected: "names of letters, digits and ._-/, values of at most \(Limits.nameBytesMax) bytes")
        }
        guard Set(request.labels.map(\.name)).count == request.labels.count else {
            return .invalid("labels", "a label is given twice", expected: "each name once")
        }
        guard request.offers.count <= Limits.capabilitiesPerExecutorMax else {
            return .invalid(
                "offers", "\(request.offers.count) capabilities are too many",
                expected: "at most \(Limits.capabilitiesPerExecutorMax)")
        }
        for offer in request.offers where !isName(offer.name) || !(offer.quality >= 0 && offer.quality <= 1) {
            return .invalid(
                "offers", "a capability cannot be offered like this",
                expected: "a name of letters, digits and ._-/ and a quality of 0 to 1")
        }
        guard request.slots <= 1024 else {
            return .invalid("slots", "\(request.slots) slots are too many", expected: "0 to 1024")
        }
        return nil
    }

    private static func sorted(_ labels: [Label]) -> [Label] {
        labels.sorted { $0.name < $1.name }
    }

    private mutating func refuseRegistration(_ reference: CallReference, _ refusal: Refusal) {
        reply(reference, refusal: refusal, decision: nil, after: 0)
        sayGoodbye(reference.connection, refusal.message)
    }

    private mutating func denyRegistration(
        _ reference: CallReference, _ session: Session, _ action: Text, _ resource: Text, _ decision: PolicyDecision
    ) {
        deny(reference, session, action, resource, session.identity.subject.agentID, decision)
        sayGoodbye(reference.connection, "policy does not allow this registration", after: lastDurable)
    }

    /// The part that drivers and agents share: the record, the session, the answer.
    mutating func finishRegistration(
        _ reference: CallReference, _ session: Session, name: Text, labels: [Label], rules: [Text],
        offers: [Capability],
        slots: UInt32, resumed: Bool
    ) {
        // Administrators must get in to make room, and drivers must come back: agents may wait.
        let isReserved = session.peer.door != .agents
        let size = labels.reduce(2048) { $0 + $1.name.utf8Count + $1.value.utf8Count }
        guard hasRoom(size, reserved: isReserved) else { return refuseRegistration(reference, .journalFull) }
        let uid = session.peer.uid
        let known = state.agentID(uid: uid, name: name)
        let id = known ?? UInt64(state.agents.count) + 1
        let decision = Decision(
            call: UInt32(CallNumber.registerAgent.rawValue), agentID: id, action: "agent.register", resource: name,
            allowed: true, rules: rules, policyVersion: policy.version, uid: uid, pid: session.peer.pid, agentName: name
        )
        let effect = AgentRegistered(agentID: id, uid: uid, name: name, labels: labels, resumed: resumed)
        let sequence = write(decision, .agentRegistered(effect), durable: true)
        exclusions.removeAll(keepingCapacity: true)
        if known == nil { activities.append(newActivity()) }
        _ = activities[Int(id) - 1].account.connections.charge(limit: .max)
        var subject = session.identity.subject
        subject.agentID = id
        subject.name = name
        subject.labels = labels
        subject.isRegistered = true
        let identity = Identity(peer: session.peer, subject: subject, principal: principal(of: subject))
        let place = offers.isEmpty ? nil : addAgentExecutor(id, name, offers, slots, session.connection)
        sessions.update(session.connection) { session in
            session.identity = identity
            session.phase = .registered(agent: id, executor: place)
            session.registeredBy = sequence
            session.credit = settings.requestCredit
        }
        answerRegistration(reference, id, uid, labels, resumed, sequence)
        publish(.agent, subject: name, what: "registered", owner: id, decision: decisionID(sequence))
        if place != nil { unpark() }
    }

    private mutating func answerRegistration(
        _ reference: CallReference, _ id: UInt64, _ uid: UInt32, _ labels: [Label], _ resumed: Bool, _ sequence: UInt64
    ) {
        let response = RegisterAgentResponse(
            decisionID: decisionID(sequence), agentID: id,
            limits: AgentLimits(
                requestCredit: settings.requestCredit, frameBytesMax: UInt32(clamping: settings.frameBytesMax),
                callsPerSecond: settings.callsPerSecond, openRequestsMax: UInt32(clamping: settings.openRequestsMax),
                defaultDeadlineMs: settings.defaultDeadlineMilliseconds),
            kernel: kernelInfo, labels: labels, resumed: resumed)
        let claims = TokenClaims(agentID: id, uid: uid, expires: now.wall + settings.tokenLifetimeNanoseconds)
        let range = frame(
            .response, call: reference.call.rawValue, status: .ok, request: reference.request, response)
        out.list.append(.sendWithToken(reference.connection, range, claims, after: sequence))
    }

    var kernelInfo: KernelInfo {
        KernelInfo(
            version: settings.version, abi: 1, epoch: state.epoch, policyVersion: policy.version,
            features: Self.features)
    }

    /// The agent that a token names, where the token is genuine, of this user, and not expired.
    private func resume(_ token: [UInt8], _ uid: UInt32) -> AgentEntry? {
        guard let key = settings.tokenPublicKey, let claims = TokenClaims(verifying: token, publicKey: key),
            claims.uid == uid,
            claims.expires > now.wall, let agent = state.agent(claims.agentID), agent.uid == uid
        else { return nil }
        return agent
    }
}
