// Call 14, explain_action: why was this decided? From the journal and from nothing else.

import ABI
import Containers
import Explanation
import Policy
import ProtobufWire

extension Kernel {
    /// Causes followed back from one decision.
    static let causesMax = 8

    /// Policy: `explain`, with the agent of the decision as owner.
    mutating func explainAction(_ caller: Caller, _ request: ExplainActionRequest) {
        guard request.level == .brief || request.level == .detailed else {
            return refuse(caller, .unimplemented("this level of explain_action"))
        }
        let subject: DecisionID
        switch request.what {
        case .decision(let id): subject = id
        case .taskID(let task):
            guard let decision = works[task]?.decision ?? state.tasks[task]?.decision, decision.sequence > 0 else {
                return refuse(caller, .notFound("routing decision of task \(task)"))
            }
            subject = decision
        case .correlationID(let text):
            guard let id = DecisionID(text: text) else {
                return refuse(
                    caller,
                    .invalid(
                        "correlation_id", "the correlation id does not parse",
                        expected: "EPOCH-SEQUENCE, for example 3-1042"))
            }
            subject = id
        case .question, .whatIf: return refuse(caller, .unimplemented("this kind of explain_action"))
        case nil:
            return refuse(
                caller, .invalid("what", "nothing to explain is named", expected: "decision, task_id or correlation_id")
            )
        }
        guard subject.epoch <= state.epoch, subject.sequence <= state.sequence, subject.sequence > 0 else {
            return refuse(caller, .notFound("decision \(subject.text)"))
        }
        let progress = ExplanationInProgress(level: request.level, decision: subject, next: subject)
        guard let call = hold(caller, .explanation(progress)) else { return }
        out.list.append(.readRecord(sequence: subject.sequence, token: call))
    }

    mutating func onRecordRead(_ token: UInt64, _ epoch: UInt64, _ bytes: [UInt8]?) {
        guard let call = calls[token] else { return }
        if case .grant = call.waits { return onDenialRead(token, call, epoch, bytes) }
        guard case .explanation(var progress) = call.waits else { return }
        guard let bytes, epoch == progress.next.epoch,
            let record = try? JournalRecord(decoding: bytes, limits: .stored)
        else {
            // A cause that is gone leaves the explanation shorter; the decision itself must be there.
            if progress.gathered.isEmpty {
                return finish(
                    token,
                    .notFound(
                        "decision \(progress.decision.text) in the journal; an id of another epoch was lost in a crash")
                )
            }
            return explained(token, progress)
        }
        if progress.gathered.isEmpty, !mayExplain(token, call, record) { return }
        progress.gathered.append((progress.next, record))
        let wanted = progress.level == .detailed ? Self.causesMax : 1
        guard progress.gathered.count < wanted, let cause = record.decision?.cause, cause.sequence > 0 else {
            return explained(token, progress)
        }
        progress.next = cause
        calls[token] = PendingCall(reference: call.reference, agent: call.agent, waits: .explanation(progress))
        out.list.append(.readRecord(sequence: cause.sequence, token: token))
    }

    private mutating func mayExplain(_ token: UInt64, _ call: PendingCall, _ record: JournalRecord) -> Bool {
        guard let session = sessions[call.reference.connection], case .explanation(let progress) = call.waits else {
            return false
        }
        let owner = record.decision?.agentID ?? 0
        let allowed = decide(session, .explainAction, "explain", progress.decision.text, owner)
        guard !allowed.allow else { return true }
        guard let held = release(token) else { return false }
        deny(held.reference, session, "explain", progress.decision.text, owner, allowed)
        return false
    }

    mutating func finish(_ token: UInt64, _ refusal: Refusal) {
        guard let call = release(token) else { return }
        reply(call.reference, refusal: refusal, decision: nil, after: 0)
    }

    private mutating func explained(_ token: UInt64, _ progress: ExplanationInProgress) {
        guard let call = release(token), let first = progress.gathered.first else { return }
        let names = { [state] (agent: UInt64) in state.agent(agent)?.name ?? "agent \(agent)" }
        let account = RecordAccount(
            first.record, id: first.id, causes: Array(progress.gathered.dropFirst()), agentName: names)
        var decision: UInt64?
        if hasRoom(512) {
            decision = write(
                Decision(
                    call: UInt32(CallNumber.explainAction.rawValue), agentID: call.agent, action: "explain",
                    resource: progress.decision.text, allowed: true), nil, durable: false)
        } else {
            omitted += 1
        }
        reply(
            call.reference,
            ExplainActionResponse(
                decisionID: decision.map { decisionID($0) },
                text: account.text(detailed: progress.level == .detailed), explanation: account.explanation),
            after: sequenceHere(progress.decision))
    }
}

extension DecisionID {
    /// Reads EPOCH-SEQUENCE.
    init?(text: Text) {
        let parts = text.string.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = UInt64(parts[0]), let sequence = UInt64(parts[1]) else { return nil }
        self.init(epoch: epoch, sequence: sequence)
    }
}
