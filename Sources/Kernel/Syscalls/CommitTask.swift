// Call 10, commit_task: admit a graph of tasks, all or none, and run it.

import ABI
import Crypto
import Planted
import Policy
import ProtobufWire
import Quota

extension Kernel {
    mutating func commitTask(
        _ reference: CallReference, _ session: Session, _ agent: UInt64, _ payload: UnsafeRawBufferPointer
    ) {
        guard let request: CommitTaskRequest = decode(reference, payload),
            let caller = admit(reference, session, agent, request.envelope)
        else { return }
        let key = caller.envelope.idempotencyKey
        var digest: [UInt8] = []
        if !key.isEmpty {
            digest = Self.digest(of: request)
            if let known = state.idempotency[IdempotencyKey(agent: agent, key: key)],
                now.wall - known.at < Limits.idempotencyLifetimeNanoseconds
            {
                return joinCommit(caller, known, digest, wait: request.wait)
            }
        }
        commit(caller, request, key, digest)
    }

    /// What the key stands for: the work, not the call's circumstances, nor whether the caller waits for the end.
    private static func digest(of request: CommitTaskRequest) -> [UInt8] {
        SHA256.hash(CommitTaskRequest(tasks: request.tasks).encoded()).bytes
    }

    /// The same key again: the same payload gets the same graph, another payload is an error.
    private mutating func joinCommit(_ caller: Caller, _ known: IdempotencyEntry, _ digest: [UInt8], wait: Bool) {
        guard known.digest == digest, let graph = state.graphs[known.graph] else {
            return refuse(
                caller,
                Refusal(
                    status: .alreadyExists,
                    message: "the idempotency key was used for another request; take a new key for a new request",
                    field: "envelope.idempotency_key"))
        }
        answerCommit(caller, graph, wait: wait, after: max(caller.after, sequenceHere(graph.admittedBy)))
    }

    /// Policy: `task.commit`, and `capability.<name>` for each capability in the graph.
    private mutating func commit(_ caller: Caller, _ request: CommitTaskRequest, _ key: Text, _ digest: [UInt8]) {
        if let problem = GraphCheck(request.tasks).problem { return refuse(caller, problem) }
        for task in request.tasks {
            if let problem = problem(task.constraints, task.weights, task.priority) {
                return refuse(caller, problem.within("tasks[\(task.localID)]"))
            }
        }
        guard let allowed = authorise(caller, "task.commit", "", owner: caller.agent) else { return }
        var rules = allowed.rules
        for capability in Set(request.tasks.map(\.capability)).sorted() {
            guard let decision = authorise(caller, "capability.\(capability)", capability, owner: caller.agent) else {
                return
            }
            for rule in decision.rules where rules.count < PolicyEngine.rulesNamedMax && !rules.contains(rule) {
                rules.append(rule)
            }
            guard executors.contains(where: { $0.capability(capability) != nil }) else {
                return refuse(caller, .notFound("executor that offers \(capability)"))
            }
        }
        let size = request.encodedSize()
        guard size <= Limits.graphBytesMax else {
            return refuse(
                caller,
                .invalid(
                    "tasks", "the graph has \(size) bytes with its inputs",
                    expected: "at most \(Limits.graphBytesMax) bytes; put large inputs into a memory context"))
        }
        guard acceptsWork(caller, bytes: size + 1024 + 512 * request.tasks.count) else { return }
        guard openTasks + request.tasks.count <= settings.tasksMax else {
            return refuse(
                caller,
                .exhausted(
                    "all agents together have \(settings.tasksMax) tasks open, which is the limit",
                    retryAfterMilliseconds: 1_000))
        }
        guard
            activities[Int(caller.agent) - 1].account.openTasks.charge(
                request.tasks.count, limit: settings.openTasksMax)
        else {
            return refuse(
                caller,
                .exhausted(
                    "this agent may have \(settings.openTasksMax) tasks open; some must end before more are admitted",
                    retryAfterMilliseconds: 1_000))
        }
        var decision = decision(caller, "task.commit", "\(request.tasks.count) tasks", allowed)
        decision.rules = rules
        decision.graphID = state.nextGraph
        let admitted = GraphAdmitted(
            graphID: state.nextGraph, owner: caller.agent, firstTaskID: state.nextTask, tasks: request.tasks,
            idempotencyKey: key, requestDigest: digest, depth: caller.envelope.depth,
            traceparent: caller.envelope.traceparent)
        let sequence = write(decision, .graphAdmitted(admitted), durable: true)
        guard let graph = state.graphs[admitted.graphID] else { preconditionFailure("an admitted graph is not there") }
        answerCommit(
            caller, graph, wait: request.wait, after: isPlanted(.answerBeforeDurable) ? caller.after : sequence)
        for task in graph.tasks where state.tasks[task]?.state == .queued { makeReady(task) }
    }

    private mutating func answerCommit(_ caller: Caller, _ graph: GraphEntry, wait: Bool, after: UInt64) {
        guard wait, graph.open > 0 else {
            return reply(caller.reference, committed(graph, withStatuses: wait), after: wait ? lastDurable : after)
        }
        guard let call = hold(caller, .graph(graph.id, asCommit: true, withOutput: true)) else { return }
        graphWaiters[graph.id, default: []].append(call)
    }

    /// The sequence number to wait for, where the record is of this epoch; older ones are on disk.
    func sequenceHere(_ decision: DecisionID) -> UInt64 { decision.epoch == state.epoch ? decision.sequence : 0 }
}
