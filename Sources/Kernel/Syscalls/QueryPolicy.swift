// Call 12, query_policy: may X do Y to Z? With reasons.

import ABI
import Policy
import ProtobufWire
import Rego

extension Kernel {
    /// Policy: `policy.query`, with the owner set to the agent asked about.
    mutating func queryPolicy(_ caller: Caller, _ request: QueryPolicyRequest) {
        guard !request.action.isEmpty, request.action.utf8Count <= Limits.contextNameBytesMax else {
            return refuse(
                caller, .invalid("action", "the action is missing or too long", expected: "for example context.write"))
        }
        guard request.resource.utf8Count <= 4 * Limits.contextNameBytesMax else {
            return refuse(
                caller,
                .invalid(
                    "resource", "the resource is too long", expected: "at most \(4 * Limits.contextNameBytesMax) bytes")
            )
        }
        guard request.inputJson.count <= Limits.policyInputBytesMax else {
            return refuse(
                caller,
                .invalid(
                    "input_json", "the input is too large", expected: "at most \(Limits.policyInputBytesMax) bytes"))
        }
        let about = request.subject == 0 ? caller.agent : request.subject
        guard authorise(caller, "policy.query", request.action, owner: about) != nil else { return }
        guard let (answer, trace) = answer(caller, request, about) else { return }
        let key = FoldKey(
            agent: caller.agent, call: .queryPolicy, status: 0, allowed: answer.allow, action: request.action,
            resource: request.resource, owner: request.owner == 0 ? about : request.owner, subject: about)
        // The key does not know the context.
        let sequence = fold(key, durable: false, alone: !request.inputJson.isEmpty) { kernel in
            var decision = kernel.decision(caller, request.action, request.resource, answer)
            decision.allowed = answer.allow
            decision.message = answer.denial?.needed ?? ""
            decision.denialReason = answer.denial?.reason ?? .unspecified
            return decision
        }
        var response = QueryPolicyResponse(
            decisionID: sequence.map { decisionID($0) }, allow: answer.allow, policyVersion: policy.version,
            cached: answer.isCached, steps: answer.steps)
        response.reasons = answer.denial.map { [$0.needed] } ?? answer.rules
        response.trace = trace
        response.denial = policy.denial(answer, resource: request.resource, record: nil)
        reply(caller.reference, response, after: caller.after)
    }

    private mutating func answer(
        _ caller: Caller, _ request: QueryPolicyRequest, _ about: UInt64
    ) -> (PolicyDecision, trace: [Text])? {
        var session = caller.session
        if about != caller.agent {
            guard let agent = state.agent(about) else {
                refuse(caller, .notFound("agent \(about)"))
                return nil
            }
            let subject = subject(of: agent)
            session.identity = Identity(peer: session.peer, subject: subject, principal: principal(of: subject))
        }
        let owner = request.owner == 0 ? about : request.owner
        var context: Value?
        if !request.inputJson.isEmpty {
            context = try? Value(json: request.inputJson)
            guard case .object? = context else {
                refuse(caller, .invalid("input_json", "the input does not parse", expected: "one JSON object"))
                return nil
            }
        }
        let decision = decide(session, .queryPolicy, request.action, request.resource, owner, context: context)
        guard request.explain == .full || request.explain == .fails && !decision.allow else { return (decision, []) }
        let trace = policy.trace(
            subject: session.identity.subject, action: request.action, resource: request.resource, owner: owner,
            call: .queryPolicy, context: context, isFull: request.explain == .full, now: now.wall)
        return (decision, trace)
    }
}
