// Goal: with no room for the journal camd refuses clearly what it cannot record, goes on with reads, and recovers by itself.
// Method: a journal with a small bound, and a small file system of its own that a test fills and empties.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension Faults {
    struct DiskFullTests {
        /// Commits graphs with large inputs until one is refused for want of room, then ever smaller ones.
        private func fillJournal(_ client: CAMClient) async throws {
            for size in [96 << 10, 4 << 10, 0] {
                expectClear(try await fillJournal(client, [UInt8](repeating: 0x61, count: size)))
            }
        }

        private func fillJournal(_ client: CAMClient, _ input: [UInt8]) async throws -> CallError {
            for number in 0..<2_000 {
                let task = TaskSpec(localID: "t", capability: "test.echo", input: input)
                do {
                    _ = try await client.commit([task], key: "fill-\(input.count)-\(number)", wait: true)
                } catch let failure as CallFailure {
                    #expect(failure.status == .unavailable, "\(failure)")
                    return failure.error
                }
            }
            Issue.record("2000 inputs of \(input.count) bytes fit into the journal")
            return CallError()
        }

        private func expectClear(_ error: CallError) {
            #expect(error.message.string.contains("the journal has no room"), "\(error.message)")
            #expect((error.retryAfterMs ?? 0) > 0)
        }

        private func isFull(_ error: any Error) -> Bool {
            (error as? CallFailure)?.error.message.string.contains("the journal has no room") ?? false
        }

        /// What the journal has in reserve lets calls in that redis cannot carry out: it ends at once when it cannot write.
        @Test(.enabled(SmallDisk.reason, { try await SmallDisk.isPossible() }))
        func aStoreOnAFullDiskIsRefusedAndComesBackWhenThereIsRoom() async throws {
            let bed = try await TestBed.start(
                drivers: [], settings: "\"journal.segment_mib\": 1", startedThrough: SmallDisk.starter(mebibytes: 32))
            let client = try await bed.agent()
            try await client.store("c", "k", [1, 2, 3])
            let disk = SmallDisk(folder: "/proc/\(bed.camd.pid)/root\(bed.camd.stateFolder)")
            try disk.fill()
            for number in 0..<3 {
                do {
                    try await client.store("c", "large", [UInt8](repeating: UInt8(number), count: 300 << 10))
                    Issue.record("300 KiB were stored on a full disk")
                } catch let failure as CallFailure {
                    #expect([.unavailable, .unknown, .resourceExhausted].contains(failure.status), "\(failure)")
                }
            }
            try await eventually("reading on a full disk", within: 20) {
                do {
                    return try await client.recall("c", "k").value == [1, 2, 3]
                } catch let failure as CallFailure where failure.status == .unavailable {
                    return false
                }
            }
            try disk.empty()
            try await eventually("storing when there is room", within: 30) {
                do {
                    return try await client.store("c", "k", [4]) > 1
                } catch let failure as CallFailure where [.unavailable, .unknown].contains(failure.status) {
                    return false
                }
            }
            #expect(try await client.recall("c", "k").value == [4])
        }

        /// What must go on while nothing can be recorded.
        private func expectReadsGoOn(_ client: CAMClient, stored: [UInt8], explain decision: DecisionID?) async throws {
            #expect(try await client.recall("c", "k").value == stored)
            let health = try await client.health()
            #expect(!health.healthy && health.parts.first { $0.name == "journal" }?.healthy == false)
            let explained = try await client.explainAction(
                ExplainActionRequest(what: decision.map { .decision($0) }), timeout: .seconds(30))
            #expect(!explained.text.isEmpty)
            let answer = try await client.queryPolicy(QueryPolicyRequest(action: "think", resource: "test.echo"))
            #expect(answer.allow)
        }

        @Test func aBoundedJournalRefusesClearlyAndGoesOnReading() async throws {
            let bed = try await TestBed.start(settings: "\"journal.segment_mib\": 1, \"journal.max_mib\": 3")
            let client = try await bed.agent()
            try await client.store("c", "k", [1, 2, 3])
            let first = try await client.commit([.test("t", "test.echo", "x")], key: "first", wait: true)
            try await fillJournal(client)
            try await expectReadsGoOn(client, stored: [1, 2, 3], explain: first.decisionID)
            expectClear(try await refusal(.unavailable) { try await client.store("c", "k", [4]) })
            expectClear(try await refusal(.unavailable) { _ = try await client.run("test.echo", "x") })
            // What was acknowledged is answered again, the same.
            let again = try await client.commit([.test("t", "test.echo", "x")], key: "first", wait: true)
            #expect(again.graphID == first.graphID && again.statuses.map(\.state) == [.succeeded])
            // An administrator has room kept for what he does, and denials are recorded.
            let spared = try await bed.camd.administrator()
            _ = try await spared.tune(.drain(TuneNothing()))
            _ = try await refusal(.permissionDenied) { _ = try await client.tune(.resume(TuneNothing())) }
            try await expectTheJournalIsSound(bed)
        }

        private func expectTheJournalIsSound(_ bed: TestBed) async throws {
            let verified = try await bed.camd.run("camctl", ["journal", "verify"])
            #expect(try verified.exitStatus()?.succeeded == true, "\(verified.standardOutput)\(verified.standardError)")
        }

        @Test(.enabled(SmallDisk.reason, { try await SmallDisk.isPossible() }))
        func aFullDiskRefusesClearlyAndRecoversWhenThereIsRoom() async throws {
            let bed = try await TestBed.start(
                settings: "\"journal.segment_mib\": 1", startedThrough: SmallDisk.starter(mebibytes: 48))
            let client = try await bed.agent()
            try await client.store("c", "k", [1, 2, 3])
            let first = try await client.commit([.test("t", "test.echo", "x")], key: "first", wait: true)
            let disk = SmallDisk(folder: "/proc/\(bed.camd.pid)/root\(bed.camd.stateFolder)")
            try disk.fill()
            try await fillJournal(client)
            try await expectReadsGoOn(client, stored: [1, 2, 3], explain: first.decisionID)
            expectClear(try await refusal(.unavailable) { try await client.store("c", "k", [4]) })
            try disk.empty()
            let later = try await eventually("recovery when there is room", within: 20) {
                do {
                    return try await client.commit([.test("t", "test.echo", "room")], wait: true)
                } catch  where isFull(error) {
                    return nil
                }
            }
            #expect(later.statuses.map(\.state) == [.succeeded])
            try await client.store("c", "k", [5])
            #expect(try await client.recall("c", "k").value == [5])
            #expect(try await client.health().healthy)
        }
    }
}

