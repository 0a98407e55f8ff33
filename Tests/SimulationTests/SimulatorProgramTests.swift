// cam-sim as a program: many worlds, the same run in two processes, and the bugs that were planted for it to find.

import Fixtures
import Linux
import Planted
import Testing

/// Runs the cam-sim of the tree under test.
@Suite(.enabled(if: CamdProcess.tree != nil, "CAM_TREE does not name an installed tree"))
struct SimulatorProgramTests {
    private func simulate(_ arguments: [String], seconds: Double = 120) async throws -> (
        status: Linux.ExitStatus, output: String
    ) {
        let process = try await ChildProcess.start((CamdProcess.tree ?? "") + "/bin/cam-sim", arguments)
        let status = try await process.ended(within: seconds)
        return (status, process.standardOutput + process.standardError)
    }

    /// Every rare path has to be taken in these worlds, or they show little.
    @Test func twoHundredWorldsReachEveryRarePath() async throws {
        let (status, output) = try await simulate(["--seed", "1", "--seeds", "200", "--steps", "5000", "--coverage"])
        #expect(status.succeeded, "\(output)")
    }

    @Test func freshWorldsKeepEveryPromise() async throws {
        let (status, output) = try await simulate(["--seeds", "100", "--steps", "5000"])
        print("cam-sim: \(output)")
        #expect(status.succeeded, "\(output)")
    }

    /// Dictionaries are in another order in every process: none of it may reach the journal or an answer.
    @Test func theSameSeedIsTheSameRunInTwoProcesses() async throws {
        let arguments = ["--seed", "900", "--seeds", "20", "--steps", "3000", "--digest"]
        async let first = simulate(arguments)
        async let second = simulate(arguments)
        let digests = try await [first, second].map { run in
            run.output.split(separator: "\n").filter { $0.hasPrefix("seed ") }
        }
        #expect(digests[0].count == 20)
        #expect(digests[0] == digests[1])
    }

    @Test func aBugThatIsNotPlantedCannotBePutIn() async throws {
        let (status, output) = try await simulate(["--plant", "credit-leak"])
        #expect(status.reason == .exited(2))
        #expect(output.contains("CAM_PLANTED=1"))
    }
}

/// A cam-sim that was built with the bugs in it, one of which is put in for each run.
private var planted: String? { ThisProcess.environment("CAM_PLANTED_SIM").flatMap { $0.isEmpty ? nil : $0 } }

@Suite(.enabled(if: planted != nil, "CAM_PLANTED_SIM does not name a cam-sim that was built with CAM_PLANTED=1"))
struct PlantedBugTests {
    @Test(arguments: PlantedBug.allCases)
    func isFoundWithinAThousandSeeds(_ bug: PlantedBug) async throws {
        let arguments = ["--plant", bug.rawValue, "--seed", "1", "--seeds", "1000", "--steps", "3000"]
        let process = try await ChildProcess.start(planted ?? "", arguments)
        let status = try await process.ended(within: 240)
        #expect(status.reason == .exited(1), "\(process.standardOutput)\(process.standardError)")
        let output = process.standardOutput
        #expect(output.contains("violated: "))
        #expect(output.contains("the shortest run that still fails has "))
    }

    @Test func nothingIsFoundWithoutABug() async throws {
        let process = try await ChildProcess.start(planted ?? "", ["--seed", "1", "--seeds", "50", "--steps", "3000"])
        #expect(try await process.ended(within: 240).succeeded, "\(process.standardOutput)")
    }
}
