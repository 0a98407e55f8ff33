// The world of one seed: one machine with camd, its disk, its memory store, agents, driver processes, and time.

import ABI
import Crypto
import JournalFile
import Kernel
import Policy
import ProtobufWire

/// Everything that happens in it follows from the seed, or from a list of actions: nothing here reads a clock, draws from
/// the system, or depends on the order of a dictionary.
public final class World {
    public let seed: UInt64
    var random: SimulatedRandom
    let profile: Profile
    let tokenKey: Ed25519.KeyPair
    let journalKey: Ed25519.KeyPair
    private let policies: [PolicyEngine]
    var policyEdition = 0

    var now = Instant(monotonic: 1_000_000_000, wall: 1_700_000_000_000_000_000)
    /// How far somebody has set the wall clock off, nanoseconds.
    var wallOffset: Int64 = 0
    public internal(set) var step = 0

    let disk: SimulatedDisk
    let store: SimulatedStore
    var machine: Machine?
    /// How many times camd was started.
    var run = 0
    var runStarted = 0
    /// Set when the journal could not be written: camd ends by itself.
    var journalFailed = false
    /// What the process dies of when the disk has done its last operation for it.
    var dyingOfPowerLoss = false
    var agents: [Agent] = []
    var processes: [DriverProcess] = []

    var truth = Truth()
    var ledger = Ledger()
    var memory = MemoryLedger()
    /// Follows the live kernel record by record: what a recovery would make.
    var shadow: Kernel
    var deniedRecords: Set<UInt64> = []
    /// The newest record by which somebody was told that the kernel drains, or does not.
    var lastDrain: (sequence: UInt64, draining: Bool) = (0, false)
    var storeHadLost = false
    /// The last record that was on the disk for certain.
    var acknowledged: UInt64 = 0
    public internal(set) var coverage = Coverage()
    public internal(set) var violation: Violation?
    private(set) var digestState: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Called with a line for everything that happens, when a run is shown step by step.
    public var trace: ((String) -> Void)?
    /// The line of a step is printed when the step turns out to be one.
    private var stepLine: String?

    struct IdempotencyPlace: Hashable {
        let agent: UInt64
        let key: Int
    }
    var idempotent: [IdempotencyPlace: (graph: UInt64, variant: Int)] = [:]

    public init(seed: UInt64) {
        self.seed = seed
        var random = SimulatedRandom(seed: seed)
        tokenKey = Ed25519.KeyPair(seed: Self.key(1))
        journalKey = Ed25519.KeyPair(seed: Self.key(2))
        profile = Profile(random: &random, tokenKey: tokenKey.publicKey)
        policies = Self.engines
        disk = SimulatedDisk(random: random.split())
        store = SimulatedStore(random: random.split(), key: Self.key(3))
        shadow = Kernel(settings: profile.settings, policy: policies[0])
        self.random = random
        for index in Cast.agents.indices { agents.append(Agent(index: index)) }
        begin()
    }

    private static func key(_ filler: UInt8) -> SecretKey {
        var bytes = [UInt8](repeating: filler, count: 32)
        return SecretKey(moving: &bytes)
    }

    /// Compiled once: a policy costs more than a thousand steps.
    private static let engines: [PolicyEngine] = (0..<2).map { edition in
        do {
            return try PolicyEngine(
                modules: [PolicySource(name: "world.rego", text: Cast.policy(edition: edition))],
                kernel: PolicyKernelFacts(uid: Cast.kernelUser))
        } catch {
            preconditionFailure("the world's policy does not load: \(error)")
        }
    }

    var policy: PolicyEngine { policies[policyEdition] }
    var machineEpoch: UInt64 { machine?.epoch ?? 0 }

    // MARK: Failing, tracing, digesting

    func fail(_ invariant: Invariant, _ detail: @autoclosure () -> String) {
        guard violation == nil else { return }
        violation = Violation(invariant: invariant, step: step, detail: detail())
    }

    /// What the run was, as a number: equal for equal runs.
    public var digestText: String { String(digestState, radix: 16) }

    /// FNV-1a over words of eight bytes: a checksum of our own output, not a defence.
    func digest(_ bytes: UnsafeRawBufferPointer) {
        var state = digestState
        var offset = 0
        while offset + 8 <= bytes.count {
            state = (state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x0000_0100_0000_01B3
            state ^= state >> 29
            offset += 8
        }
        while offset < bytes.count {
            state = (state ^ UInt64(bytes[offset])) &* 0x0000_0100_0000_01B3
            offset += 1
        }
        digestState = state
    }

    /// Says what happens, where somebody looks.
    func tell(_ line: @autoclosure () -> String) {
        guard let trace else { return }
        if let heading = stepLine {
            stepLine = nil
            trace(heading)
        }
        trace("    " + line())
    }

    // MARK: Running

    /// Takes random steps until so many were taken or something is violated.
    /// - Returns: the steps, so that they can be taken again.
    public func run(steps: Int) -> [Action] {
        var taken: [Action] = []
        taken.reserveCapacity(steps)
        while step < steps, violation == nil {
            let action = Action(
                kind: chooseKind(), target: UInt8(truncatingIfNeeded: random.next()), seed: random.next())
            if take(action) { taken.append(action) }
        }
        return taken
    }

    /// A camd that is gone is started soon, and a disk is not full for ever: a world in which nothing runs shows nothing.
    private func chooseKind() -> Action.Kind {
        if machine == nil, random.chance(4) { return .start }
        if disk.isFull, random.chance(200) { return .diskFull }
        return profile.choose(&random)
    }

    /// Takes these steps; those that cannot be taken are left out.
    public func run(_ actions: [Action]) {
        for action in actions where violation == nil { _ = take(action) }
    }

    /// Does one step and checks what can be checked after each.
    /// - Returns: whether there was anything to do.
    @discardableResult
    public func take(_ action: Action) -> Bool {
        var local = SimulatedRandom(seed: action.seed)
        if trace != nil { stepLine = "step \(step): \(action.kind)" }
        guard perform(action, &local) else { return false }
        if let heading = stepLine {
            stepLine = nil
            trace?(heading)
        }
        step += 1
        now.monotonic += UInt64(1 + local.below(20)) * 1_000
        now.wall = 1_700_000_000_000_000_000 + Int64(now.monotonic) + wallOffset
        if disk.isProcessDead {
            end(powerLoss: dyingOfPowerLoss)
        } else if journalFailed {
            end(powerLoss: false)
        }
        if let machine {
            checkStep(machine)
            if machine.isDrained { stopInOrder(machine) }
        }
        if step & 2047 == 0 { checkEverything() }
        return true
    }
}
