// May this caller do this? The one place where policy is asked, and where denials are recorded and answered.

import ABI
import Planted
import Policy
import ProtobufWire
import Rego

extension Kernel {
    /// Asks policy. A denial is recorded and answered here.
    /// - Returns: nil where it was denied.
    mutating func authorise(_ caller: Caller, _ action: Text, _ resource: Text, owner: UInt64) -> PolicyDecision? {
        let decision = decide(caller.session, caller.reference.call, action, resource, owner)
        if decision.allow { return decision }
        deny(caller.reference, caller.session, action, resource, owner, decision)
        if isPlanted(.deniedAndDone), action == "context.write" { return decision }
        return nil
    }

    mutating func decide(
        _ session: Session, _ call: CallNumber, _ action: Text, _ resource: Text, _ owner: UInt64,
        context: Value? = nil
    ) -> PolicyDecision {
        let decision = policy.decide(
            subject: session.identity.subject, principal: session.identity.principal, action: action,
            resource: resource, owner: owner,
            call: call, context: context, now: now.wall)
        if decision.isCached { counters.policyHits += 1 } else { counters.policyMisses += 1 }
        return decision
    }

    /// Records a denial, the first of a fold durably, and answers what would have to differ.
    mutating func deny(
        _ reference: CallReference, _ session: Session, _ action: Text, _ resource: Text, _ owner: UInt64,
        _ decision: PolicyDecision
    ) {
        counters.calls[Int(reference.call.rawValue) - 1].denied += 1
        if session.agent > 0 { activities[Int(session.agent) - 1].denied += 1 }
        let forgetsWho = isPlanted(.foldOfFirstDenial)
        let key = FoldKey(
            agent: forgetsWho ? 0 : session.agent, call: reference.call,
            status: Status.permissionDenied.rawValue, allowed: false, action: action, resource: resource,
            principal: forgetsWho ? 0 : session.identity.principal, owner: owner)
        let name = state.agent(session.agent)?.name ?? session.identity.subject.name
        let version = policy.version
        let sequence = fold(key, durable: true) { _ in
            Decision(
                call: UInt32(reference.call.rawValue), agentID: session.agent, action: action, resource: resource,
                allowed: false, status: UInt32(Status.permissionDenied.rawValue), rules: decision.rules,
                policyVersion: version, uid: session.peer.uid, pid: session.peer.pid, agentName: name,
                message: decision.denial?.needed ?? "", owner: owner,
                socket: Text(session.identity.subject.socket.rawValue),
                denialReason: decision.denial?.reason ?? .unspecified)
        }
        var refusal = Refusal(
            status: .permissionDenied, message: "policy does not let \(name) do \(action) on \(resource)")
        guard let sequence else {
            return reply(reference, refusal: .journalFull, decision: nil, after: session.registeredBy)
        }
        refusal.denial = policy.denial(decision, resource: resource, record: decisionID(sequence).text)
        publish(
            .denial, subject: name, what: "\(action) on \(resource)", owner: session.agent,
            decision: decisionID(sequence))
        reply(reference, refusal: refusal, decision: sequence, after: sequence)
    }

    /// The decision part of a record for a call that was allowed.
    func decision(_ caller: Caller, _ action: Text, _ resource: Text, _ policyDecision: PolicyDecision) -> Decision {
        Decision(
            call: UInt32(caller.reference.call.rawValue), agentID: caller.agent, action: action, resource: resource,
            allowed: true, rules: policyDecision.rules, policyVersion: policy.version,
            traceparent: caller.envelope.traceparent, uid: caller.session.peer.uid, pid: caller.session.peer.pid,
            agentName: state.agent(caller.agent)?.name ?? "")
    }

    /// The short name of a subject; equal subjects share one, so that they share policy's cached answers.
    mutating func principal(of subject: PolicySubject) -> UInt32 {
        if let known = principals[subject] { return known }
        if principals.count >= 65_536 {
            principals.removeAll(keepingCapacity: true)
        }
        let name = nextPrincipal
        nextPrincipal += 1
        principals[subject] = name
        return name
    }
}
