// Tasks become ready, end, and make others ready or fail.

import ABI
import Arbitration
import Planted
import ProtobufWire
import Quota
import Scheduling

extension Kernel {
    /// The shares of the three helices that a caller's weights mean.
    func shares(_ weights: Weights?) -> (performance: Double, cost: Double, quality: Double)? {
        guard let weights, weights.performance != 0 || weights.cost != 0 || weights.quality != 0 else {
            return settings.weights.shares
        }
        return HelixWeights(performance: weights.performance, cost: weights.cost, quality: weights.quality)?.shares
    }

    /// A task of a graph has nothing more to wait for.
    mutating func makeReady(_ id: UInt64) {
        guard let task = state.tasks[id], let graph = state.graphs[task.graph], task.state == .queued, works[id] == nil
        else { return }
        let inputBytes = task.inputs.reduce(UInt64(task.spec.input.count)) {
            $0 + UInt64(state.tasks[$1]?.output.count ?? 0)
        }
        let limit = task.spec.constraints?.deadlineMs ?? 0
        works[id] = Work(
            task: id, owner: task.owner, capability: task.spec.capability, origin: .graph,
            constraints: task.spec.constraints ?? Constraints(),
            shares: shares(task.spec.weights) ?? settings.weights.shares,
            priority: task.spec.priority, retries: task.spec.retries, inputBytes: inputBytes, depth: graph.depth,
            traceparent: graph.traceparent,
            deadline: limit == 0 ? .max : now.monotonic + UInt64(limit) * 1_000_000, readyAt: now.monotonic,
            after: graph.admittedBy.epoch == state.epoch ? graph.admittedBy.sequence : 0, stage: .parked,
            attempts: task.attempts, decision: task.decision)
        if limit > 0 { timers.add(at: now.monotonic + UInt64(limit) * 1_000_000, .taskDeadline(task: id)) }
        if task.spec.notBeforeNs > now.wall {
            works[id]?.stage = .early
            timers.add(at: now.monotonic + UInt64(task.spec.notBeforeNs - now.wall), .notBefore(task: id))
            return
        }
        guard inputBytes <= UInt64(settings.frameBytesMax - Limits.frameOverheadBytes * (1 + task.inputs.count / 8))
        else {
            return endWork(
                id,
                .failed(
                    .resourceExhausted,
                    "the outputs it takes as input have \(inputBytes) bytes together, more than one call can carry"))
        }
        route(id)
    }

    mutating func onNotBefore(_ id: UInt64) {
        guard works[id]?.stage == .early else { return }
        route(id)
    }

    mutating func onTaskDeadline(_ id: UInt64) {
        guard let work = works[id], now.monotonic >= work.deadline else { return }
        if case .running = work.stage { return }
        endWork(id, .expired("its deadline passed before an executor was free"))
    }

    /// Ends a task that could run: takes it out of wherever it is, records how it ended, and tells those who wait.
    mutating func endWork(_ id: UInt64, _ ending: Ending) {
        guard let work = works.removeValue(forKey: id) else { return }
        var executor: Text = ""
        switch work.stage {
        case .early: break
        case .parked: parked.removeAll { $0 == id }
        case .queued(let place): executors[place].queue.remove(id)
        case .running(let place, let upcall):
            executor = executors[place].name
            abandonUpcall(upcall)
        }
        switch work.origin {
        case .think(let call, _, _, _, _): endThink(work, call, executor, ending)
        case .graph: endTask(work, executor, ending)
        }
    }

    /// What the work used, and what arbitration learns from it.
    func account(_ work: Work, _ executor: Text, _ ending: Ending) -> (usage: Usage, outcome: Outcome?) {
        guard work.attempts > 0, !executor.isEmpty else { return (Usage(), nil) }
        let latency = (now.monotonic - work.startedAt) / 1_000
        switch ending {
        case .succeeded(let result):
            return (
                Usage(latencyUs: latency, costMicros: result.costMicros, units: result.units),
                Outcome(success: true, quality: result.quality, latencyUs: latency, costMicros: result.costMicros)
            )
        case .failed(.invalidArgument, _), .failed(.failedPrecondition, _), .cancelled:
            return (Usage(latencyUs: latency), nil)
        case .failed, .expired, .outcomeUnknown: return (Usage(latencyUs: latency), Outcome(success: false))
        }
    }

    private mutating func endTask(_ work: Work, _ executor: Text, _ ending: Ending) {
        let (usage, outcome) = account(work, executor, ending)
        let waited = work.waitedMicroseconds(now.monotonic)
        var ended = TaskEnded(
            taskID: work.task, state: ending.state, executor: executor, usage: usage, waitedUs: waited,
            reason: ending.reason, status: UInt32(ending.status.rawValue), capability: work.capability,
            outcome: outcome,
            owner: work.owner, declared: work.declared)
        if case .succeeded(let result) = ending {
            ended.output = result.output
            ended.contentType = result.contentType
        }
        recordEnd(ended, cause: work.decision)
    }

