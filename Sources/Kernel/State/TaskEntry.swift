// One task of an admitted graph, and the graph: the durable part of their lives.

import ABI
import ProtobufWire

extension TaskState {
    /// True in the states that no task leaves by itself.
    var isEnded: Bool {
        switch self {
        case .succeeded, .failed, .cancelled, .expired, .outcomeUnknown, .rolledBack: true
        case .unspecified, .blocked, .queued, .running, .awaitingApproval, .held, .unrecognized: false
        }
    }
}

struct GraphEntry: Sendable, Equatable {
    let id: UInt64
    let owner: UInt64
    let tasks: Range<UInt64>
    let admittedBy: DecisionID
    let idempotencyKey: Text
    let depth: UInt32
    let traceparent: Text
    /// Tasks that have not ended.
    var open: Int

    init(_ admitted: GraphAdmitted, _ decision: DecisionID) {
        id = admitted.graphID
        owner = admitted.owner
        tasks = admitted.firstTaskID..<admitted.firstTaskID + UInt64(admitted.tasks.count)
        admittedBy = decision
        idempotencyKey = admitted.idempotencyKey
        depth = admitted.depth
        traceparent = admitted.traceparent
        open = admitted.tasks.count
    }
}

struct TaskEntry: Sendable, Equatable {
    let id: UInt64
    let graph: UInt64
    let owner: UInt64
    /// As it was asked for; its input is dropped when the task has ended.
    var spec: TaskSpec
    var state: TaskState
    /// Dependencies that have not succeeded yet.
    var blockedOn: Int
    /// Tasks that wait for this one, in order of their ids.
    var dependents: [UInt64] = []
    /// Tasks whose outputs are this one's input, in the order asked for.
    var inputs: [UInt64] = []
    var attempts: UInt32 = 0
    var executor: Text = ""
    var output: [UInt8] = []
    var contentType: Text = ""
    var usage: Usage?
    var waitedMicroseconds: UInt64 = 0
    var reason: Text = ""
    var status: UInt32 = 0
    /// The record that routed its last attempt, or that admitted it.
    var decision: DecisionID
    /// True while its last start was of work that must not be done twice.
    var mustNotRepeat = false

    private init(id: UInt64, admitted: GraphAdmitted, spec: TaskSpec, decision: DecisionID) {
        self.id = id
        graph = admitted.graphID
        owner = admitted.owner
        self.spec = spec
        state = .queued
        blockedOn = 0
        self.decision = decision
    }

    /// The tasks of a graph with their edges. The graph was checked when it was admitted, so every name is known.
    static func tasks(of admitted: GraphAdmitted, _ decision: DecisionID) -> [TaskEntry] {
        var entries: [TaskEntry] = []
        var places: [Text: Int] = [:]
        for (place, spec) in admitted.tasks.enumerated() {
            places[spec.localID] = place
            entries.append(
                TaskEntry(id: admitted.firstTaskID + UInt64(place), admitted: admitted, spec: spec, decision: decision))
        }
        for place in entries.indices {
            let inputs = entries[place].spec.inputFrom.compactMap { places[$0] }
            entries[place].inputs = inputs.map { entries[$0].id }
            var seen: Set<Int> = []
            for other in inputs + entries[place].spec.dependsOn.compactMap({ places[$0] })
            where seen.insert(other).inserted {
                entries[other].dependents.append(entries[place].id)
                entries[place].blockedOn += 1
            }
            if entries[place].blockedOn > 0 { entries[place].state = .blocked }
        }
        return entries
    }

    mutating func start(_ started: TaskStarted, _ decision: DecisionID) {
        state = .running
        attempts = started.attempt
        executor = started.executor
        mustNotRepeat = !started.idempotent
        self.decision = decision
    }

    mutating func dependencyMet() {
        precondition(blockedOn > 0, "task \(id) had nothing to wait for")
        blockedOn -= 1
        if blockedOn == 0, state == .blocked { state = .queued }
    }

    mutating func end(_ ended: TaskEnded) {
        state = ended.state
        if ended.executor.utf8Count > 0 { executor = ended.executor }
        output = ended.output
        contentType = ended.contentType
        usage = ended.usage
        waitedMicroseconds = ended.waitedUs
        reason = ended.reason
        status = ended.status
        spec.input = []
    }

    func message(withOutput: Bool) -> TaskStatus {
        TaskStatus(
            taskID: id, graphID: graph, localID: spec.localID, capability: spec.capability, state: state,
            executor: executor, output: withOutput ? output : [], contentType: contentType, usage: usage,
            waitedUs: waitedMicroseconds, attempts: attempts, reason: reason, decisionID: decision, owner: owner,
            statusCode: status)
    }

    var kept: KeptTask {
        KeptTask(
            spec: spec, state: state, attempts: attempts, executor: executor, output: output, contentType: contentType,
            usage: usage, waitedUs: waitedMicroseconds, reason: reason, status: status, decision: decision,
            mustNotRepeat: mustNotRepeat)
    }

    /// Goes on from a checkpoint; what the task waits for is known already, and says whether it can be blocked.
    /// - Returns: false where no task can be in such a state.
    mutating func restore(_ kept: KeptTask) -> Bool {
        guard kept.state == state || kept.state.isEnded || (kept.state == .running && blockedOn == 0),
            kept.attempts < UInt32.max / 2, (0...1).contains(kept.spec?.constraints?.minQuality ?? 0)
        else { return false }
        state = kept.state
        attempts = kept.attempts
        executor = kept.executor
        output = kept.output
        contentType = kept.contentType
        usage = kept.usage
        waitedMicroseconds = kept.waitedUs
        reason = kept.reason
        status = kept.status
        decision = kept.decision ?? DecisionID()
        mustNotRepeat = kept.mustNotRepeat
        return true
    }
}
