// The gate: who gets in, what is refused, and what nobody can get wrong without being told.

import ABI
import Framing
import ProtobufWire
import Quota
import Testing

@testable import Kernel

@Suite struct GateTests {
    @Test func anythingBeforeRegistrationIsUnauthenticatedAndEndsTheConnection() throws {
        let world = try KernelHarness()
        let stranger = world.connect()
        let answer = try #require(world.call(stranger, .think, ThinkRequest(capability: "text.work")))
        #expect(answer.status == .unauthenticated)
        #expect(world.closed.contains(stranger))
    }

    @Test func aCallNumberThatDoesNotExistIsMalformed() throws {
        let world = try KernelHarness()
        let agent = try world.agent()
        world.send(agent, 16, id: 9, [])
        #expect(world.closed.contains(agent))
        #expect(world.sent[agent]?.last?.header.kind == .goodbye)
    }

    @Test func aPayloadThatDoesNotParseGetsOneErrorAndGoodbye() throws {
        let world = try KernelHarness()
        let agent = try world.agent()
        world.send(agent, CallNumber.think.rawValue, id: 7, [0xFF, 0xFF, 0xFF])
        #expect(world.answer(agent, 7)?.status == .invalidArgument)
        #expect(world.sent[agent]?.last?.header.kind == .goodbye)
        #expect(world.closed.contains(agent))
    }

    @Test func namesThatCannotBeUsedAreRefusedWithTheField() throws {
        let world = try KernelHarness()
        for name: Text in ["", "with space", "ümlaut", Text(String(repeating: "x", count: 129))] {
            let connection = world.connect()
            let answer = try #require(world.call(connection, .registerAgent, RegisterAgentRequest(name: name)))
            #expect(answer.status == .invalidArgument)
            #expect(try answer.decode(CallError.self).field == "name")
        }
    }

    @Test func registrationAnswersOnlyWhenItsRecordIsDurable() throws {
        let world = try KernelHarness()
        let agent = try world.agent("alpha")
        let answer = try #require(world.answer(agent, 0))
        let response: RegisterAgentResponse = try answer.decode()
        #expect(answer.after == response.decisionID?.sequence)
        #expect(world.journal.first { $0.sequence == answer.after }?.durable == true)
        #expect(response.agentID == 1)
        #expect(world.claims.first?.agentID == 1)
    }

    @Test func theSameUserAndNameIsTheSameAgentAnotherUserIsAnother() throws {
        let world = try KernelHarness()
        _ = try world.agent("alpha", uid: 1)
        _ = try world.agent("alpha", uid: 1)
        _ = try world.agent("alpha", uid: 2)
        #expect(world.kernel.state.agents.map(\.uid) == [1, 2])
    }

    @Test func requestsWithoutCreditAreRefusedThenDisconnected() throws {
        var settings = KernelSettings()
        settings.requestCredit = 4
        let world = try KernelHarness(settings: settings)
        let agent = try world.agent()
        // Requests that stay open consume credit and give none back.
        for id in 1...4 {
            world.send(
                agent, CallNumber.observe.rawValue, id: UInt64(id),
                ObserveRequest(what: .events(ObserveEvents())).encoded())
        }
        #expect(world.closed.isEmpty)
        world.send(agent, CallNumber.observe.rawValue, id: 5, ObserveRequest(what: .events(ObserveEvents())).encoded())
        #expect(world.answer(agent, 5)?.status == .resourceExhausted)
        #expect(world.closed.contains(agent))
    }

    @Test func answeredRequestsGiveCreditBackInHalves() throws {
        var settings = KernelSettings()
        settings.requestCredit = 8
        let world = try KernelHarness(settings: settings)
        let agent = try world.agent()
        for id in 1...100 {
            world.call(agent, .observe, id: UInt64(id), ObserveRequest(what: .health(Nothing())))
        }
        #expect(world.closed.isEmpty)
        #expect(world.credit[agent] ?? 0 >= 96)
    }

