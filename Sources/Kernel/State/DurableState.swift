// What survives a crash: everything here changes in `apply` alone, on the live path and in recovery.

import ABI
import Arbitration
import Containers
import Planted
import ProtobufWire

/// One agent, known by its uid and the name that policy let it have.
struct AgentEntry: Sendable, Equatable {
    let id: UInt64
    let uid: UInt32
    let name: Text
    var labels: [Label]
    /// The record of its last registration.
    var registeredBy: UInt64
}

struct AgentKey: Hashable, Sendable {
    let uid: UInt32
    let name: Text
}

struct TrackKey: Hashable, Sendable {
    let executor: Text
    let capability: Text
}

struct IdempotencyKey: Hashable, Sendable {
    let agent: UInt64
    let key: Text
}

struct IdempotencyEntry: Sendable, Equatable {
    let graph: UInt64
    let digest: [UInt8]
    let at: Int64
}

struct DurableState: Sendable, Equatable {
    private(set) var epoch: UInt64 = 0
    /// The last record that was applied.
    private(set) var sequence: UInt64 = 0
    private(set) var draining = false
    private(set) var policyVersion: Text = ""
    /// In order of their ids, which start at 1.
    private(set) var agents: [AgentEntry] = []
    private(set) var agentIDs: [AgentKey: UInt64] = [:]
    private(set) var graphs: [UInt64: GraphEntry] = [:]
    private(set) var tasks: [UInt64: TaskEntry] = [:]
    private(set) var nextGraph: UInt64 = 1
    private(set) var nextTask: UInt64 = 1
    /// Graphs whose tasks have all ended, oldest first.
    private(set) var endedGraphs = FirstInFirstOut<UInt64>()
    private(set) var retainedOutputBytes = 0
    private(set) var tracks: [TrackKey: Track] = [:]
    private(set) var idempotency: [IdempotencyKey: IdempotencyEntry] = [:]
    private(set) var tasksEnded: UInt64 = 0
    private(set) var costMicros: UInt64 = 0

    func agent(_ id: UInt64) -> AgentEntry? {
        id >= 1 && id <= UInt64(agents.count) ? agents[Int(id) - 1] : nil
    }

    func agentID(uid: UInt32, name: Text) -> UInt64? { agentIDs[AgentKey(uid: uid, name: name)] }

    func track(_ executor: Text, _ capability: Text) -> Track {
        tracks[TrackKey(executor: executor, capability: capability)] ?? Track()
    }

    /// Enters a new epoch, in which the next record will be written.
    mutating func begin(_ epoch: UInt64) { self.epoch = epoch }

    /// The only place where durable state changes.
    mutating func apply(
        _ record: JournalRecord, epoch recordEpoch: UInt64, sequence recordSequence: UInt64
    ) {
        sequence = recordSequence
        switch record.effect {
        case nil, .driverChanged, .internalFault, .agentDisconnected, .recordsOmitted, .policyGranted: break
        case .epochStarted(let started):
            epoch = started.epoch
            policyVersion = started.policyVersion
        case .agentRegistered(let registered): register(registered, recordSequence)
        case .graphAdmitted(let graph):
            admit(graph, DecisionID(epoch: recordEpoch, sequence: recordSequence), record.atNs)
        case .taskStarted(let started):
            tasks[started.taskID]?.start(started, DecisionID(epoch: recordEpoch, sequence: recordSequence))
        case .taskRequeued(let requeued): tasks[requeued.taskID]?.state = .queued
        case .taskEnded(let ended): end(ended)
        case .thinkEnded(let ended):
            learn(ended.executor, ended.capability, ended.outcome, ended.declared)
            costMicros &+= ended.usage?.costMicros ?? 0
        case .policyActivated(let policy): policyVersion = policy.version
        case .drainSet(let drain): draining = drain.draining
        }
    }

    private mutating func register(_ registered: AgentRegistered, _ recordSequence: UInt64) {
        let key = AgentKey(uid: registered.uid, name: registered.name)
        if let id = agentIDs[key] {
            agents[Int(id) - 1].labels = registered.labels
            agents[Int(id) - 1].registeredBy = recordSequence
            return
        }
        precondition(registered.agentID == UInt64(agents.count) + 1, "agent ids skip to \(registered.agentID)")
        agentIDs[key] = registered.agentID
        agents.append(
            AgentEntry(
                id: registered.agentID, uid: registered.uid, name: registered.name, labels: registered.labels,
                registeredBy: recordSequence))
    }

    private mutating func admit(_ admitted: GraphAdmitted, _ decision: DecisionID, _ at: Int64) {
        let graph = GraphEntry(admitted, decision)
        nextGraph = max(nextGraph, admitted.graphID + 1)
        nextTask = max(nextTask, admitted.firstTaskID + UInt64(admitted.tasks.count))
        graphs[admitted.graphID] = graph
        for task in TaskEntry.tasks(of: admitted, decision) { tasks[task.id] = task }
        if admitted.idempotencyKey.utf8Count > 0 {
            idempotency[IdempotencyKey(agent: admitted.owner, key: admitted.idempotencyKey)] =
                IdempotencyEntry(graph: admitted.graphID, digest: admitted.requestDigest, at: at)
        }
    }

    private mutating func end(_ ended: TaskEnded) {
        guard var task = tasks[ended.taskID], !task.state.isEnded else { return }
        task.end(ended)
        tasks[ended.taskID] = task
        tasksEnded += 1
        retainedOutputBytes += task.output.count
        costMicros &+= ended.usage?.costMicros ?? 0
        if isPlanted(.doubleSettle), task.attempts > 1 { costMicros &+= ended.usage?.costMicros ?? 0 }
        learn(ended.executor, ended.capability, ended.outcome, ended.declared)
        if ended.state == .succeeded {
            for dependent in task.dependents { tasks[dependent]?.dependencyMet() }
        }
        guard var graph = graphs[task.graph] else { return }
        graph.open -= 1
        graphs[task.graph] = graph
        if graph.open == 0 { retire(graph.id) }
    }

    private mutating func learn(_ executor: Text, _ capability: Text, _ outcome: Outcome?, _ declared: Prediction?) {
        guard let outcome, let declared else { return }
        tracks[TrackKey(executor: executor, capability: capability), default: Track()].observe(
            outcome, declared: Declared(declared))
    }

    /// Keeps the newest ended graphs and forgets the others, so that memory is bounded; the journal keeps them all.
    private mutating func retire(_ graph: UInt64) {
        endedGraphs.append(graph)
        while isOverRetained, endedGraphs.count > 1, let oldest = endedGraphs.popFirst() { forget(oldest) }
    }

    private var isOverRetained: Bool {
        endedGraphs.count > Limits.endedGraphsMax || tasks.count > Limits.retainedTasksMax
            || retainedOutputBytes > Limits.retainedOutputBytesMax
    }

    private mutating func forget(_ id: UInt64) {
        guard let graph = graphs.removeValue(forKey: id) else { return }
        for task in graph.tasks { retainedOutputBytes -= tasks.removeValue(forKey: task)?.output.count ?? 0 }
        if graph.idempotencyKey.utf8Count > 0 {
            let key = IdempotencyKey(agent: graph.owner, key: graph.idempotencyKey)
            if idempotency[key]?.graph == id { idempotency[key] = nil }
        }
    }
}
