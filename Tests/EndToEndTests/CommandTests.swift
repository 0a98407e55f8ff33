// Goal: every command of camctl that people and scripts use says what it says as JSON too, and ends as its help says.

import ABI
import CAMClient
import Fixtures
import Foundation
import Linux
import ProtobufWire
import Testing

extension Service {
    struct CommandTests {
        private func json(_ child: ChildProcess) throws -> Any {
            try JSONSerialization.jsonObject(with: Data(child.standardOutput.utf8), options: .fragmentsAllowed)
        }

        @Test func everyCommandAnswersInJSON() async throws {
            let camd = try await CamdProcess.start()
            try await camd.waitForDrivers()
            let folder = try TemporaryFolder("documents")
            try folder.file(
                "one.txt", "A kernel decides who may use the machine. Processes ask, and the kernel answers.")
            let run = try await camd.run("digest-agent", [folder.path])
            #expect(try run.exitStatus()?.succeeded == true, "\(run.standardError)")
            let decision = try #require(run.standardOutput.firstMatch(of: /\(decision (\d+-\d+)\)/)?.1)
            for words in [
                ["status"], ["agents"], ["drivers"], ["drivers", "text-rank"], ["tasks"], ["tasks", "1"], ["stats"],
                ["explain", String(decision)], ["explain", "task:1"], ["policy", "query", "tune.drain"],
                ["journal", "verify"], ["doctor"], ["config", "show", "--origin"],
            ] {
                let child = try await camd.run("camctl", words + ["--json"])
                let denied = words == ["policy", "query", "tune.drain"]
                #expect(
                    try child.exitStatus()?.reason == .exited(denied ? 4 : 0),
                    "\(words): \(child.standardError)\(child.standardOutput)")
                #expect(throws: Never.self, "\(words): \(child.standardOutput)") { try json(child) }
            }
        }

        @Test func withoutCamdProgramsSayItInOneSentence() async throws {
            let (tree, _) = try TestTree.require()
            let folder = try TemporaryFolder("none")
            try folder.file("one.txt", "Some words.")
            let socket = folder.path("none.sock")
            let environment = [
                "CAM_SOCKET": socket, "CAM_ADMIN_SOCKET": folder.path("none-admin.sock"),
                "CAM_STATE_DIR": folder.path("state"), "CAM_RUNTIME_DIR": folder.path,
            ]
            for words in [
                ["camctl", "status"], ["camctl", "drivers"], ["camctl", "think", "text.summarize", "/etc/hostname"],
                ["digest-agent", folder.path],
            ] {
                let child = try await ChildProcess.start(
                    "\(tree)/bin/\(words[0])", Array(words.dropFirst()), environment: environment)
                #expect(try await child.ended().reason == .exited(3), "\(words): \(child.standardError)")
                #expect(child.standardError.contains("camd is not running"), "\(words): \(child.standardError)")
                #expect(child.standardOutput.isEmpty)
            }
        }
    }
}
