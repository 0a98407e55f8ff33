// Driver processes whose lives cross with what the kernel does about them.

import ABI
import DriverLifecycle
import Framing
import ProtobufWire
import Testing

@testable import Kernel

@Suite struct DriverTests {
    @Test func aDriverThatRegistersAfterItsEndWasAskedForGetsNoWork() throws {
        var manifest = KernelHarness.driver("one")
        manifest.startTimeoutMilliseconds = 100
        let harness = try KernelHarness(settings: KernelHarness.settings(drivers: [manifest]))
        let agent = try harness.agent()
        harness.call(agent, .commitTask, CommitTaskRequest(tasks: [TaskSpec(localID: "a", capability: "text.work")]))
        let instance = try #require(harness.spawned.last).instance
        let secret = [UInt8](repeating: 1, count: 32)
        harness.feed(.completed(.spawned(instance: instance, pid: 100, secret: secret)))
        let late = harness.connect(.driver(instance: instance))
        harness.advance(milliseconds: 150)
        #expect(harness.killed == [instance])

        let answer = harness.call(late, .registerAgent, id: 0, RegisterAgentRequest(name: "x", driverSecret: secret))
        #expect(answer?.status == .failedPrecondition)
        #expect(try harness.upcalls(late).isEmpty)
        harness.feed(.completed(.driverExited(instance: instance, .signalled(9))))
        harness.disconnect(late)
        while harness.spawned.last?.instance == instance { harness.advance(milliseconds: 10) }
        let next = try harness.startDriver(0)
        harness.respond(next, try #require(harness.upcalls(next).first).id, "done")
        #expect(harness.kernel.taskState(1) == .succeeded)
        #expect(harness.kernel.census.busySlots == 0)
    }
}
