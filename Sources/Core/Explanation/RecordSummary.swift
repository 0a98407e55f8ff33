// One sentence for each kind of record.

import ABI
import ProtobufWire

extension RecordAccount {
    static func summary(_ record: JournalRecord, _ agentName: (UInt64) -> Text) -> Text {
        switch record.effect {
        case .epochStarted(let started):
            return "camd \(started.version) started epoch \(started.epoch) with policy \(started.policyVersion)."
        case .agentRegistered(let registered):
            return "uid \(registered.uid) registered as \(registered.name) (agent \(registered.agentID))."
        case .agentDisconnected(let gone): return "\(agentName(gone.agentID)) disconnected: \(gone.reason)."
        case .graphAdmitted(let graph):
            return "\(agentName(graph.owner)) committed graph \(graph.graphID) of \(graph.tasks.count) tasks."
        case .taskStarted(let started):
            let decision = record.decision ?? Decision()
            return
                "task \(started.taskID) (\(decision.resource)) was given to \(started.executor), attempt \(started.attempt)\(runnersUp(decision))."
        case .taskRequeued(let again):
            return "task \(again.taskID) goes again after \(again.executor): \(again.reason)."
        case .taskEnded(let ended):
            return "task \(ended.taskID) (\(ended.capability)) ended as \(ended.state.word)\(because(ended.reason))."
        case .thinkEnded(let ended):
            return "think on \(ended.capability) by \(ended.executor) ended\(because(ended.reason))."
        case .policyActivated(let policy): return "policy \(policy.version) came into force."
        case .policyGranted(let grant):
            return
                "\(grant.agentName) of uid \(grant.uid) may do \(grant.action) on \(grant.resource) for \((grant.expiresNs - record.atNs) / 1_000_000_000) s, which denial \(grant.denial?.epoch ?? 0)-\(grant.denial?.sequence ?? 0) refused."
        case .drainSet(let drain):
            return drain.draining ? "the kernel was told to drain." : "the kernel takes work again."
        case .driverChanged(let driver): return "driver \(driver.driver): \(driver.what)."
        case .internalFault(let fault): return "internal error: \(fault.detail)"
        case .recordsOmitted(let omitted): return "\(omitted.count) reads were not recorded while the journal was full."
        case nil: return plain(record.decision ?? Decision(), agentName)
        }
    }

    private static func plain(_ decision: Decision, _ agentName: (UInt64) -> Text) -> Text {
        let who = decision.agentName.isEmpty ? agentName(decision.agentID) : decision.agentName
        let resource: Text = decision.resource.isEmpty ? "" : " on \(decision.resource)"
        if !decision.allowed {
            return "\(who) was denied \(decision.action)\(resource): \(decision.message)"
        }
        if !decision.chosen.isEmpty {
            return "\(decision.chosen) was chosen for \(decision.resource) of \(who)\(runnersUp(decision))."
        }
        let status = Status(rawValue: UInt8(clamping: decision.status)) ?? .unknown
        return status == .ok
            ? "\(who) was allowed \(decision.action)\(resource)."
            : "\(who) was told \(status.name) for \(decision.action)\(resource)."
    }

    private static func runnersUp(_ decision: Decision) -> Text {
        let others = decision.ranking.filter { $0.executor != decision.chosen }.map(\.executor.string)
        return others.isEmpty ? "" : " before \(Text(others.joined(separator: ", ")))"
    }

    private static func because(_ reason: Text) -> Text { reason.isEmpty ? "" : ": \(reason)" }
}
