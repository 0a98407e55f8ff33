// The command line of cam-sim.

import CommandLineInterface
import Linux
import Planted
import Simulator

enum SimulateCommand {
    static let version = "0.1.0"

    static let seed = Option.integer(
        "seed", "N", 0...Int.max, "The world to run, or the first of several; a fresh one by default, which is printed."
    )
    static let seeds = Option.integer(
        "seeds", "N", 1...1_000_000_000, "How many worlds, one after another; 1 by default.")
    static let steps = Option.integer(
        "steps", "N", 1...100_000_000, "Steps in each world before it comes to rest; 10,000 by default.")
    static let minutes = Option.integer("minutes", "N", 1...100_000, "World after world for so long.")
    static let trace = Option.flag("trace", "Print every step and everything that the kernel asks for.")
    static let whole = Option.flag("whole", "Do not look for a shorter run that fails.")
    static let coverage = Option.flag("coverage", "Print how often each rare path was taken; fail where one never was.")
    static let digest = Option.flag("digest", "Print what the run was, as two checksums: equal for equal runs.")
    static let plant = Option.text("plant", "BUG", "A bug to put in; only in a build with CAM_PLANTED=1.")

    static let root = Command(
        "cam-sim", "Run the real kernel in a world that goes wrong, and check its promises after each step.",
        discussion: """
            Everything follows from the seed: the same seed and number of steps give the same run, to the byte. A run that
            breaks a promise is made as short as possible and printed, and the program ends with code 1.
            """,
        options: [
            seed.declaration, seeds.declaration, steps.declaration, minutes.declaration, trace.declaration,
            whole.declaration, coverage.declaration, digest.declaration, plant.declaration,
        ]
    ) { invocation, console in
        try plant(invocation)
        let first = try invocation[seed].map { UInt64($0) } ?? freshSeed()
        if invocation[trace] { return traced(first, invocation, console) }
        return many(from: first, invocation, console)
    }

    private static func freshSeed() throws -> UInt64 {
        // Short enough to be typed.
        try Randomness.uint64() >> 24
    }

    private static func plant(_ invocation: Invocation) throws {
        guard let name = invocation[plant] else { return }
        guard let bug = PlantedBug(rawValue: name) else {
            throw invocation.usageError(
                "there is no bug '\(name)'; there are \(PlantedBug.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        #if PLANTED_BUGS
        PlantedBug.current = bug
        #else
        throw invocation.usageError("\(bug.rawValue) cannot be put in: this program was built without CAM_PLANTED=1")
        #endif
    }

    /// Runs worlds until one fails, all have passed, or the time is over.
    private static func many(from first: UInt64, _ invocation: Invocation, _ console: Console) -> ExitCode {
        let steps = invocation[steps] ?? 10_000
        let began = Clock.monotonic()
        let end = invocation[minutes].map { began + UInt64($0) * 60_000_000_000 }
        let count = invocation[seeds].map { UInt64($0) } ?? (end == nil ? 1 : .max)
        var covered = Coverage()
        var total: UInt64 = 0
        var worlds: UInt64 = 0
        while worlds < count, end.map({ Clock.monotonic() < $0 }) ?? true {
            let result = Simulation.run(seed: first &+ worlds, steps: steps)
            worlds += 1
            total += UInt64(result.steps)
            covered.add(result.coverage)
            if invocation[digest] {
                console.line(
                    "seed \(result.seed) digest \(result.digest) journal \(result.journal) records \(result.records)")
            }
            if result.violation != nil { return failed(result, worlds, invocation, console) }
        }
        let seconds = Double(Clock.monotonic() - began) / 1e9
        console.line(
            "\(worlds) worlds from seed \(first), \(total) steps in \(rounded(seconds)) s: \(Int(Double(total) / max(seconds, 1e-9))) steps/s; every promise was kept"
        )
        return invocation[coverage] ? report(covered, console) : .ok
    }

    /// Of a run that could not be made short.
    private static let linesMax = 300

    private static func rounded(_ number: Double) -> Double { (number * 10).rounded() / 10 }

    private static func report(_ covered: Coverage, _ console: Console) -> ExitCode {
        for (path, count) in covered.all { console.line("\(count)\t\(path.rawValue)") }
        let missing = covered.missing()
        guard missing.isEmpty else {
            console.error("never reached: \(missing.map(\.rawValue).joined(separator: "; "))")
            return .failed
        }
        return .ok
    }

    private static func failed(
        _ result: SimulationResult, _ worlds: UInt64, _ invocation: Invocation, _ console: Console
    ) -> ExitCode {
        console.line("seed \(result.seed), world \(worlds): \(result.violation?.description ?? "")")
        if invocation[whole] { return .failed }
        let shortest = Simulation.shortest(result)
        console.line("the shortest run that still fails has \(shortest.actions.count) steps:")
        var lines: [String] = []
        _ = Simulation.run(seed: result.seed, shortest.actions) { lines.append($0) }
        if lines.count > linesMax { console.line("… \(lines.count - linesMax) lines before these") }
        for line in lines.suffix(linesMax) { console.line(line) }
        console.line(shortest.violation?.description ?? "")
        console.line("again: cam-sim --seed \(result.seed) --steps \(invocation[steps] ?? 10_000) --trace")
        return .failed
    }

    private static func traced(_ seed: UInt64, _ invocation: Invocation, _ console: Console) -> ExitCode {
        let world = World(seed: seed)
        world.trace = { console.line($0) }
        _ = world.run(steps: invocation[steps] ?? 10_000)
        world.settle()
        guard let violation = world.violation else { return .ok }
        console.line(violation.description)
        return .failed
    }
}
