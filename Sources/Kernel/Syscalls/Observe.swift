// Call 13, observe: follow tasks, events, health and statistics.

import ABI
import Policy
import ProtobufWire

extension Kernel {
    /// Policy: `observe.<what>`; for tasks with the owner of the task.
    mutating func observe(_ caller: Caller, _ request: ObserveRequest) {
        switch request.what {
        case .task(let task): observeTask(caller, task)
        case .events(let events): observeEvents(caller, events)
        case .stats: answer(caller, "observe.stats") { ObserveResponse(stats: $0.stats) }
        case .health: answer(caller, "observe.health") { ObserveResponse(health: $0.health) }
        case .agents: answer(caller, "observe.agents") { ObserveResponse(agents: $0.agentStatuses) }
        case .drivers: answer(caller, "observe.drivers") { ObserveResponse(drivers: $0.driverStatuses) }
        case .driverLogs(let logs): observeLogs(caller, logs)
        case .metrics, .contexts, .sessions, .budgets, .emitMetric, .emitSpan:
            refuse(caller, .unimplemented("this part of observe"))
        case nil:
            refuse(
                caller,
                .invalid(
                    "what", "nothing to observe is named",
                    expected: "task, events, stats, health, agents, drivers or driver_logs"))
        }
    }

    /// Authorises, folds the record, answers with a snapshot.
    private mutating func answer(_ caller: Caller, _ action: Text, _ body: (Kernel) -> ObserveResponse) {
        guard let decision = seen(caller, action, "", owner: caller.agent) else { return }
        var response = body(self)
        response.decisionID = decision
        reply(caller.reference, response, after: caller.after)
    }

    /// - Returns: the id of the record that stands for this look, an empty one where there was no room for it, nil where it was denied.
    private mutating func seen(_ caller: Caller, _ action: Text, _ resource: Text, owner: UInt64) -> DecisionID? {
        guard let allowed = authorise(caller, action, resource, owner: owner) else { return nil }
        let key = FoldKey(
            agent: caller.agent, call: .observe, status: 0, allowed: true, action: action, resource: resource)
        let sequence = fold(key, durable: false) { $0.decision(caller, action, resource, allowed) }
        return sequence.map { decisionID($0) } ?? DecisionID()
    }

    private mutating func observeTask(_ caller: Caller, _ request: ObserveTask) {
        if request.taskID > 0 { return observeOne(caller, request) }
        if request.graphID > 0 { return observeGraph(caller, request) }
        let all = decide(caller.session, .observe, "observe.task", "", 0).allow
        guard let decision = seen(caller, "observe.task", "", owner: all ? 0 : caller.agent) else { return }
        let limit = min(request.limit == 0 ? 100 : Int(request.limit), Limits.listEntriesMax)
        let mine = newestTasks(of: all ? nil : caller.agent, limit: limit)
        let outputs = mine.reduce(0) { $0 + $1.output.count }
        let withOutput = !request.withoutOutput && outputs <= Limits.answeredOutputBytesMax
        reply(
            caller.reference,
            ObserveResponse(decisionID: decision, tasks: mine.map { live($0, withOutput: withOutput) }),
            after: max(caller.after, lastDurable))
    }

    /// Task ids looked at for one list, newest first: a list must not cost more for everybody the longer camd runs.
    private static let tasksLookedAtMax: UInt64 = 20_000

    private func newestTasks(of owner: UInt64?, limit: Int) -> [TaskEntry] {
        var found: [TaskEntry] = []
        var id = state.nextTask
        let oldest = id > Self.tasksLookedAtMax ? id - Self.tasksLookedAtMax : 1
        while id > oldest, found.count < limit {
            id -= 1
            guard let task = state.tasks[id], owner == nil || task.owner == owner else { continue }
            found.append(task)
        }
        return found
    }

