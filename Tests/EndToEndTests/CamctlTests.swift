// camctl against a real camd: every command that asks it something, as tables and as JSON, and how each ends.

import Fixtures
import Foundation
import Linux
import Testing

@Suite(.enabled(if: CamdProcess.tree != nil, "CAM_TREE does not name an installed tree"))
struct CamctlTests {
    private static let document = """
        A kernel decides who may use the machine. It does so at one door. Processes ask, and the kernel answers. A small \
        kernel is easier to trust than a large one. What need not be in the kernel is kept outside of it.
        """

    private struct Run {
        var code: Int32
        var output: String
        var errors: String

        func json() throws -> Any {
            try JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed)
        }
    }

    private func camctl(_ camd: CamdProcess, _ arguments: [String]) async throws -> Run {
        let child = try await camd.run("camctl", arguments)
        let status = try #require(try child.exitStatus())
        guard case .exited(let code) = status.reason else {
            Issue.record("camctl \(arguments) ended by \(status): \(child.standardError)")
            return Run(code: -1, output: child.standardOutput, errors: child.standardError)
        }
        return Run(code: code, output: child.standardOutput, errors: child.standardError)
    }

    @Test func theCommandsOfAnOrdinaryDayWork() async throws {
        let camd = try await CamdProcess.start()
        try await camd.waitForDrivers()
        let status = try await camctl(camd, ["status"])
        #expect(status.code == 0, "\(status.errors)\(status.output)")
        #expect(status.output.hasPrefix("camd "))
        for (words, expected) in [
            (["agents"], "camctl"), (["drivers"], "text-rank"), (["drivers", "text-lead"], "text.summarize"),
            (["stats"], "journal records"), (["tasks"], "TASK"),
        ] {
            let text = try await camctl(camd, words)
            #expect(text.code == 0, "\(words): \(text.errors)")
            #expect(text.output.contains(expected), "\(words): \(text.output)")
            let json = try await camctl(camd, words + ["--json"])
            #expect(json.code == 0, "\(words): \(json.errors)")
            #expect(throws: Never.self, "\(words): \(json.output)") { try json.json() }
        }
        #expect(try await camctl(camd, ["driver", "logs", "text-lead"]).code == 0)
        #expect(try await camctl(camd, ["drivers", "text-laed"]).errors.contains("did you mean 'text-lead'?"))
    }

    @Test func aThoughtIsPrintedAndExplained() async throws {
        let camd = try await CamdProcess.start()
        try await camd.waitForDrivers()
        let file = try camd.folder.file("document.txt", Self.document)
        let think = ["think", "text.summarize", file, "--label", "use=text"]
        let thought = try await camctl(camd, think)
        #expect(thought.code == 0, "\(thought.errors)")
        #expect(!thought.output.isEmpty)
        let decision = try #require(thought.errors.firstMatch(of: /decision (\d+-\d+)/)?.1)
        let explained = try await camctl(camd, ["explain", String(decision)])
        #expect(explained.code == 0, "\(explained.errors)")
        #expect(explained.output.contains("text-lead") && explained.output.contains("text-rank"), "\(explained.output)")
        let cheap = try await camctl(camd, think + ["--weights", "0,1,0", "--json"])
        #expect((try cheap.json() as? [String: Any])?["executor"] as? String == "text-lead", "\(cheap.output)")
        let good = try await camctl(camd, think + ["--weights", "0,0,1", "--stream"])
        #expect(good.code == 0 && good.errors.contains("text-rank"), "\(good.errors)")
        #expect(try await camctl(camd, ["explain", "1-999999999"]).code == 5)
        #expect(try await camctl(camd, ["think", "no.such.thing", file, "--label", "use=text"]).code != 0)
    }

    @Test func aValueIsRememberedComparedAndRecalled() async throws {
        let camd = try await CamdProcess.start()
        let file = try camd.folder.file("value", "größe\n")
        let stored = try await camctl(camd, ["remember", "notes", "a/b", file, "--if-version", "0"])
        #expect(stored.code == 0 && stored.output == "version 1\n", "\(stored.errors)")
        #expect(try await camctl(camd, ["remember", "notes", "a/b", file, "--if-version", "0"]).code == 8)
        #expect(try await camctl(camd, ["recall", "notes", "a/b"]).output == "größe\n")
        #expect(try await camctl(camd, ["recall", "notes", "none"]).code == 5)
        let list = try await camctl(camd, ["list", "notes", "a/", "--json"])
        let entries = try #require(try list.json() as? [[String: Any]])
        #expect(entries.map { $0["key"] as? String } == ["a/b"])
        // Another agent's context is that agent's.
        #expect(try await camctl(camd, ["--as", "somebody", "recall", "notes", "a/b"]).code == 5)
    }

    @Test func policyIsAskedAndLoadedAgain() async throws {
        let camd = try await CamdProcess.start()
        let allowed = try await camctl(camd, ["policy", "query", "context.write", "notes"])
        #expect(allowed.code == 0 && allowed.output.hasPrefix("allowed"), "\(allowed.output)\(allowed.errors)")
        let denied = try await camctl(camd, ["policy", "query", "tune.drain"])
        #expect(denied.code == 4 && denied.output.hasPrefix("denied"), "\(denied.output)\(denied.errors)")
        let reload = try await camctl(camd, ["policy", "reload"])
        #expect(reload.code == 0, "\(reload.errors)")
    }

    @Test func administrationDrainsResumesAndRestartsDrivers() async throws {
        let camd = try await CamdProcess.start()
        try await camd.waitForDrivers()
        let file = try camd.folder.file("document.txt", Self.document)
        let think = ["think", "text.summarize", file, "--label", "use=text"]
        #expect(try await camctl(camd, ["drain"]).code == 0)
        #expect(try await camctl(camd, think).code != 0)
        #expect(try await camctl(camd, ["resume"]).code == 0)
        #expect(try await camctl(camd, ["driver", "restart", "text-lead"]).code == 0)
        try await camd.waitForDrivers()
        #expect(try await camctl(camd, think).code == 0)
        #expect(try await camctl(camd, ["driver", "restart", "none"]).code == 5)
    }

    @Test func eventsAreFollowedAsTheyHappen() async throws {
        let camd = try await CamdProcess.start()
        let tree = try #require(CamdProcess.tree)
        let follower = try await ChildProcess.start(
            "\(tree)/bin/camctl", ["events", "--kind", "agent", "--json"], environment: camd.environment)
        // Until the follower listens nothing is told; what comes after that is.
        try await eventually("an event", within: 30) {
            _ = try await camctl(camd, ["--as", "passer-by", "list", "notes"])
            return follower.standardOutput.contains("passer-by")
        }
        let line = try #require(follower.standardOutput.split(separator: "\n").first)
        let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(event["kind"] as? String == "agent")
        try await camd.stop()
        // The stream ends with camd, and says so.
        #expect(try await follower.ended(within: 30).reason == .exited(3), "\(follower.standardError)")
    }

    @Test func theJournalIsCheckedWhileCamdRunsAndAfterwards() async throws {
        let camd = try await CamdProcess.start()
        #expect(try await camctl(camd, ["status"]).code == 0)
        let running = try await camctl(camd, ["journal", "verify"])
        #expect(running.code == 0, "\(running.output)\(running.errors)")
        try await camd.stop()
        let stopped = try await camctl(camd, ["journal", "verify", "--json"])
        let report = try #require(try stopped.json() as? [String: Any])
        #expect(report["sound"] as? Bool == true)
        #expect(try await camctl(camd, ["status"]).code == 3)
        try damage(camd)
        let damaged = try await camctl(camd, ["journal", "verify"])
        #expect(damaged.code == 6, "\(damaged.output)")
        #expect(damaged.output.contains("DAMAGE:"), "\(damaged.output)")
    }

    /// Flips one bit in the middle of the records.
    private func damage(_ camd: CamdProcess) throws {
        let folder = camd.stateFolder + "/journal"
        let segment = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".camj") }.min())
        let url = URL(fileURLWithPath: folder + "/" + segment)
        var bytes = try Data(contentsOf: url)
        let place = try #require(bytes.indices.dropFirst(4096 + 32).first { bytes[$0] != 0 })
        bytes[place] ^= 1
        try bytes.write(to: url)
    }

    @Test func theDoctorFindsNothingInTheWay() async throws {
        let camd = try await CamdProcess.start()
        let doctor = try await camctl(camd, ["doctor"])
        #expect(doctor.code == 0, "\(doctor.output)\(doctor.errors)")
        #expect(doctor.output.contains("camd listens"), "\(doctor.output)")
    }
}
