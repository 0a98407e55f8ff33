// Goal: presets decide as they say; what is granted from a denial is that denial and nothing more, and ends by itself; a
// watched folder is read when it changes; and the journal tells which version was in force when, and who brought it.

import ABI
import CAMClient
import Fixtures
import Foundation
import Linux
import ProtobufWire
import Synchronization
import Testing

extension Service {
    struct PolicyLifeTests {
        private struct Run {
            let code: Int32
            let output: String
            let errors: String
        }

        private func camctl(_ camd: CamdProcess, _ words: [String]) async throws -> Run {
            let child = try await camd.run("camctl", words)
            guard case .exited(let code)? = try child.exitStatus()?.reason else { throw Errno.ECHILD }
            return Run(code: code, output: child.standardOutput, errors: child.standardError)
        }

        /// The decision that a refusal of camctl names.
        private func denial(_ run: Run) throws -> String {
            #expect(run.code == 4, "\(run)")
            return String(try #require(run.errors.firstMatch(of: /camctl explain (\d+-\d+)/)?.1, "\(run)"))
        }

        private static func preset(_ name: String, _ more: String = "") async throws -> CamdProcess {
            var configuration = CamdConfiguration()
            configuration.file = "{ policies: { preset: '\(name)' \(more) } }"
            return try await CamdProcess.start(configuration)
        }

        private func version(_ camd: CamdProcess) async throws -> Text {
            let administrator = try await camd.administrator()
            return try #require(try await administrator.health().kernel).policyVersion
        }

        @Test func underLockedEveryStepTakesAGrantOfItsOwn() async throws {
            let camd = try await Self.preset("locked")
            try await camd.waitForDrivers()
            let recall = ["--as", "worker", "recall", "notes", "todo"]
            let register = try denial(try await camctl(camd, recall))
            // Shown before it is written; without a person and without --yes nothing is.
            let unasked = try await camctl(camd, ["policy", "grant", "--from-denial", register])
            #expect(unasked.code == 2 && unasked.errors.contains("add --yes"), "\(unasked)")
            let granted = try await camctl(
                camd, ["policy", "grant", "--from-denial", register, "--yes", "--for", "1h"])
            #expect(granted.code == 0, "\(granted)")
            let uid = ThisProcess.effectiveUserID
            for part in ["\"worker\", uid \(uid)", "\"agent.register\"", "granted: policy", register] {
                #expect(granted.output.contains(part), "\(part): \(granted.output)")
            }
            // It may come in now, and do nothing else; nor may anybody else come in.
            let refused = try await camctl(camd, recall)
            #expect(refused.errors.contains("context.read on notes"), "\(refused)")
            let another = try await camctl(camd, ["--as", "another"] + recall.dropFirst(2))
            #expect(another.errors.contains("agent.register"), "\(another)")
            let second = try denial(refused)
            #expect(try await camctl(camd, ["policy", "grant", "--from-denial", second, "--yes", "--json"]).code == 0)
            // Allowed, and there is nothing.
            #expect(try await camctl(camd, recall).code == 5)
            #expect(try await camctl(camd, ["--as", "worker", "recall", "other", "todo"]).code == 4)
            #expect(try await camctl(camd, ["--as", "worker", "policy", "query", "x"]).code == 4)

            let file = camd.stateFolder + "/policies.local/grants.json"
            #expect(try File.status(file).mode & 0o777 == 0o600)
            #expect(try File.status(camd.stateFolder + "/policies.local").mode & 0o777 == 0o700)
            #expect(try Directory.list(camd.stateFolder + "/policies.local") == ["grants.json"])
            // It outlives camd, and who takes it out of the file takes it back.
            try await camd.stop()
            try await camd.restart()
            #expect(try await camctl(camd, recall).code == 5)
            try File.unlink(file)
            #expect(try await camctl(camd, ["policy", "reload"]).code == 0)
            #expect(try await camctl(camd, recall).code == 4)
        }

        @Test func aGrantEndsByItself() async throws {
            let camd = try await Self.preset("solo")
            let owner = try await camd.client(name: "owner")
            try await owner.store("notes", "todo", Array("milk".utf8))
            let agents = try await owner.agents()
            let id = try #require(agents.first { $0.name == "owner" }).agentID
            let reader = try await camd.client(name: "reader")
            let refused = try await refusal(.permissionDenied) {
                _ = try await reader.recall("notes", "todo", owner: id)
            }
            let denial = try #require(refused.decisionID)
            let administrator = try await camd.administrator()
            let seconds: UInt32 = 4
            let what = TuneSystemRequest.WhatChoice.policy(
                TunePolicy(what: .grant(TuneGrant(denial: denial, seconds: seconds))))
            // An agent cannot grant itself what it lacks.
            _ = try await refusal(.permissionDenied) { _ = try await reader.tune(what) }
            let answer = try await administrator.tune(what)
            let granted = try #require(answer.granted)
            #expect(granted.owner == id && granted.action == "context.read" && granted.resource == "notes")
            #expect(try await reader.recall("notes", "todo", owner: id).value == Array("milk".utf8))
            _ = try await refusal(.permissionDenied) { _ = try await reader.recall("other", "todo", owner: id) }
            let other = try await camd.client(name: "reader2")
            _ = try await refusal(.permissionDenied) { _ = try await other.recall("notes", "todo", owner: id) }
            try await eventually("the grant's end") {
                do {
                    _ = try await reader.recall("notes", "todo", owner: id)
                    return false
                } catch let failure as CallFailure {
                    #expect(failure.status == .permissionDenied)
                    return true
                }
            }
            #expect(Clock.wall() >= granted.expiresNs)
            #expect(Clock.wall() < granted.expiresNs + 2_000_000_000)
        }

        @Test func teamLetsInItsOperator() async throws {
            let camd = try await Self.preset("team")
            let client = try await camd.client(labels: [Label(name: "use", value: "text")])
            try await client.store("c", "k", [1])
            await client.close()
            #expect(try await camctl(camd, ["policy", "test", "--preset", "team"]).code == 0)
        }

        @Test(.enabled("only root can be somebody else", { ThisProcess.effectiveUserID == 0 }))
        func teamLetsInWhoIsListedAndGivesTheLabelsOfTheList() async throws {
            let camd = try await Self.preset("team", "}, socket: { mode: '0666'")
            for path in [camd.folder.path, camd.folder.path("run")] { try File.changeMode(path, 0o711) }
            func think(_ uid: Int, _ label: String) async throws -> String {
                let tree = try #require(CamdProcess.tree)
                let words = ["--label", label, "policy", "query", "capability.text.summarize"]
                let child = try await ChildProcess.start(
                    "/usr/bin/setpriv",
                    ["--reuid", "\(uid)", "--regid", "\(uid)", "--clear-groups", "\(tree)/bin/camctl"] + words,
                    environment: ["CAM_SOCKET": camd.socketPath, "HOME": camd.folder.path])
                try await child.ended()
                return child.standardOutput + child.standardError
            }
            #expect(try await think(65533, "use=text").contains("uid 65533, or a group of it, must stand in"))
            let members = "{\"team\": {\"members\": [{\"gid\": 65533, \"labels\": {\"use\": [\"text\"]}}]}}"
            try camd.folder.file("state/policies.local/team.json", members)
            #expect(try await camctl(camd, ["policy", "reload"]).code == 0)
            #expect(try await think(65533, "use=text").hasPrefix("allowed"))
            #expect(try await think(65533, "use=*").hasPrefix("denied"))
            #expect(try await think(65532, "use=text").contains("agent.register"))
        }

        /// The old version answers until the new one is ready; every answer is of one of them, and never of the old again.
        @Test func whileALargeSetIsLoadedTheOldOneDecides() async throws {
            let bed = try await TestBed.start(drivers: [])
            let client = try await bed.agent()
            let administrator = try await bed.camd.administrator()
            let rules = (1...4_000).map { "allow if input.resource.name == \"r\($0)\"\n" }
            try bed.folder.file("policies/many.rego", "package cam\n\n" + rules.joined(separator: "\n"))
            let query = QueryPolicyRequest(action: "think")
            let before = try await client.queryPolicy(query, timeout: .seconds(30)).policyVersion
            let isLoaded = Atomic(false)
            let reload = Task {
                let answer = try await administrator.tune(.policy(TunePolicy(what: .reload(TuneNothing()))))
                isLoaded.store(true, ordering: .relaxed)
                return answer.after
            }
            var versions: [Text] = []
            var slowest: Duration = .zero
            while !isLoaded.load(ordering: .relaxed) {
                let start = ContinuousClock.now
                let answer = try await client.queryPolicy(query, timeout: .seconds(30))
                slowest = max(slowest, ContinuousClock.now - start)
                #expect(answer.allow)
                if versions.last != answer.policyVersion { versions.append(answer.policyVersion) }
            }
            let after = try await reload.value
            #expect(after != before)
            #expect(versions.first == before)
            #expect(versions == [before] || versions == [before, after], "\(versions)")
            #expect(slowest < .seconds(2), "nobody waits for the load: \(slowest)")
        }

        @Test func aWatchedFolderIsReadWhenItChanges() async throws {
            let bed = try await TestBed.start(settings: "\"policies.watch\": true")
            let before = try await version(bed.camd)
            try bed.folder.file("policies/open.rego", "package cam\n\nallow if input.action == \"x.y\"\n")
            try await eventually("the new version") { try await version(bed.camd) != before }
            let good = try await version(bed.camd)
            try bed.folder.file("policies/open.rego", "package cam\n\nallow if {\n")
            try await eventually("the refusal's being logged") {
                bed.camd.standardError.contains("event=policy_refused")
            }
            #expect(try await version(bed.camd) == good)
            try File.unlink(bed.folder.path("policies/open.rego"))
            try await eventually("the first version's return") { try await version(bed.camd) == before }
            // The whole folder is replaced by another of its name.
            try File.rename(bed.folder.path("policies"), to: bed.folder.path("old"))
            try bed.folder.folder("policies")
            for name in try Directory.list(bed.folder.path("old")) {
                try File.rename(bed.folder.path("old/\(name)"), to: bed.folder.path("policies/\(name)"))
            }
            try bed.folder.file("policies/more.rego", "package cam\n\nallow if input.action == \"x.z\"\n")
            try await eventually("the other folder's being read") { try await version(bed.camd) != before }
            try bed.folder.file("policies/yet.rego", "package cam\n\nallow if input.action == \"x.a\"\n")
            let third = try await version(bed.camd)
            try await eventually("the other folder's being watched") { try await version(bed.camd) != third }
        }

        /// What is neither watched nor reloaded does not count.
        @Test func withoutWatchingNothingIsRead() async throws {
            let bed = try await TestBed.start(drivers: [])
            let before = try await version(bed.camd)
            try bed.folder.file("policies/open.rego", "package cam\n\nallow if input.action == \"x.y\"\n")
            try await Task.sleep(for: .seconds(1))
            #expect(try await version(bed.camd) == before)
        }

        @Test func historyTellsVersionsAndWhoBroughtThem() async throws {
            let bed = try await TestBed.start(drivers: [])
            let first = try await version(bed.camd)
            let client = try await bed.agent()
            let refused = try await refusal(.permissionDenied) { _ = try await client.recall("c", "k", owner: 99) }
            try bed.folder.file("policies/open.rego", "package cam\n\nallow if input.action == \"x.y\"\n")
            #expect(try await camctl(bed.camd, ["policy", "reload"]).code == 0)
            let second = try await version(bed.camd)
            let denial = try #require(refused.decisionID)
            let grant = ["policy", "grant", "--yes", "--from-denial", "\(denial.epoch)-\(denial.sequence)"]
            #expect(try await camctl(bed.camd, grant).code == 0)
            let third = try await version(bed.camd)
            try File.unlink(bed.folder.path("policies/open.rego"))
            bed.camd.signal(.hangUp)
            try await eventually("a fourth version") { try await version(bed.camd) != third }
            let fourth = try await version(bed.camd)
            let history = try await camctl(bed.camd, ["policy", "history", "--json"])
            let entries = try #require(
                try JSONSerialization.jsonObject(with: Data(history.output.utf8)) as? [[String: Any]])
            #expect(
                entries.compactMap { $0["version"] as? String } == [first, second, third, fourth].map(\.string),
                "\(history.output)")
            let who = entries.compactMap { $0["who"] as? String }
            #expect(who.count == 5 && who[0].hasPrefix("camd's start") && who[4].hasPrefix("SIGHUP"), "\(who)")
            #expect(who[1...3].allSatisfy { $0.hasPrefix("camctl (uid ") }, "\(who)")
            #expect((entries[1]["files"] as? [String])?.contains("policies/open.rego") == true)
            #expect((entries[2]["what"] as? String)?.hasPrefix("grant: test-agent ") == true)
            let table = try await camctl(bed.camd, ["policy", "history", "--limit", "1"])
            #expect(table.output.contains(fourth.string) && !table.output.contains(third.string), "\(table.output)")
            // A decision names the version that made it.
            let explained = try await camctl(bed.camd, ["explain", "\(denial.epoch)-\(denial.sequence)", "--json"])
            #expect(explained.output.contains("\"policy_version\": \"\(first)\""), "\(explained.output)")
        }

