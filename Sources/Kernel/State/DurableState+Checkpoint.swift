// The durable state as one message, and back. No order of a dictionary gets into it: equal states give equal bytes.

public import ABI
import Arbitration
import Containers
import ProtobufWire

/// A checkpoint that no kernel can have made.
public struct CheckpointError: Error, CustomStringConvertible {
    public let description: String

    init(_ what: Text) { description = "the checkpoint cannot be used: \(what)" }
}

extension Kernel {
    /// The canonical form of everything that survives a crash: two kernels have the same bytes if it is the same for both.
    package var durableStateBytes: [UInt8] { state.checkpoint.encoded() }

    /// Takes a checkpoint instead of all records up to its sequence number, before `replay` of the later ones.
    public mutating func restore(_ checkpoint: Checkpoint) throws(CheckpointError) {
        state = try DurableState(checkpoint)
    }
}

extension DurableState {
    var checkpoint: Checkpoint {
        Checkpoint(
            sequence: sequence, epoch: epoch, draining: draining, policyVersion: policyVersion,
            agents: agents.map {
                KeptAgent(uid: $0.uid, name: $0.name, labels: $0.labels, registeredBy: $0.registeredBy)
            },
            graphs: graphs.values.sorted { $0.id < $1.id }.map(kept), endedGraphs: Array(endedGraphs.waiting),
            nextGraph: nextGraph, nextTask: nextTask,
            tracks: tracks.map { $0.value.kept(executor: $0.key.executor, capability: $0.key.capability) }.sorted {
                ($0.executor, $0.capability) < ($1.executor, $1.capability)
            }, tasksEnded: tasksEnded, costMicros: costMicros)
    }

    private func kept(_ graph: GraphEntry) -> KeptGraph {
        var request: KeptRequest?
        let key = IdempotencyKey(agent: graph.owner, key: graph.idempotencyKey)
        if let entry = idempotency[key], entry.graph == graph.id {
            request = KeptRequest(digest: entry.digest, atNs: entry.at)
        }
        return KeptGraph(
            graphID: graph.id, owner: graph.owner, firstTaskID: graph.tasks.lowerBound,
            tasks: graph.tasks.compactMap { tasks[$0]?.kept }, idempotencyKey: graph.idempotencyKey, request: request,
            depth: graph.depth, traceparent: graph.traceparent, admittedBy: graph.admittedBy)
    }

    /// Believes nothing that the kernel relies on later: a checkpoint is data.
    init(_ kept: Checkpoint) throws(CheckpointError) {
        let counters = [kept.sequence, kept.epoch, kept.nextGraph, kept.nextTask, kept.tasksEnded]
        guard counters.allSatisfy({ $0 < UInt64(Int64.max) }), kept.nextGraph > 0, kept.nextTask > 0 else {
            throw CheckpointError("a counter is out of its bounds")
        }
        var agents: [AgentEntry] = []
        var ids: [AgentKey: UInt64] = [:]
        for (place, agent) in kept.agents.enumerated() {
            let id = UInt64(place) + 1
            guard ids.updateValue(id, forKey: AgentKey(uid: agent.uid, name: agent.name)) == nil,
                agent.registeredBy <= kept.sequence
            else { throw CheckpointError("agent \(id) is there before, or registers later") }
            agents.append(
                AgentEntry(
                    id: id, uid: agent.uid, name: agent.name, labels: agent.labels, registeredBy: agent.registeredBy))
        }
        var restored = RestoredGraphs()
        for graph in kept.graphs { try restored.add(graph, of: kept) }
        let ended = restored.graphs.values.filter { $0.open == 0 }.map(\.id)
        guard ended.count == kept.endedGraphs.count, Set(ended) == Set(kept.endedGraphs) else {
            throw CheckpointError("the ended graphs are not those whose tasks have ended")
        }
        var tracks: [TrackKey: Track] = [:]
        for track in kept.tracks {
            let key = TrackKey(executor: track.executor, capability: track.capability)
            guard let value = Track(track), value.observations <= kept.sequence,
                tracks.updateValue(value, forKey: key) == nil
            else { throw CheckpointError("what is known of \(track.executor) at \(track.capability) is impossible") }
        }
        self.init(
            epoch: kept.epoch, sequence: kept.sequence, draining: kept.draining, policyVersion: kept.policyVersion,
            agents: agents, agentIDs: ids, graphs: restored.graphs, tasks: restored.tasks, nextGraph: kept.nextGraph,
            nextTask: kept.nextTask, endedGraphs: FirstInFirstOut(kept.endedGraphs),
            retainedOutputBytes: restored.tasks.values.reduce(0) { $0 + $1.output.count }, tracks: tracks,
            idempotency: restored.idempotency, tasksEnded: kept.tasksEnded, costMicros: kept.costMicros)
    }
}