    private mutating func observeOne(_ caller: Caller, _ request: ObserveTask) {
        guard let task = state.tasks[request.taskID] else {
            return refuse(
                caller,
                .notFound(
                    "task \(request.taskID); ended tasks are forgotten after \(Limits.endedGraphsMax) newer graphs"))
        }
        guard let decision = seen(caller, "observe.task", "\(task.id)", owner: task.owner) else { return }
        if request.untilEnded, !task.state.isEnded {
            guard let call = hold(caller, .task(task.id, withOutput: !request.withoutOutput)) else { return }
            calls[call]?.decision = decision
            return graphWaiters[task.graph, default: []].append(call)
        }
        reply(
            caller.reference,
            ObserveResponse(decisionID: decision, tasks: [live(task, withOutput: !request.withoutOutput)]),
            after: max(caller.after, lastDurable))
    }

    private mutating func observeGraph(_ caller: Caller, _ request: ObserveTask) {
        guard let graph = state.graphs[request.graphID] else {
            return refuse(caller, .notFound("graph \(request.graphID)"))
        }
        guard let decision = seen(caller, "observe.task", "graph \(graph.id)", owner: graph.owner) else { return }
        if request.untilEnded, graph.open > 0 {
            let waits = PendingCall.Waits.graph(graph.id, asCommit: false, withOutput: !request.withoutOutput)
            guard let call = hold(caller, waits) else { return }
            calls[call]?.decision = decision
            return graphWaiters[graph.id, default: []].append(call)
        }
        reply(
            caller.reference, observed(graph, decision, withOutput: !request.withoutOutput),
            after: max(caller.after, lastDurable)
        )
    }

    /// The status of a task, with what only its work knows while it runs.
    private func live(_ task: TaskEntry, withOutput: Bool) -> TaskStatus {
        var status = task.message(withOutput: withOutput)
        guard let work = works[task.id] else { return status }
        switch work.stage {
        case .running(let place, _):
            status.executor = executors[place].name
            status.waitedUs = work.waitedMicroseconds(now.monotonic)
        case .queued(let place):
            status.executor = executors[place].name
            status.waitedUs = work.waitedMicroseconds(now.monotonic)
            status.reason = "waits for a free slot"
        case .parked:
            status.waitedUs = work.waitedMicroseconds(now.monotonic)
            status.reason = "waits for an executor to come back"
        case .early: status.reason = "held until its not_before"
        }
        return status
    }

    private mutating func observeEvents(_ caller: Caller, _ request: ObserveEvents) {
        guard request.since == 0 else {
            return refuse(caller, .unimplemented("reading events of the past"))
        }
        let all = decide(caller.session, .observe, "observe.events", "", 0).allow
        guard seen(caller, "observe.events", "", owner: all ? 0 : caller.agent) != nil else { return }
        let open = eventReaders.count { calls[$0]?.agent == caller.agent }
        guard open < Limits.eventStreamsPerAgentMax else {
            return refuse(
                caller,
                .exhausted("this agent follows \(open) streams of events, which is the limit; cancel one first"))
        }
        let filter = EventFilter(
            kinds: request.kinds, graph: request.graphID, owner: all ? nil : caller.agent,
            credit: request.streamCredit == 0 ? 256 : request.streamCredit)
        guard let call = hold(caller, .events(filter), deadline: false) else { return }
        eventReaders.append(call)
    }

    private mutating func observeLogs(_ caller: Caller, _ request: ObserveLogs) {
        guard let decision = seen(caller, "observe.driver_logs", request.driver, owner: caller.agent) else { return }
        guard let executor = executors.first(where: { $0.name == request.driver }),
            case .driver(let driver) = executor.kind
        else { return refuse(caller, .notFound("driver \(request.driver)")) }
        let most = request.lines == 0 ? driver.stderr.count : Int(request.lines)
        reply(
            caller.reference, ObserveResponse(decisionID: decision, lines: Array(driver.stderr.suffix(most))),
            after: caller.after)
    }
}
