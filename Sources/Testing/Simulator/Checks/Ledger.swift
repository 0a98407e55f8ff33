// What the world outside camd has been told and has seen happen: promises that no crash may break.

import ABI
import ProtobufWire

/// Everything here was read by a peer, or done by one. It outlives every run of camd.
struct Ledger {
    struct IdentityKey: Hashable {
        let uid: UInt32
        let name: Text
    }

    struct Graph {
        let owner: UInt64
        let tasks: Range<UInt64>
    }

    /// Agent ids as they were answered.
    private(set) var identities: [IdentityKey: UInt64] = [:]
    private(set) var graphs: [UInt64: Graph] = [:]
    /// Ids of graphs in the order in which they were heard of.
    private(set) var graphOrder: [UInt64] = []
    /// Tasks that somebody was told have ended: how, and in which step that left the kernel.
    private(set) var ends: [UInt64: (state: TaskState, step: Int)] = [:]
    /// Tasks and calls whose work must not be done twice and has begun.
    private var begun: Set<UInt64> = []
    /// Costs that an executor reported in an answer, by task.
    private(set) var reported: [UInt64: [UInt64]] = [:]
    /// The highest agent id that anybody was given.
    private(set) var agentCount = 0

    /// - Returns: what is wrong with it.
    mutating func registered(uid: UInt32, name: Text, as id: UInt64) -> String? {
        let key = IdentityKey(uid: uid, name: name)
        if let known = identities[key], known != id { return "\(name) of uid \(uid) was agent \(known) and is \(id)" }
        identities[key] = id
        agentCount = max(agentCount, Int(id))
        return nil
    }

    mutating func admitted(_ graph: UInt64, owner: UInt64, tasks: Range<UInt64>) -> String? {
        if let known = graphs[graph] {
            return known.owner == owner && known.tasks == tasks
                ? nil : "graph \(graph) was tasks \(known.tasks) of \(known.owner), now \(tasks) of \(owner)"
        }
        graphs[graph] = Graph(owner: owner, tasks: tasks)
        graphOrder.append(graph)
        return nil
    }

    mutating func ended(_ task: UInt64, _ state: TaskState, step: Int) -> String? {
        if let known = ends[task] {
            return known.state == state ? nil : "task \(task) had ended as \(known.state) and now as \(state)"
        }
        ends[task] = (state, step)
        return nil
    }

    /// - Returns: whether it is the first time.
    mutating func begins(once task: UInt64) -> Bool { begun.insert(task).inserted }

    mutating func reports(_ cost: UInt64, for task: UInt64) { reported[task, default: []].append(cost) }
}
