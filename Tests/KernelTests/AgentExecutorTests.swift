// Goal: agents as executors: there as long as their own connections, and never waiting for each other in a circle.

import ABI
import Framing
import ProtobufWire
import Testing

@testable import Kernel

struct AgentExecutorTests {
    private static let offers = [Capability(name: "text.work", latencyUs: 10, quality: 1, idempotent: true)]

    @Test func theEndOfAConnectionThatWasToldGoodbyeDoesNotEndTheExecutorThatHasItsPlace() throws {
        let world = try KernelHarness()
        let first = try world.agent("first", offers: Self.offers)
        // It is told goodbye, and its connection ends only when it has read that.
        world.feed(.malformed(first, "it took too long"))
        let second = try world.agent("second", offers: Self.offers)
        world.disconnect(first)

        let asker = try world.agent("asker")
        world.send(asker, CallNumber.think.rawValue, id: 1, ThinkRequest(capability: "text.work").encoded())
        let upcall = try #require(world.upcalls(second).first)
        world.respond(second, upcall.id, "done")
        #expect(world.answer(asker, 1)?.status == .ok)
    }

    @Test func executorsThatWaitForEachOtherInACircleAreToldAtOnce() throws {
        let world = try KernelHarness(settings: KernelHarness.settings())
        let first = try world.agent(
            "first", offers: [Capability(name: "a.work", latencyUs: 10, idempotent: true)], slots: 1)
        let second = try world.agent(
            "second", offers: [Capability(name: "b.work", latencyUs: 10, idempotent: true)], slots: 1)
        let asker = try world.agent("asker")
        world.call(asker, .think, ThinkRequest(capability: "a.work"))
        #expect(world.call(first, .think, id: 1, ThinkRequest(capability: "b.work")) == nil)
        let answer = try #require(world.call(second, .think, id: 1, ThinkRequest(capability: "a.work")))
        #expect(answer.status == .failedPrecondition)
        let told: CallError = try answer.decode()
        #expect(told.message.string.contains("circle"))
        // Where nobody waits for the caller, a busy executor is only a queue.
        #expect(world.call(asker, .think, id: 2, ThinkRequest(capability: "a.work")) == nil)
    }
}
