// Answers those who wait for tasks to end.

import ABI
import ProtobufWire

extension Kernel {
    /// Answers the calls whose tasks have all ended.
    mutating func answerWaiters(_ graphID: UInt64) {
        guard let waiting = graphWaiters[graphID], let graph = state.graphs[graphID] else { return }
        var left: [UInt64] = []
        for id in waiting {
            guard let call = calls[id] else { continue }
            switch call.waits {
            case .graph(_, let asCommit, let withOutput) where graph.open == 0:
                _ = release(id)
                if asCommit {
                    reply(call.reference, committed(graph, withStatuses: true), after: lastDurable)
                } else {
                    reply(call.reference, observed(graph, call.decision, withOutput: withOutput), after: lastDurable)
                }
            case .task(let task, let withOutput) where state.tasks[task]?.state.isEnded ?? true:
                _ = release(id)
                let statuses = state.tasks[task].map { [$0.message(withOutput: withOutput)] } ?? []
                reply(call.reference, ObserveResponse(decisionID: call.decision, tasks: statuses), after: lastDurable)
            case .graph, .task, .think, .context, .events, .explanation, .grant, .policies: left.append(id)
            }
        }
        graphWaiters[graphID] = left.isEmpty ? nil : left
    }

    func committed(_ graph: GraphEntry, withStatuses: Bool) -> CommitTaskResponse {
        let tasks = graph.tasks.compactMap { state.tasks[$0] }
        return CommitTaskResponse(
            decisionID: graph.admittedBy, graphID: graph.id,
            tasks: tasks.map { AdmittedTask(localID: $0.spec.localID, taskID: $0.id) },
            statuses: withStatuses ? statuses(tasks, withOutput: true) : [])
    }

    /// The statuses of tasks; without their outputs where these do not fit into one answer together.
    func statuses(_ tasks: [TaskEntry], withOutput: Bool) -> [TaskStatus] {
        let fits = tasks.reduce(0) { $0 + $1.output.count } <= Limits.answeredOutputBytesMax
        return tasks.map { task in
            var status = task.message(withOutput: withOutput && fits)
            status.outputOmitted = withOutput && !fits && !task.output.isEmpty
            return status
        }
    }

    func observed(_ graph: GraphEntry, _ decision: DecisionID?, withOutput: Bool) -> ObserveResponse {
        ObserveResponse(
            decisionID: decision, tasks: statuses(graph.tasks.compactMap { state.tasks[$0] }, withOutput: withOutput))
    }
}