/// A file system in memory that only camd and its children see, below camd's state folder. It goes away with them.
struct SmallDisk {
    /// The state folder as seen from here.
    let folder: String

    /// Starts a program (the words that follow these) with a file system of so many MiB at `$CAM_STATE_DIR`, which dies with us.
    static func starter(mebibytes: Int) -> [String] {
        let mount = "mount -t tmpfs -o mode=700,size=\(mebibytes)m none \"$CAM_STATE_DIR\""
        let end = "exec setpriv --pdeathsig KILL \"$@\""
        let (user, group) = (ThisProcess.effectiveUserID, ThisProcess.groupID)
        // A user mounts as the root of a namespace of his own, and is himself again in another one inside of it.
        return user == 0
            ? ["/usr/bin/unshare", "-m", "/bin/sh", "-c", "\(mount) && \(end)", "sh"]
            : [
                "/usr/bin/unshare", "-U", "-r", "-m", "/bin/sh", "-c",
                "\(mount) && exec unshare -U --map-user=\(user) --map-group=\(group) /bin/sh -c '\(end)' sh \"$@\"",
                "sh",
            ]
    }

    static let reason: Comment =
        "a mount namespace of one's own cannot be had here, or the tree is another user's, whom it would not know"

    static func isPossible() async throws -> Bool {
        let launcher = try File.status("\(try TestTree.require().tree)/bin/cam-sandbox")
        guard launcher.userID == ThisProcess.effectiveUserID else { return false }
        let folder = try TemporaryFolder("mount")
        let words = starter(mebibytes: 1) + ["/bin/true"]
        let trial = try await ChildProcess.start(
            words[0], Array(words.dropFirst()), environment: ["CAM_STATE_DIR": folder.path])
        return try await trial.ended(within: 10).succeeded
    }

    /// Takes all the room that is left.
    func fill() throws {
        let ballast = try File.open("\(folder)/ballast", [.writeOnly, .create, .append])
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while !chunk.isEmpty {
            do {
                try File.writeAll(ballast.rawValue, chunk)
            } catch {
                guard error == .ENOSPC else { throw error }
                chunk.removeLast((chunk.count + 1) / 2)
            }
        }
    }

    func empty() throws { try File.unlink("\(folder)/ballast") }
}
