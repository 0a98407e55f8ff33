// Requests that are in order, for the fuzzer to change: what it would take long to find by itself.

import ABI
import ProtobufWire

enum FuzzTemplates {
    /// The positions are in kept cases: new ones come last, but for register_agent's, whose last is sent with a token.
    static let requests: [CallNumber: [[UInt8]]] = [
        .registerAgent: registrations.map { $0.encoded() }, .think: thoughts.map { $0.encoded() },
        .decide: [DecideRequest().encoded()], .learn: [LearnRequest().encoded()],
        .remember: memories.map { RememberRequest(operation: $0).encoded() }, .forget: [ForgetRequest().encoded()],
        .communicate: [CommunicateRequest().encoded()], .collaborate: [CollaborateRequest().encoded()],
        .arbitrate: rankings.map { $0.encoded() }, .commitTask: commits.map { $0.encoded() },
        .rollbackTask: [RollbackTaskRequest().encoded()], .queryPolicy: queries.map { $0.encoded() },
        .observe: views.map { ObserveRequest(what: $0).encoded() },
        .explainAction: questions.flatMap { what in
            [ExplainLevel.brief, .detailed].map { ExplainActionRequest(what: what, level: $0).encoded() }
        }, .tuneSystem: changes.map { TuneSystemRequest(what: $0).encoded() },
    ]

    private static let work = Capability(name: "text.work", latencyUs: 10, costMicros: 1, quality: 1, idempotent: true)

    private static let registrations = [
        RegisterAgentRequest(name: "one"),
        RegisterAgentRequest(name: "two", labels: [Label(name: "use", value: "text")]),
        RegisterAgentRequest(name: "forbidden"),
        RegisterAgentRequest(name: "worker", offers: [work, Capability(name: "text.agent")], slots: 1),
        RegisterAgentRequest(name: "picky", labels: [Label(name: "avoid", value: "alpha")]),
        RegisterAgentRequest(
            name: "slow", offers: [Capability(name: "text.work", latencyUs: .max / 2_000, costMicros: .max)]),
        RegisterAgentRequest(),
    ]

    private static let thoughts = [
        ThinkRequest(capability: "text.work", input: [1]), ThinkRequest(capability: "text.once", input: [1]),
        ThinkRequest(capability: "text.work", stream: true, streamCredit: 2), ThinkRequest(capability: "text.agent"),
        ThinkRequest(
            envelope: Envelope(deadlineMs: 100), capability: "text.work", constraints: Constraints(deadlineMs: 50),
            weights: Weights(performance: 1), priority: 9),
        ThinkRequest(envelope: Envelope(taskID: 1, depth: 7), capability: "text.other"),
        ThinkRequest(capability: "text.work", constraints: Constraints(maxCostMicros: 0, minQuality: 0.9)),
    ]

    private static let here = ContextRef(name: "notes")
    private static let memories: [RememberRequest.OperationChoice] = [
        .store(RememberRequest.Store(context: here, key: "k", value: [1, 2], contentType: "text/plain")),
        .store(RememberRequest.Store(context: here, key: "k", value: [3], ttlMs: 1_000, ifVersion: 1)),
        .recall(RememberRequest.Recall(context: here, key: "k")),
        .recall(RememberRequest.Recall(context: ContextRef(owner: 1, name: "forbidden"), key: "k", version: 2)),
        .list(RememberRequest.List(context: here, prefix: "k", limit: 3)),
    ]

    private static let commits = [
        CommitTaskRequest(tasks: [TaskSpec(localID: "a", capability: "text.work", input: [1])]),
        CommitTaskRequest(
            tasks: [
                TaskSpec(localID: "a", capability: "text.work", retries: 2),
                TaskSpec(localID: "b", capability: "text.once", inputFrom: ["a"]),
                TaskSpec(localID: "c", capability: "text.work", dependsOn: ["a", "b"], priority: 5),
            ], wait: true),
        CommitTaskRequest(
            envelope: Envelope(idempotencyKey: "key"), tasks: [TaskSpec(localID: "a", capability: "text.once")],
            wait: true),
        CommitTaskRequest(tasks: [
            TaskSpec(
                localID: "later", capability: "text.work", constraints: Constraints(deadlineMs: 5_000),
                notBeforeNs: 1_700_000_002_000_000_000)
        ]),
        CommitTaskRequest(
            tasks: [
                TaskSpec(localID: "a", capability: "text.agent", constraints: Constraints(deadlineMs: 500)),
                TaskSpec(localID: "b", capability: "text.agent", inputFrom: ["a", "a"]),
            ]),
        CommitTaskRequest(tasks: [TaskSpec(localID: "urgent", capability: "text.work", priority: 10)]),
    ]

    private static let rankings = [
        ArbitrateRequest(), ArbitrateRequest(capability: "text.work"),
        ArbitrateRequest(
            capability: "text.work", constraints: Constraints(deadlineMs: 1, minQuality: 0.1), candidates: ["alpha"],
            count: 1, inputBytes: .max),
    ]

    private static let queries = [
        QueryPolicyRequest(action: "think", resource: "x"),
        QueryPolicyRequest(
            action: "tune.drain", subject: 1, inputJson: Array("{\"a\":[1,2.5e3,\"x\"]}".utf8), explain: .full),
        QueryPolicyRequest(action: "context.read", resource: "forbidden", owner: 2),
    ]

    private static let views: [ObserveRequest.WhatChoice] = [
        .events(ObserveEvents(streamCredit: 4)), .events(ObserveEvents(kinds: [.task], graphID: 1)),
        .task(ObserveTask(limit: 10)), .task(ObserveTask(taskID: 1, untilEnded: true)),
        .task(ObserveTask(graphID: 1, untilEnded: true)), .task(ObserveTask(taskID: 1)), .stats(Nothing()),
        .health(Nothing()), .agents(Nothing()), .drivers(Nothing()),
        .driverLogs(ObserveLogs(driver: "alpha", lines: 1)),
    ]

    private static let questions: [ExplainActionRequest.WhatChoice] = [
        .decision(DecisionID(epoch: 1, sequence: 2)), .taskID(1), .correlationID("1-3"),
        .decision(DecisionID(epoch: 1, sequence: 12)),
    ]

    private static let changes: [TuneSystemRequest.WhatChoice] =
        [
            .drain(TuneNothing()), .resume(TuneNothing()), .driver(TuneDriver(name: "alpha", action: .restart)),
            .driver(TuneDriver(name: "beta", action: .restart)), .policy(TunePolicy(what: .reload(TuneNothing()))),
        ]
        + [2, 4, 5, 6].map {
            .policy(
                TunePolicy(what: .grant(TuneGrant(denial: DecisionID(epoch: 1, sequence: $0), seconds: 60))))
        }
}
