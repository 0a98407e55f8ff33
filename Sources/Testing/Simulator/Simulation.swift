// One run of one seed, from the first step to the rest at the end.

import Crypto

/// What became of a run.
public struct SimulationResult: Sendable {
    public let seed: UInt64
    /// Steps that were taken before the world came to rest, or before something was violated.
    public let steps: Int
    public let violation: Violation?
    public let actions: [Action]
    public let coverage: Coverage
    /// Of every byte that the kernel wrote to the journal and to its peers.
    public let digest: String
    /// SHA-256 of all records in the journal at the end, in hexadecimal.
    public let journal: String
    public let records: UInt64
}

public enum Simulation {
    /// Runs a seed: so many steps, then everything comes to rest and the books are checked.
    public static func run(seed: UInt64, steps: Int) -> SimulationResult {
        let world = World(seed: seed)
        let actions = world.run(steps: steps)
        world.settle()
        return result(world, actions)
    }

    /// Runs given steps in the world of a seed.
    public static func run(seed: UInt64, _ actions: [Action], trace: ((String) -> Void)? = nil) -> SimulationResult {
        let world = World(seed: seed)
        world.trace = trace
        world.run(actions)
        world.settle()
        return result(world, actions)
    }

    private static func result(_ world: World, _ actions: [Action]) -> SimulationResult {
        world.countSurroundings()
        return SimulationResult(
            seed: world.seed, steps: world.step, violation: world.violation, actions: actions,
            coverage: world.coverage, digest: world.digestText,
            journal: SHA256.hash(world.truth.bytes).hexadecimal, records: world.truth.lastSequence)
    }
}