        /// Otherwise every edit that waits for its reload would come in with the next grant.
        @Test func aGrantBringsNothingElseIntoForce() async throws {
            let bed = try await TestBed.start(drivers: [])
            let client = try await bed.agent()
            let refused = try await refusal(.permissionDenied) { _ = try await client.recall("c", "k", owner: 99) }
            let before = try await version(bed.camd)
            let administrator = try await bed.camd.administrator()
            let grant = TunePolicy(what: .grant(TuneGrant(denial: refused.decisionID, seconds: 60)))
            try bed.folder.file("policies/open.rego", "package cam\n\nallow if true\n")
            let error = try await refusal(.failedPrecondition) { _ = try await administrator.tune(.policy(grant)) }
            #expect(
                error.message.string.contains("policy files changed since \(before) was loaded"), "\(error.message)")
            #expect(try await version(bed.camd) == before)
            #expect(try !File.exists(bed.camd.stateFolder + "/policies.local/grants.json"))
            try File.unlink(bed.folder.path("policies/open.rego"))
            // One after the other: the file of grants is part of what is compared.
            for _ in 1...2 { _ = try await administrator.tune(.policy(grant)) }
            let history = try await camctl(bed.camd, ["policy", "history"])
            let grants = history.output.split(separator: "\n").filter { $0.contains("grant: ") }
            #expect(grants.map { $0.contains("not in force") } == [true, false, false], "\(history.output)")
        }

        /// Policies without the rule that reads grants: nothing is written that would mean nothing.
        @Test func aGrantThatNothingReadsIsRefused() async throws {
            let bed = try await TestBed.start(drivers: [])
            let client = try await bed.agent()
            let refused = try await refusal(.permissionDenied) { _ = try await client.recall("c", "k", owner: 99) }
            try File.unlink(bed.folder.path("policies/grants.rego"))
            #expect(try await camctl(bed.camd, ["policy", "reload"]).code == 0)
            let administrator = try await bed.camd.administrator()
            let grant = TunePolicy(what: .grant(TuneGrant(denial: refused.decisionID, seconds: 60)))
            let error = try await refusal(.failedPrecondition) { _ = try await administrator.tune(.policy(grant)) }
            #expect(error.message.string.contains("data.cam.granted"), "\(error.message)")
            #expect(try !File.exists(bed.camd.stateFolder + "/policies.local/grants.json"))
        }
    }
}
