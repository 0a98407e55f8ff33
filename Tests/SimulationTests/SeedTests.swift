// Worlds in this process: a few fixed seeds and a fresh one, few steps each. Many more run in SimulatorProgramTests.

import Linux
import Simulator
import Testing

@Suite struct SeedTests {
    @Test(arguments: UInt64(1)...12)
    func everyPromiseIsKept(seed: UInt64) {
        let result = Simulation.run(seed: seed, steps: 1_500)
        #expect(result.violation == nil, "cam-sim --seed \(seed) --steps 1500")
        #expect(result.steps == 1_500)
    }

    @Test func everyPromiseIsKeptInAFreshWorld() throws {
        let seed = try Randomness.uint64() >> 24
        print("fresh seed: \(seed)")
        let result = Simulation.run(seed: seed, steps: 3_000)
        #expect(result.violation == nil, "cam-sim --seed \(seed) --steps 3000")
    }

    @Test func theSameSeedIsTheSameRun() {
        let first = Simulation.run(seed: 77, steps: 2_000)
        let second = Simulation.run(seed: 77, steps: 2_000)
        #expect(first.digest == second.digest)
        #expect(first.journal == second.journal)
        #expect(first.actions == second.actions)
        #expect(first.digest != Simulation.run(seed: 78, steps: 2_000).digest)
    }

    @Test func theStepsOfARunGiveTheSameRun() {
        let random = Simulation.run(seed: 5, steps: 2_000)
        let repeated = Simulation.run(seed: 5, random.actions)
        #expect(random.digest == repeated.digest)
        #expect(random.journal == repeated.journal)
    }

    @Test func aRunCanBeFollowed() {
        let actions = Simulation.run(seed: 5, steps: 300).actions
        var lines: [String] = []
        let result = Simulation.run(seed: 5, actions) { lines.append($0) }
        #expect(lines.count { $0.hasPrefix("step ") } == result.steps)
        #expect(lines.contains { $0.contains("calls register_agent") })
        #expect(lines.contains { $0.contains("durable: agent.register") })
    }
}
