// What may and what may not stand in a checkpoint: changes of one in which every list has entries.

import ABI
import ProtobufWire

/// Changes to the checkpoint of `RandomHistory.rich`.
enum CheckpointChanges {
    typealias Change = @Sendable (inout Checkpoint) -> Void

    /// One for each field of each message.
    static let meaningful: [Change] = counters + agents + graphs + tasks + tracks

    private static let counters: [Change] = [
        { $0.sequence += 1 }, { $0.epoch += 1 }, { $0.draining.toggle() }, { $0.policyVersion = "other" },
        { $0.endedGraphs.reverse() }, { $0.nextGraph += 1 }, { $0.nextTask += 1 }, { $0.tasksEnded += 1 },
        { $0.costMicros += 1 }, { $0.agents.append(KeptAgent(uid: 9)) }, { $0.tracks.removeLast() },
    ]

    private static let agents: [Change] = [
        { $0.agents[0].uid += 1 }, { $0.agents[0].name = "other" }, { $0.agents[2].labels = [] },
        { $0.agents[0].registeredBy -= 1 },
    ]

    private static let graphs: [Change] = [
        {
            $0.graphs[$0.graphs.count - 1].graphID += 1; $0.nextGraph += 1
        }, { $0.graphs[0].owner = 1 },
        {
            $0.graphs[$0.graphs.count - 1].firstTaskID += 1; $0.nextTask += 1
        },
        {
            $0.graphs[$0.graphs.count - 1].tasks.append(KeptTask(spec: extra, state: .queued, decision: past));
            $0.nextTask += 1
        },
        { $0.graphs[0].idempotencyKey = "other" }, { $0.graphs[0].request = nil },
        { $0.graphs[0].request?.digest = [7] }, { $0.graphs[0].request?.atNs += 1 }, { $0.graphs[0].depth += 1 },
        { $0.graphs[0].traceparent = "other" }, { $0.graphs[0].admittedBy?.sequence -= 1 },
        { $0.graphs[0].admittedBy?.epoch -= 1 },
    ]

    private static let tasks: [Change] = [
        { $0.graphs[0].tasks[0].spec?.input = [1] }, { $0.graphs[0].tasks[1].state = .cancelled },
        { $0.graphs[0].tasks[0].attempts += 1 }, { $0.graphs[0].tasks[0].executor = "other" },
        { $0.graphs[0].tasks[0].output = [] }, { $0.graphs[0].tasks[0].contentType = "other" },
        { $0.graphs[0].tasks[0].usage = nil }, { $0.graphs[0].tasks[0].waitedUs += 1 },
        { $0.graphs[0].tasks[0].reason = "other" }, { $0.graphs[0].tasks[0].status += 1 },
        { $0.graphs[0].tasks[0].decision?.sequence -= 1 }, { $0.graphs[0].tasks[0].mustNotRepeat.toggle() },
    ]

    private static let tracks: [Change] = [
        { $0.tracks[$0.tracks.count - 1].executor = "z" }, { $0.tracks[$0.tracks.count - 1].capability = "z" },
        { $0.tracks[0].observations += 1 }, { $0.tracks[0].latencyRatio = $0.tracks[0].latencyRatio.nextUp },
        { $0.tracks[0].costRatio = $0.tracks[0].costRatio.nextUp },
        { $0.tracks[0].successRate = $0.tracks[0].successRate.nextDown },
        { $0.tracks[0].qualityOffset = $0.tracks[0].qualityOffset.nextUp },
        { $0.tracks[0].latencyCounts.append(1) }, { $0.tracks[0].latencyCounts[0] += 1 },
    ]

    private static let extra = TaskSpec(localID: "extra", capability: "text.work")
    private static let past = DecisionID(epoch: 1, sequence: 1)

    static let impossible: [Change] = [
        { $0 = Checkpoint() }, { $0.sequence = .max }, { $0.sequence = 1 }, { $0.epoch = .max },
        { $0.nextGraph = .max },
        { $0.nextTask = .max }, { $0.tasksEnded = .max }, { $0.nextGraph = 1 }, { $0.nextTask = 1 },
        { $0.endedGraphs.removeLast() }, { $0.endedGraphs[0] = $0.endedGraphs[1] }, { $0.endedGraphs.append(77) },
        { $0.agents.append($0.agents[0]) }, { $0.agents[0].registeredBy = 1 << 40 }, { $0.agents.removeAll() },
        { $0.graphs.reverse() }, { $0.graphs[1].graphID = $0.graphs[0].graphID }, { $0.graphs[0].owner = 0 },
        { $0.graphs[0].owner = 1 << 63 }, { $0.graphs[1].firstTaskID = $0.graphs[0].firstTaskID + 1 },
        { $0.graphs[0].firstTaskID = .max }, { $0.graphs[0].tasks = [] }, { $0.graphs[0].admittedBy = nil },
        { $0.graphs[0].admittedBy?.epoch = 99 }, { $0.graphs[0].admittedBy?.sequence = 1 << 40 },
        { $0.graphs[0].request?.atNs = .min }, { $0.graphs[0].idempotencyKey = "" },
        {
            $0.graphs[1].owner = $0.graphs[0].owner; $0.graphs[1].idempotencyKey = $0.graphs[0].idempotencyKey;
            $0.graphs[1].request = $0.graphs[0].request
        },
        { $0.graphs[0].tasks[0].spec = nil }, { $0.graphs[0].tasks[0].spec?.dependsOn = ["nobody"] },
        { $0.graphs[0].tasks[0].spec?.localID = "b" },
        { $0.graphs[0].tasks[0].spec?.constraints = Constraints(minQuality: .infinity) },
        { $0.graphs[0].tasks[0].state = .unspecified }, { $0.graphs[0].tasks[0].state = .unrecognized(99) },
        { $0.graphs[0].tasks[0].state = .blocked }, { $0.graphs[0].tasks[0].decision = nil },
        { $0.graphs[0].tasks[0].attempts = .max },
        { $0.tracks.append($0.tracks[0]) }, { $0.tracks[0].observations = 1 << 40 },
        { $0.tracks[0].latencyRatio = .nan }, { $0.tracks[0].costRatio = -1 }, { $0.tracks[0].successRate = 1.5 },
        { $0.tracks[0].qualityOffset = .infinity }, { $0.tracks[0].latencyCounts = [1 << 20] },
        { $0.tracks[0].latencyCounts = [UInt32](repeating: 0, count: 161) },
        { $0.tracks[0].latencyCounts = [UInt32](repeating: .max, count: 160) },
    ]
}
