// tune_system policy grant: lets happen for a while what one denial refused, exactly that and nothing beside it.

import ABI
import Policy
import ProtobufWire

extension Kernel {
    /// The longest that a grant holds: a year.
    static let grantSecondsMax: UInt32 = 365 * 86_400

    /// Journal room that loading policies needs at its end, where their files are named.
    static let activationBytesMax = 64 << 10

    /// Policy: `tune.policy`, and the administration socket whatever policy says. The denial's record is read first: all
    /// that is granted is taken from it.
    mutating func tuneGrant(_ caller: Caller, _ request: TuneGrant, _ isDryRun: Bool) {
        guard let denial = request.denial, denial.sequence > 0, denial.sequence <= state.sequence,
            (1...Self.grantSecondsMax).contains(request.seconds)
        else {
            return refuse(caller, .invalid("grant", "it lacks a denial or a time", expected: "an id, 1 s to a year"))
        }
        guard let allowed = authorise(caller, "tune.policy", "grant", owner: 0) else { return }
        guard caller.session.identity.subject.socket == .admin else {
            return refuse(caller, .failed("only the admin socket grants, whatever policy says"))
        }
        var decision = decision(caller, "tune.policy", "grant", allowed)
        decision.cause = denial
        guard let call = hold(caller, .grant(request, decision, isDryRun: isDryRun)) else { return }
        out.list.append(.readRecord(sequence: denial.sequence, token: call))
    }

    /// The grant is recorded before anything is written or changed.
    mutating func onDenialRead(_ token: UInt64, _ call: PendingCall, _ epoch: UInt64, _ bytes: [UInt8]?) {
        guard case .grant(let request, let decision, let isDryRun) = call.waits else { return }
        // A record that counts repetitions names nobody; nor do decisions of query_policy, which deny nothing.
        guard let denial = request.denial, epoch == denial.epoch, let bytes,
            let record = try? JournalRecord(decoding: bytes, limits: .stored), record.folded == 0,
            let denied = record.decision, !denied.allowed, !denied.socket.isEmpty,
            denied.status == UInt32(Status.permissionDenied.rawValue)
        else { return finish(token, .notFound("such denial; what policy refused a caller can be granted")) }
        if denied.action.string.hasPrefix("tune."), denied.socket != Text(PolicySocket.admin.rawValue) {
            return finish(
                token,
                .failed(
                    "\(denied.action) is administration and was denied on the \(denied.socket) socket; who is granted it there could grant itself the rest: use the admin socket"
                ))
        }
        // All of it, before the file is replaced: what was granted is not refused afterwards.
        guard hasRoom(4096 + denied.resource.utf8Count + Self.activationBytesMax, reserved: true) else {
            return finish(token, .journalFull)
        }
        let grant = Grant(
            uid: denied.uid, agentName: denied.agentName, socket: denied.socket, action: denied.action,
            resource: denied.resource, owner: denied.owner,
            // Policies see whole seconds.
            expiresNs: (now.wall / 1_000_000_000 + Int64(request.seconds)) * 1_000_000_000, denial: denial)
        let sequence = write(decision, isDryRun ? nil : .policyGranted(grant), durable: true)
        calls[token] = PendingCall(
            reference: call.reference, agent: call.agent,
            waits: .policies(decision: decisionID(sequence), granted: grant))
        if isDryRun { return tuned(token, sequence, before: policy.version) }
        grantsLoading[token] = decisionID(sequence)
        out.list.append(.loadPolicies(token: token, granting: grant, after: sequence))
    }

    /// Answers who asked for the policies that are in force now, if they still wait.
    mutating func tuned(_ token: UInt64, _ sequence: UInt64, before: Text) {
        guard let call = release(token), case .policies(_, let granted) = call.waits else { return }
        let answer = TuneSystemResponse(
            decisionID: decisionID(sequence), before: before, after: policy.version, granted: granted)
        reply(call.reference, answer, after: sequence)
    }
}
