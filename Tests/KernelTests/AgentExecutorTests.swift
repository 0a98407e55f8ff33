// Goal: an agent that offers capabilities is there as long as its own connection, whoever came before it.

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
}