    @Test func anAgentOverItsRateIsToldTrulyWhenToComeBack() throws {
        var settings = KernelSettings()
        settings.callsPerSecond = 100
        settings.burst = 5
        let world = try KernelHarness(settings: settings)
        let fast = try world.agent("fast")
        let other = try world.agent("other")
        let health = ObserveRequest(what: .health(Nothing()))
        for id in 1...5 { #expect(world.call(fast, .observe, id: UInt64(id), health)?.status == .ok) }
        let refused = try #require(world.call(fast, .observe, id: 6, health))
        #expect(refused.status == .resourceExhausted)
        let wait = try #require(try refused.decode(CallError.self).retryAfterMs)
        #expect(wait > 0 && wait <= 10)
        #expect(world.call(other, .observe, id: 1, health)?.status == .ok)
        world.advance(milliseconds: UInt64(wait))
        #expect(world.call(fast, .observe, id: 7, health)?.status == .ok)
    }

    @Test func aDenialIsRecordedDurablyFirstAndFoldedAfterwards() throws {
        let world = try KernelHarness()
        let agent = try world.agent()
        let forbidden = RememberRequest(
            operation: .recall(RememberRequest.Recall(context: ContextRef(name: "forbidden"), key: "k")))
        let before = world.journal.count
        for id in 1...10 {
            let answer = try #require(world.call(agent, .remember, id: UInt64(id), forbidden))
            #expect(answer.status == .permissionDenied)
            let error: CallError = try answer.decode()
            #expect(error.denial?.action == "context.read")
            #expect(error.denial?.needed != "")
        }
        #expect(world.journal.count == before + 1)
        #expect(world.journal[before].durable)
        #expect(world.answer(agent, 1)?.after == world.journal[before].sequence)
        world.advance(milliseconds: 1_100)
        let folded = try world.record(try #require(world.journal.last).sequence)
        #expect(folded.folded == 9)
        #expect(folded.decision?.cause?.sequence == world.journal[before].sequence)
    }

    @Test func whenEverybodyIsGoneNothingIsHeld() throws {
        let world = try KernelHarness(settings: KernelHarness.settings(drivers: [KernelHarness.driver("one")]))
        try world.startDriver(0)
        let agents = try (1...5).map { try world.agent("a\($0)") }
        for agent in agents {
            for id in 1...3 {
                world.send(
                    agent, CallNumber.think.rawValue, id: UInt64(id), ThinkRequest(capability: "text.work").encoded())
            }
            world.send(
                agent, CallNumber.observe.rawValue, id: 9, ObserveRequest(what: .events(ObserveEvents())).encoded())
        }
        for agent in agents { world.disconnect(agent) }
        #expect(world.kernel.activities.filter { !$0.account.isEmpty }.count == 1, "only the driver is connected")
        #expect(world.kernel.calls.isEmpty)
        #expect(world.kernel.works.isEmpty)
        #expect(world.kernel.eventReaders.isEmpty)
    }

    @Test func aFrameThatOnlyTheKernelSendsIsMalformed() throws {
        let world = try KernelHarness()
        for kind in [FrameKind.response, .upcall] {
            let agent = try world.agent("k\(kind.rawValue)")
            world.send(agent, 1, id: 1, [], kind: kind)
            #expect(world.closed.contains(agent))
        }
    }

    @Test func callsThatAreNotBuiltSaySo() throws {
        let world = try KernelHarness()
        let agent = try world.agent()
        let answers = [
            world.call(agent, .decide, id: 1, DecideRequest()), world.call(agent, .learn, id: 2, LearnRequest()),
            world.call(agent, .forget, id: 3, ForgetRequest()),
            world.call(agent, .communicate, id: 4, CommunicateRequest()),
            world.call(agent, .collaborate, id: 5, CollaborateRequest()),
            world.call(agent, .rollbackTask, id: 6, RollbackTaskRequest()),
        ]
        for answer in answers {
            #expect(answer?.status == .unimplemented)
            let error: CallError = try #require(answer).decode()
            #expect(error.message.string.contains("not built yet"))
        }
    }

    @Test func policyIsToldOfDrainingAfterARestart() throws {
        let policy = """
            package cam

            import rego.v1

            default allow := false

            allow if not input.kernel.draining

            allow if startswith(input.action, "tune.")

            allow if input.action == "agent.register"
            """
        let first = try KernelHarness(policy: policy)
        let administrator = try first.agent(door: .administration)
        #expect(first.call(administrator, .tuneSystem, TuneSystemRequest(what: .drain(TuneNothing())))?.status == .ok)
        let again = try first.restarted()
        let agent = try again.agent()
        let answer = again.call(agent, .observe, ObserveRequest(what: .stats(Nothing())))
        #expect(answer?.status == .permissionDenied)
    }
}
