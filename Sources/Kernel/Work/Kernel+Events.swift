// Tells readers what happened, as far as they may know it and can take it.

import ABI
import ProtobufWire

extension Kernel {
    /// Publishes an event to everyone who follows its kind. `owner` 0 is the kernel itself: administrators see it.
    mutating func publish(_ kind: EventKind, subject: Text, what: Text, owner: UInt64, decision: DecisionID?) {
        guard !eventReaders.isEmpty else { return }
        deliver(
            Event(
                kind: kind, atNs: now.wall, decisionID: decision, subject: subject, what: what, agentID: owner),
            graph: 0)
    }

    /// Publishes the state of a task: of an ended one from the state, of a running one from its work.
    mutating func publishTask(_ id: UInt64, _ work: Work?, _ sequence: UInt64 = 0) {
        guard !eventReaders.isEmpty else { return }
        var status: TaskStatus
        if let task = state.tasks[id] {
            status = task.message(withOutput: false)
        } else if let work {
            status = TaskStatus(taskID: id, capability: work.capability, state: .running, owner: work.owner)
        } else {
            return
        }
        if let work, case .running(let place, _) = work.stage {
            status.executor = executors[place].name
            status.waitedUs = work.waitedMicroseconds(now.monotonic)
            status.decisionID = work.decision
        }
        deliver(
            Event(
                kind: .task, atNs: now.wall, decisionID: sequence > 0 ? decisionID(sequence) : status.decisionID,
                task: status, subject: status.capability, what: status.state.word, agentID: status.owner),
            graph: status.graphID)
    }

    private mutating func deliver(_ event: Event, graph: UInt64) {
        for id in eventReaders {
            guard let call = calls[id], case .events(var filter) = call.waits else { continue }
            guard filter.kinds.isEmpty || filter.kinds.contains(event.kind),
                filter.owner == nil || filter.owner == event.agentID, filter.graph == 0 || filter.graph == graph
            else { continue }
            if filter.credit == 0 {
                filter.missed += 1
            } else {
                var item = event
                item.missed = filter.missed
                filter.missed = 0
                filter.credit -= 1
                let own = event.decisionID?.epoch == state.epoch ? event.decisionID?.sequence ?? 0 : 0
                filter.after = max(filter.after, own)
                sendItem(call.reference, item, after: filter.after)
            }
            calls[id] = PendingCall(reference: call.reference, agent: call.agent, waits: .events(filter))
        }
    }
}