/// The graphs of a checkpoint as they are put together again.
private struct RestoredGraphs {
    var graphs: [UInt64: GraphEntry] = [:]
    var tasks: [UInt64: TaskEntry] = [:]
    var idempotency: [IdempotencyKey: IdempotencyEntry] = [:]
    private var lastGraph: UInt64 = 0
    private var lastTask: UInt64 = 0

    /// Edges are made from the tasks' specs again, and what a task still waits for from the states of the others.
    mutating func add(_ kept: KeptGraph, of checkpoint: Checkpoint) throws(CheckpointError) {
        let id = kept.graphID
        let specs = kept.tasks.compactMap(\.spec)
        let decisions = [kept.admittedBy] + kept.tasks.map(\.decision)
        guard let admittedBy = kept.admittedBy, kept.owner > 0, kept.owner <= UInt64(checkpoint.agents.count),
            decisions.allSatisfy({ Self.isPast($0, checkpoint) }),
            specs.count == kept.tasks.count, GraphCheck(specs).problem == nil
        else { throw CheckpointError("graph \(id) is none that could be admitted") }
        guard id > lastGraph, id < checkpoint.nextGraph, kept.firstTaskID > lastTask,
            kept.firstTaskID <= checkpoint.nextTask, UInt64(specs.count) <= checkpoint.nextTask - kept.firstTaskID
        else { throw CheckpointError("graph \(id) is not in order") }
        let admitted = GraphAdmitted(
            graphID: id, owner: kept.owner, firstTaskID: kept.firstTaskID, tasks: specs,
            idempotencyKey: kept.idempotencyKey, depth: kept.depth, traceparent: kept.traceparent)
        var entries = TaskEntry.tasks(of: admitted, admittedBy)
        for (place, task) in kept.tasks.enumerated() where task.state == .succeeded {
            for other in entries[place].dependents { entries[Int(other - kept.firstTaskID)].dependencyMet() }
        }
        for place in entries.indices {
            guard entries[place].restore(kept.tasks[place]) else {
                throw CheckpointError("task \(entries[place].id) is in a state that no task has")
            }
            tasks[entries[place].id] = entries[place]
        }
        var graph = GraphEntry(admitted, admittedBy)
        graph.open = entries.count { !$0.state.isEnded }
        graphs[id] = graph
        (lastGraph, lastTask) = (id, graph.tasks.upperBound - 1)
        guard let request = kept.request else { return }
        let entry = IdempotencyEntry(graph: id, digest: request.digest, at: request.atNs)
        let key = IdempotencyKey(agent: kept.owner, key: kept.idempotencyKey)
        guard !key.key.isEmpty, request.atNs >= 0, idempotency.updateValue(entry, forKey: key) == nil else {
            throw CheckpointError("the idempotency key of graph \(id) cannot be its own")
        }
    }

    private static func isPast(_ decision: DecisionID?, _ checkpoint: Checkpoint) -> Bool {
        guard let decision else { return false }
        return decision.epoch <= checkpoint.epoch && decision.sequence <= checkpoint.sequence
    }
}
