// A kernel's life by chance: agents, graphs, drivers that fail and die, drains and crashes.

import ABI
import DriverLifecycle
import Framing
import ProtobufWire
import Testing

@testable import Kernel

struct RandomHistory {
    private(set) var world: KernelHarness
    var random: SplitMix
    /// Connections of agents and of drivers, some of which are gone.
    private var agents: [ConnectionID] = []
    private var drivers: [ConnectionID] = []
    private var answered: [ConnectionID: Int] = [:]
    private var request: UInt64 = 1

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        world = try KernelHarness(
            settings: KernelHarness.settings(drivers: [
                KernelHarness.driver("first", latency: 500, cost: 3, slots: 2),
                KernelHarness.driver("second", quality: 0.7, idempotent: false),
            ]))
        try startDrivers()
    }

    private mutating func below(_ bound: UInt64) -> UInt64 { random.next() % bound }

    private mutating func startDrivers() throws {
        drivers = [try world.startDriver(0), try world.startDriver(1)]
    }

    mutating func step() throws {
        switch below(24) {
        case 0, 1: try register()
        case 2...6: commit()
        case 7: think()
        case 8...18: try answer()
        case 19: world.advance(milliseconds: below(5_000))
        case 20: tune(below(3) > 0 ? .resume(TuneNothing()) : .drain(TuneNothing()))
        case 21: leave()
        case 22: try crashDriver()
        default:
            guard below(4) == 0 else { return }
            world = try world.restarted()
            agents = []
            answered = [:]
            try startDrivers()
        }
    }

    private mutating func register() throws {
        let labels = (0..<below(3)).map { Label(name: "l\($0)", value: "\(below(5))") }
        let offers = below(4) == 0 ? [Capability(name: "text.other", latencyUs: 10, quality: 0.3)] : []
        let name: Text = "agent\(below(6))"
        let connection = world.connect(.agents, uid: UInt32(below(2)))
        let request = RegisterAgentRequest(name: name, labels: labels, offers: offers, slots: 1)
        guard world.call(connection, .registerAgent, id: 0, request)?.status == .ok else { return }
        agents.append(connection)
        if !offers.isEmpty { drivers.append(connection) }
    }

    private mutating func anyAgent() -> ConnectionID? {
        agents.isEmpty ? nil : agents[Int(below(UInt64(agents.count)))]
    }

    private mutating func commit() {
        guard let agent = anyAgent() else { return }
        request += 1
        let tasks = (0...below(4)).map { place in
            var spec = TaskSpec(
                localID: "t\(place)", capability: below(5) == 0 ? "text.other" : "text.work",
                input: [UInt8](repeating: 7, count: Int(below(50))), retries: UInt32(below(3)))
            for other in 0..<place where below(3) == 0 {
                if below(2) == 0 { spec.inputFrom.append("t\(other)") } else { spec.dependsOn.append("t\(other)") }
            }
            if below(4) == 0 { spec.constraints = Constraints(deadlineMs: UInt32(1 + below(2_000))) }
            if below(6) == 0 { spec.notBeforeNs = world.now.wall + Int64(below(3_000_000_000)) }
            if below(6) == 0 { spec.features = [Feature(name: "f", value: .number(-0.0))] }
            return spec
        }
        let envelope = Envelope(
            traceparent: below(3) == 0 ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : "",
            idempotencyKey: below(2) == 0 ? "key\(below(40))" : "", depth: UInt32(below(3)))
        world.call(
            agent, .commitTask, id: request,
            CommitTaskRequest(envelope: envelope, tasks: tasks, wait: below(3) == 0))
    }

    private mutating func think() {
        guard let agent = anyAgent() else { return }
        request += 1
        world.call(agent, .think, id: request, ThinkRequest(capability: "text.work", input: [1, 2, 3]))
    }

    private mutating func tune(_ what: TuneSystemRequest.WhatChoice) {
        guard let agent = anyAgent() else { return }
        request += 1
        world.call(agent, .tuneSystem, id: request, TuneSystemRequest(what: what))
    }

    private mutating func answer() throws {
        let driver = drivers[Int(below(UInt64(drivers.count)))]
        let waiting = try world.upcalls(driver)
        let next = answered[driver, default: 0]
        guard next < waiting.count, !world.closed.contains(driver) else { return }
        answered[driver] = next + 1
        world.now.monotonic += below(3_000_000)
        if below(5) == 0 {
            let status: Status = [.unavailable, .internalError, .invalidArgument][Int(below(3))]
            world.respond(driver, waiting[next].id, failing: status, "it is \(below(9))")
        } else {
            let result = InvokeResult(
                output: Array("r\(below(1_000))".utf8), contentType: "text/plain", costMicros: below(50),
                units: below(3),
                quality: below(3) == 0 ? Double(below(100)) / 100 : nil)
            world.send(
                driver, CallNumber.think.rawValue, id: waiting[next].id, result.encoded(), kind: .upcallResponse)
        }
    }

    private mutating func leave() {
        guard !agents.isEmpty else { return }
        let gone = agents.remove(at: Int(below(UInt64(agents.count))))
        drivers.removeAll { $0 == gone }
        world.disconnect(gone)
    }

    private mutating func crashDriver() throws {
        let place = Int(below(2))
        guard let instance = world.spawned.last(where: { $0.driver == place })?.instance else { return }
        world.disconnect(drivers[place])
        world.feed(.completed(.driverExited(instance: instance, .exited(code: 1))))
        // One that dies too often stays dead; one that was started has to say so soon.
        func isBack() -> Bool { world.spawned.last { $0.driver == place }?.instance != instance }
        for _ in 0..<1_200 where !isBack() { world.advance(milliseconds: 100) }
        guard isBack() else { return }
        drivers[place] = try world.startDriver(place)
    }
}

extension RandomHistory {
    /// A state in which no list is empty: two graphs that have ended, and one of which a task runs and the others wait.
    static func rich() throws -> KernelHarness {
        var other = KernelHarness.driver("second")
        other.capabilities[0].name = "text.other"
        let world = try KernelHarness(
            settings: KernelHarness.settings(drivers: [KernelHarness.driver("first"), other]))
        let drivers = [try world.startDriver(0), try world.startDriver(1)]
        world.disconnect(try world.agent("gone", labels: [Label(name: "team", value: "blue")]))
        let agent = try world.agent("stays")
        var done = [0, 0]
        for id in 1...3 as ClosedRange<UInt64> {
            let envelope = Envelope(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", idempotencyKey: "key\(id)",
                depth: 1)
            var last = TaskTests.spec("c", after: ["a", "b"])
            last.capability = "text.other"
            let tasks = [TaskTests.spec("a", input: "A"), TaskTests.spec("b", input: "B", from: ["a"]), last]
            world.call(agent, .commitTask, id: id, CommitTaskRequest(envelope: envelope, tasks: tasks))
            // What has come by now is answered; the third graph's work is not.
            guard id < 3 else { break }
            for place in [0, 0, 1] {
                world.now.monotonic += 1_500_000
                let upcall = try world.upcalls(drivers[place])[done[place]]
                done[place] += 1
                let result = InvokeResult(
                    output: [1, 2], contentType: "text/plain", costMicros: 4, units: 1, quality: 0.25)
                world.send(
                    drivers[place], CallNumber.think.rawValue, id: upcall.id, result.encoded(), kind: .upcallResponse)
            }
        }
        return world
    }
}