    /// Records the end of a task, then of all that cannot run because of it, and makes ready what can.
    mutating func recordEnd(_ first: TaskEnded, cause: DecisionID) {
        var pending: [(TaskEnded, DecisionID)] = [(first, cause)]
        var known: Set<UInt64> = [first.taskID]
        var ready: [UInt64] = []
        var graph: UInt64 = 0
        var next = 0
        while next < pending.count {
            let (ended, cause) = pending[next]
            next += 1
            guard let task = state.tasks[ended.taskID], !task.state.isEnded else { continue }
            guard hasRoomForWork(1024 + ended.output.count + ended.contentType.utf8Count + 2 * ended.reason.utf8Count)
            else {
                unrecordedEnds.append((ended, cause))
                continue
            }
            graph = task.graph
            let decision = Decision(
                call: UInt32(CallNumber.commitTask.rawValue), agentID: task.owner, action: "task.end",
                resource: task.spec.capability, allowed: true, status: ended.status, chosen: ended.executor,
                cause: cause,
                taskID: task.id, graphID: task.graph, message: ended.reason)
            let sequence = write(decision, .taskEnded(ended), durable: true)
            activities[Int(task.owner) - 1].account.openTasks.release()
            activities[Int(task.owner) - 1].costMicros &+= ended.usage?.costMicros ?? 0
            publishTask(task.id, nil, sequence)
            if ended.state == .succeeded {
                ready += task.dependents.filter { state.tasks[$0]?.state == .queued }
            } else {
                for end in endsOfDependents(of: task, as: ended.state) where known.insert(end.taskID).inserted {
                    pending.append((end, decisionID(sequence)))
                }
            }
        }
        for id in ready { makeReady(id) }
        answerWaiters(graph)
    }

    /// What becomes of those that waited for a task which did not succeed.
    private func endsOfDependents(of task: TaskEntry, as end: TaskState) -> [TaskEnded] {
        let reason: Text = "task \(task.spec.localID), which it depends on, ended as \(end.word)"
        return task.dependents.compactMap { id in
            guard let other = state.tasks[id], !other.state.isEnded else { return nil }
            return TaskEnded(
                taskID: id, state: end == .cancelled ? .cancelled : .failed, reason: reason,
                status: UInt32(Status.failedPrecondition.rawValue), capability: other.spec.capability,
                owner: other.owner)
        }
    }

    /// What a crash left is counted and taken up again.
    mutating func resumeTasks() {
        for task in openTasksInOrder { _ = activities[Int(task.owner) - 1].account.openTasks.charge(limit: .max) }
        // A crash may have come between the end of a task and what followed from it.
        for graph in state.graphs.values.filter({ $0.open > 0 }).sorted(by: { $0.id < $1.id }) {
            for id in graph.tasks {
                guard let task = state.tasks[id], task.state.isEnded, task.state != .succeeded else { continue }
                for end in endsOfDependents(of: task, as: task.state) { recordEnd(end, cause: task.decision) }
            }
        }
        _ = requeueTasks()
        for task in openTasksInOrder where task.state == .queued { makeReady(task.id) }
    }

    /// Work that was running when an earlier epoch ended and may be done twice is queued again, other work is reported; as
    /// far as there is room to say so, and again when there is more.
    /// - Returns: the tasks that are queued now.
    mutating func requeueTasks() -> [UInt64] {
        var queued: [UInt64] = []
        hasRequeuedTasks = true
        for task in openTasksInOrder where task.state == .running && task.decision.epoch < state.epoch {
            guard hasRoomForWork(1024) else {
                hasRequeuedTasks = false
                break
            }
            if task.mustNotRepeat {
                let ended = TaskEnded(
                    taskID: task.id, state: .outcomeUnknown, executor: task.executor,
                    reason: "camd stopped while \(task.executor) was working on it, and it must not be done twice",
                    status: UInt32(Status.unknown.rawValue), capability: task.spec.capability, owner: task.owner)
                recordEnd(ended, cause: task.decision)
            } else {
                let requeued = TaskRequeued(taskID: task.id, reason: "camd restarted", executor: task.executor)
                write(nil, .taskRequeued(requeued), durable: false)
                queued.append(task.id)
            }
        }
        return queued
    }

    private var openTasksInOrder: [TaskEntry] {
        var open = state.tasks.values.filter { !$0.state.isEnded }
        if !isPlanted(.replayInDictionaryOrder) { open.sort { $0.id < $1.id } }
        return open
    }
}
