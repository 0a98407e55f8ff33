// tune_system policy grant: lets happen for a while what one denial refused, exactly that and nothing beside it.

import ABI
import Policy
import ProtobufWire

extension Kernel {
    /// The longest that a grant holds: a year.
    static let grantSecondsMax: UInt32 = 365 * 86_400

    /// Policy: `tune.policy`. The denial's record is read first: all that is granted is taken from it.
    mutating func tuneGrant(_ caller: Caller, _ request: TuneGrant, _ isDryRun: Bool) {
        guard let denial = request.denial, denial.epoch <= state.epoch, denial.sequence <= state.sequence else {
            return refuse(
                caller, .invalid("grant.denial", "there is no such denial", expected: "the decision id of a denial"))
        }
        guard (1...Self.grantSecondsMax).contains(request.seconds) else {
            return refuse(
                caller,
                .invalid(
                    "grant.seconds", "a grant holds for a while", expected: "1 to \(Self.grantSecondsMax) seconds"))
        }
        guard let allowed = authorise(caller, "tune.policy", "grant", owner: 0) else { return }
        var decision = decision(caller, "tune.policy", "grant", allowed)
        decision.cause = denial
        let grant = GrantInProgress(
            denial: denial, seconds: request.seconds, decision: decision, isDryRun: isDryRun)
        guard let call = hold(caller, .grant(grant)) else { return }
        out.list.append(.readRecord(sequence: denial.sequence, token: call))
    }

    /// The grant is recorded before anything is written or changed.
    mutating func onDenialRead(_ token: UInt64, _ asked: GrantInProgress, _ epoch: UInt64, _ bytes: [UInt8]?) {
        // A record that counts repetitions names nobody; nor do decisions of query_policy, which deny nothing.
        guard epoch == asked.denial.epoch, let bytes, let record = try? JournalRecord(decoding: bytes, limits: .stored),
            let denied = record.decision, !denied.allowed, !denied.socket.isEmpty, record.folded == 0,
            denied.status == UInt32(Status.permissionDenied.rawValue)
        else { return finish(token, .notFound("denial \(asked.denial.text); what policy refused can be granted")) }
        guard hasRoom(4096 + denied.resource.utf8Count, reserved: true) else { return finish(token, .journalFull) }
        let grant = Grant(
            uid: denied.uid, agentName: denied.agentName, socket: denied.socket, action: denied.action,
            resource: denied.resource, owner: denied.owner,
            expiresNs: now.wall + Int64(asked.seconds) * 1_000_000_000, denial: asked.denial)
        let sequence = write(asked.decision, asked.isDryRun ? nil : .policyGranted(grant), durable: true)
        guard let call = calls[token] else { return }
        if asked.isDryRun {
            _ = release(token)
            let answer = TuneSystemResponse(
                decisionID: decisionID(sequence), before: policy.version, after: policy.version, granted: grant)
            return reply(call.reference, answer, after: sequence)
        }
        calls[token] = PendingCall(
            reference: call.reference, agent: call.agent,
            waits: .policies(decision: decisionID(sequence), granted: grant))
        out.list.append(.loadPolicies(token: token, granting: grant, after: sequence))
    }
}
