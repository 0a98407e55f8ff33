// The main job with real processes: digest-agent, camd, Redis, sandboxed drivers; and its faults.

import ABI
import CAMClient
import Fixtures
import Foundation
import Linux
import ProtobufWire
import Testing

extension Service {
    struct MainJobTests {
        private static let texts = [
            "license.txt":
                "A free license lets its users copy the program. The license asks them to keep its notices in every copy.",
            "kernel.txt":
                "The kernel decides which driver runs a task. It writes every decision into its journal before it acts.",
            "weather.txt":
                "Rain fell on the northern hills for three days. The rivers rose and the bridges of the valley were closed.",
        ]

        private func documents() throws -> TemporaryFolder {
            let folder = try TemporaryFolder("documents")
            for (name, text) in Self.texts { try folder.file(name, text) }
            return folder
        }

        @Test func digestsAFolderAndFindsItsResultsTheNextTime() async throws {
            let folder = try documents()
            let camd = try await CamdProcess.start()
            // With one driver still starting, the other would get everything.
            try await camd.waitForDrivers()
            let first = try await camd.run("digest-agent", [folder.path])
            #expect(try first.exitStatus()?.succeeded == true, "\(first.standardError)\n\(camd.standardError)")
            #expect(first.standardError.contains("found no results of an earlier run"))
            let output = first.standardOutput
            for name in Self.texts.keys {
                #expect(output.contains("\n\(name)\n---"), "\(name) is missing in:\n\(output)")
            }
            #expect(output.contains("7 tasks: 3 on text-lead, 4 on text-rank"), "\(output)")
            #expect(output.contains("Why text-rank was chosen for the summary of kernel.txt"), "\(output)")
            #expect(output.contains("text-lead with"), "the loser is not explained:\n\(output)")

            // What it stored outlives camd.
            #expect(try await camd.stop().succeeded)
            try await camd.restart()
            let second = try await camd.run("digest-agent", [folder.path])
            #expect(try second.exitStatus()?.succeeded == true, "\(second.standardError)\n\(camd.standardError)")
            #expect(second.standardError.contains("found 7 results from an earlier run"), "\(second.standardError)")
            #expect(second.standardError.contains("7 of them as new versions"), "\(second.standardError)")
        }

        @Test func anAcknowledgedCommitSurvivesACrashAndRunsOnce() async throws {
            let camd = try await CamdProcess.start()
            try await camd.waitForDrivers()
            let client = try await camd.client()
            let text = Array(Self.texts["kernel.txt", default: ""].utf8)
            let tasks = (0..<50).map { TaskSpec(localID: "t\($0)", capability: "text.summarize", input: text) }
            let request = CommitTaskRequest(envelope: Envelope(idempotencyKey: "crash-1"), tasks: tasks)
            let committed = try await client.commitTask(request)
            try await camd.kill()
            try await camd.restart()
            // The client reconnects by itself; the same key names the same graph.
            let again = try await client.commitTask(request, timeout: .seconds(60))
            #expect(again.graphID == committed.graphID)
            #expect(again.tasks == committed.tasks)
            let observe = ObserveTask(graphID: committed.graphID, untilEnded: true)
            let ended = try await client.observe(ObserveRequest(what: .task(observe)), timeout: .seconds(60)).tasks
            #expect(ended.count == 50)
            #expect(ended.allSatisfy { $0.state == .succeeded }, "\(camd.standardError)")
            await client.close()
        }
    }
}
