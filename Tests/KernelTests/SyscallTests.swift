// The calls that work: think and its streams, arbitrate, remember, query_policy, observe, explain, tune.

import ABI
import Arbitration
import Contexts
import DriverLifecycle
import Framing
import Policy
import ProtobufWire
import Quota
import Testing

@testable import Kernel

@Suite struct SyscallTests {
    static func world(_ drivers: DriverManifest...) throws -> KernelHarness {
        try KernelHarness(settings: KernelHarness.settings(drivers: drivers))
    }

    @Test func aThinkIsRoutedRunAnsweredAndLearnedFrom() throws {
        let world = try Self.world(KernelHarness.driver("one", latency: 1_000, cost: 10))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        #expect(world.call(agent, .think, ThinkRequest(capability: "text.work", input: [1, 2, 3])) == nil)
        let (id, upcall) = try #require(try world.upcalls(driver).first)
        #expect(upcall.input == [1, 2, 3])
        #expect(upcall.deadlineMs > 0)
        world.advance(milliseconds: 40)
        world.respond(driver, id, "thought", cost: 77)
        let response: ThinkResponse = try #require(world.answer(agent, 1)).decode()
        #expect(response.output == Array("thought".utf8))
        #expect(response.executor == "one")
        #expect(response.usage?.costMicros == 77)
        #expect(response.usage?.latencyUs == 40_000)
        let record = try world.record(try #require(response.decisionID).sequence)
        #expect(record.decision?.chosen == "one")
        #expect(record.decision?.ranking.count == 1)
        let track = world.kernel.state.track("one", "text.work")
        #expect(track.observations == 1)
    }

    @Test func measuredLatencyOvertakesADeclarationThatLies() throws {
        let world = try Self.world(
            KernelHarness.driver("boaster", latency: 10, cost: 10),
            KernelHarness.driver("honest", latency: 5_000, cost: 10))
        let boaster = try world.startDriver(0)
        let honest = try world.startDriver(1)
        let agent = try world.agent()
        let weights = Weights(performance: 1)
        var done: Set<UInt64> = []
        var chosen: [Text] = []
        for id in 1...40 {
            world.call(agent, .think, id: UInt64(id), ThinkRequest(capability: "text.work", weights: weights))
            for (driver, milliseconds) in [(boaster, UInt64(80)), (honest, 5)] {
                for (upcall, _) in try world.upcalls(driver) where done.insert(upcall).inserted {
                    world.advance(milliseconds: milliseconds)
                    world.respond(driver, upcall, "x")
                }
            }
            let response: ThinkResponse = try #require(world.answer(agent, UInt64(id))).decode()
            chosen.append(response.executor)
        }
        #expect(chosen.first == "boaster")
        #expect(chosen.last == "honest")
    }

    @Test func streamItemsPassWithCreditAndNotWithout() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .think, ThinkRequest(capability: "text.work", stream: true, streamCredit: 2))
        let (id, upcall) = try #require(try world.upcalls(driver).first)
        #expect(upcall.streamCredit == 2)
        let item = ThinkItem(output: [65]).encoded()
        world.send(driver, 2, id: id, item, kind: .streamItem)
        world.send(driver, 2, id: id, item, kind: .streamItem)
        #expect(world.items(agent, 1).count == 2)
        world.send(agent, 0, id: 1, Credit(more: 1).encoded(), kind: .credit)
        #expect(world.sent[driver]?.last?.header.kind == .credit)
        world.send(driver, 2, id: id, item, kind: .streamItem)
        #expect(world.items(agent, 1).count == 3)
        world.send(driver, 2, id: id, item, kind: .streamItem)
        #expect(world.closed.contains(driver), "an item without credit breaks the protocol")
    }

    @Test func aCancelledThinkStopsItsDriverAndIsAnswered() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .think, ThinkRequest(capability: "text.work"))
        world.send(agent, 0, id: 1, [], kind: .cancel)
        #expect(world.answer(agent, 1)?.status == .cancelled)
        #expect(world.sent[driver]?.last?.header.kind == .cancel)
        // The slot is free again only when the driver has answered.
        world.call(agent, .think, id: 2, ThinkRequest(capability: "text.work"))
        #expect(try world.upcalls(driver).count == 1)
        world.respond(driver, try world.upcalls(driver)[0].id, failing: .cancelled)
        #expect(try world.upcalls(driver).count == 2)
    }

    @Test func arbitrateRanksWithReasonsAndRunsNothing() throws {
        let world = try Self.world(
            KernelHarness.driver("cheap", latency: 9_000, cost: 1, quality: 0.3),
            KernelHarness.driver("good", latency: 9_000, cost: 500, quality: 0.9), KernelHarness.driver("away"))
        try world.startDriver(0)
        try world.startDriver(1)
        world.feed(.completed(.spawnRefused(instance: 3, "no sandbox")))
        let agent = try world.agent()
        func first(_ weights: Weights, _ id: UInt64) throws -> ArbitrateResponse {
            try #require(
                world.call(agent, .arbitrate, id: id, ArbitrateRequest(capability: "text.work", weights: weights))
            )
            .decode()
        }
        #expect(try first(Weights(cost: 1), 1).ranking.first?.executor == "cheap")
        let byQuality = try first(Weights(quality: 1), 2)
        #expect(byQuality.ranking.first?.executor == "good")
        #expect(byQuality.excluded.map(\.executor) == ["away"])
        #expect(byQuality.ranking[0].reasons.count == 4)
        #expect(world.kernel.upcalls.isEmpty)
        let strict = ArbitrateRequest(
            capability: "text.work", constraints: Constraints(maxCostMicros: 10, minQuality: 0.8))
        let none: ArbitrateResponse = try #require(world.call(agent, .arbitrate, id: 3, strict)).decode()
        #expect(none.ranking.isEmpty)
        #expect(none.excluded.count == 3)
        #expect(world.call(agent, .arbitrate, id: 4, ArbitrateRequest(capability: "no.such"))?.status == .notFound)
    }

    @Test func rememberAsksTheStoreAndTellsWhatItSaid() throws {
        let world = try Self.world()
        let agent = try world.agent()
        let store = RememberRequest(
            operation: .store(
                RememberRequest.Store(context: ContextRef(name: "notes"), key: "k", value: [1], ifVersion: 3)))
        let answers: [(ContextResult, Status)] = [
            (.stored(version: 4), .ok), (.conflict(current: 9), .aborted),
            (.unavailable(retryAfterMs: 7, reason: "x"), .unavailable),
            (.outcomeUnknown(reason: "x"), .unknown), (.dataLoss(reason: "x"), .dataLoss),
            (.storeFull(reason: "x"), .resourceExhausted),
        ]
        for (place, (result, status)) in answers.enumerated() {
            let id = UInt64(place + 1)
            #expect(world.call(agent, .remember, id: id, store) == nil)
            let request = try #require(world.contexts.last)
            #expect(request.owner == 1)
            world.feed(.completed(.context(operation: request.id, result)))
            #expect(world.answer(agent, id)?.status == status)
        }
        world.feed(.completed(.storeState(available: false, "gone")))
        let away: CallError = try #require(world.call(agent, .remember, id: 20, store)).decode()
        #expect(away.retryAfterMs == 500)
        world.feed(.completed(.storeState(available: true, "back")))
        #expect(world.call(agent, .remember, id: 21, store) == nil)
    }

    @Test func queryPolicySaysWhyAndIsFolded() throws {
        let world = try Self.world()
        let agent = try world.agent()
        let before = world.journal.count
        for id in 1...100 {
            let request = QueryPolicyRequest(action: "context.read", resource: "notes")
            let answer: QueryPolicyResponse = try #require(world.call(agent, .queryPolicy, id: UInt64(id), request))
                .decode()
            #expect(answer.allow)
            #expect(!answer.reasons.isEmpty)
            #expect(answer.cached == (id > 1))
        }
        #expect(world.journal.count == before + 1)
        // Another question is another record, and one with a context is never taken for another.
        let contexts = ["", "", "{\"a\":1}", "{\"a\":2}", "{\"a\":2}"]
        var records: [DecisionID] = []
        for (index, context) in contexts.enumerated() {
            let request = QueryPolicyRequest(
                action: "context.read", resource: "notes", owner: UInt64(min(3 + index, 5)), inputJson: Array(context.utf8))
            let answer: QueryPolicyResponse = try #require(
                world.call(agent, .queryPolicy, id: UInt64(150 + index), request)
            ).decode()
            records.append(try #require(answer.decisionID))
        }
        #expect(Set(records.map(\.sequence)).count == 5)
        #expect(world.journal.count == before + 6)
        let denied: QueryPolicyResponse = try #require(
            world.call(agent, .queryPolicy, id: 200, QueryPolicyRequest(action: "context.read", resource: "forbidden"))
        ).decode()
        #expect(!denied.allow)
        #expect(denied.decisionID != nil)
    }

    @Test func eventsFollowAGraphAndCountWhatTheReaderCouldNotTake() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        let follow = ObserveRequest(what: .events(ObserveEvents(kinds: [.task], streamCredit: 3)))
        world.call(agent, .observe, id: 5, follow)
        let tasks = (1...4).map { TaskTests.spec("t\($0)") }
        world.call(agent, .commitTask, CommitTaskRequest(tasks: tasks))
        var done = 0
        while let next = try world.upcalls(driver).dropFirst(done).first {
            world.respond(driver, next.id, "x")
            done += 1
        }
        #expect(world.items(agent, 5).count == 3)
        world.send(agent, 0, id: 5, Credit(more: 10).encoded(), kind: .credit)
        world.call(agent, .commitTask, id: 2, CommitTaskRequest(tasks: [TaskTests.spec("last")]))
        let next: ABI.Event = try #require(world.items(agent, 5).dropFirst(3).first).decode()
        #expect(next.missed == 5)
    }

    @Test func anotherAgentsTasksAreNotShown() throws {
        let policy = """
            package cam
            import rego.v1
            default allow := false
            allow if not owned
            allow if input.resource.owner == input.caller.agent_id
            owned if input.action in {"observe.task", "observe.events", "explain"}
            """
        let world = try KernelHarness(
            settings: KernelHarness.settings(drivers: [KernelHarness.driver("one")]), policy: policy)
        try world.startDriver(0)
        let mine = try world.agent("mine")
        let other = try world.agent("other")
        let committed: CommitTaskResponse = try #require(
            world.call(mine, .commitTask, CommitTaskRequest(tasks: [TaskTests.spec("a")]))
        ).decode()
        let task = ObserveRequest(what: .task(ObserveTask(taskID: committed.tasks[0].taskID)))
        #expect(world.call(mine, .observe, id: 2, task)?.status == .ok)
        #expect(world.call(other, .observe, id: 2, task)?.status == .permissionDenied)
        let all: ObserveResponse = try #require(
            world.call(other, .observe, id: 3, ObserveRequest(what: .task(ObserveTask())))
        ).decode()
        #expect(all.tasks.isEmpty)
        let explain = ExplainActionRequest(what: .decision(try #require(committed.decisionID)))
        #expect(world.call(mine, .explainAction, id: 4, explain)?.status == .ok)
        #expect(world.call(other, .explainAction, id: 4, explain)?.status == .permissionDenied)
    }

    @Test func aRoutingDecisionIsExplainedFromTheJournal() throws {
        let world = try Self.world(KernelHarness.driver("cheap", cost: 1), KernelHarness.driver("dear", cost: 900))
        let cheap = try world.startDriver(0)
        try world.startDriver(1)
        let agent = try world.agent("asker")
        world.call(agent, .commitTask, CommitTaskRequest(tasks: [TaskTests.spec("a")], wait: true))
        world.respond(cheap, try world.upcalls(cheap)[0].id, "x")
        let committed: CommitTaskResponse = try #require(world.answer(agent, 1)).decode()
        let request = ExplainActionRequest(what: .taskID(committed.tasks[0].taskID), level: .detailed)
        let response: ExplainActionResponse = try #require(world.call(agent, .explainAction, id: 2, request)).decode()
        #expect(response.explanation?.chosen == "cheap")
        #expect(response.explanation?.alternatives.map(\.name) == ["dear"])
        #expect(response.explanation?.causes.first?.what.string.contains("asker committed graph") == true)
        #expect(response.text.string.contains("Chosen: cheap"))
        let nowhere = ExplainActionRequest(what: .decision(DecisionID(epoch: 1, sequence: 9_999)))
        #expect(world.call(agent, .explainAction, id: 3, nowhere)?.status == .notFound)
    }

    @Test func aDrainingKernelTakesNoNewWorkAndResumes() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        try world.startDriver(0)
        let agent = try world.agent()
        #expect(world.call(agent, .tuneSystem, id: 1, TuneSystemRequest(what: .drain(TuneNothing())))?.status == .ok)
        #expect(world.call(agent, .think, id: 2, ThinkRequest(capability: "text.work"))?.status == .unavailable)
        #expect(try world.restarted().kernel.state.draining)
        #expect(world.call(agent, .tuneSystem, id: 3, TuneSystemRequest(what: .resume(TuneNothing())))?.status == .ok)
        #expect(world.call(agent, .think, id: 4, ThinkRequest(capability: "text.work")) == nil)
    }

    @Test func aBadPolicyOnReloadLeavesTheOldOne() throws {
        let world = try Self.world()
        let agent = try world.agent()
        let version = world.kernel.policy.version
        let reload = TuneSystemRequest(what: .policy(TunePolicy(what: .reload(TuneNothing()))))
        #expect(world.call(agent, .tuneSystem, id: 1, reload) == nil)
        world.feed(.completed(.policies(token: try #require(world.policyLoads.last), .refused("x.rego:3:1: no"))))
        let refused = try #require(world.answer(agent, 1))
        #expect(refused.status == .failedPrecondition)
        let told: CallError = try refused.decode()
        #expect(told.message.string.contains("x.rego:3:1"))
        #expect(world.kernel.policy.version == version)
        let next = try PolicyEngine(
            modules: [PolicySource(name: "n.rego", text: "package cam\nimport rego.v1\nallow if true")],
            kernel: PolicyKernelFacts(uid: 0))
        #expect(world.call(agent, .tuneSystem, id: 2, reload) == nil)
        world.feed(.completed(.policies(token: try #require(world.policyLoads.last), .loaded(next))))
        #expect(world.answer(agent, 2)?.status == .ok)
        #expect(world.kernel.policy.version == next.version)
        #expect(world.kernel.state.policyVersion == next.version)
    }

    @Test func aThousandInternalErrorsShowNothingOfTheInside() throws {
        let world = try Self.world(KernelHarness.driver("one", slots: 64))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        let secrets = ["/var/lib/cam/keys/token.key", "hunter2", "0xdeadbeef"]
        for id in 1...1_000 {
            world.call(agent, .think, id: UInt64(id), ThinkRequest(capability: "text.work"))
            let upcall = try #require(try world.upcalls(driver).last).id
            let secret = secrets[id % 3]
            let error = CallError(message: Text("crash at \(secret)"), field: Text(secret), expected: Text(secret))
            world.send(
                driver, 2, id: upcall, error.encoded(), kind: .upcallResponse, status: Status.internalError.rawValue)
            let answer = try #require(world.answer(agent, UInt64(id)))
            #expect(answer.status == .internalError)
            let told: CallError = try answer.decode()
            #expect(!told.correlationID.isEmpty)
            let text = String(decoding: answer.payload, as: UTF8.self)
            #expect(!secrets.contains { text.contains($0) })
        }
    }

    @Test func agentsThatOfferCapabilitiesGetUpcalls() throws {
        let world = try Self.world()
        let worker = try world.agent(
            "worker", offers: [Capability(name: "agent.work", latencyUs: 10, idempotent: true)], slots: 2)
        let asker = try world.agent("asker")
        world.call(asker, .think, ThinkRequest(capability: "agent.work", input: [7]))
        let (id, upcall) = try #require(try world.upcalls(worker).first)
        #expect(upcall.input == [7])
        world.respond(worker, id, "by an agent")
        let response: ThinkResponse = try #require(world.answer(asker, 1)).decode()
        #expect(response.executor == "agent:worker")
        world.disconnect(worker)
        #expect(world.call(asker, .think, id: 2, ThinkRequest(capability: "agent.work"))?.status == .failedPrecondition)
    }

    @Test func aDriverWithAnotherSecretIsTurnedAway() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        world.feed(.completed(.spawned(instance: 1, pid: 5, secret: [UInt8](repeating: 1, count: 32))))
        for secret in [[], [UInt8](repeating: 2, count: 32), [UInt8](repeating: 1, count: 31)] {
            let connection = world.connect(.driver(instance: 1))
            let answer = try #require(
                world.call(connection, .registerAgent, RegisterAgentRequest(name: "one", driverSecret: secret)))
            #expect(answer.status == .unauthenticated)
            #expect(world.closed.contains(connection))
        }
    }
}
