// Goal: what camd has acknowledged survives its death, and nothing that was acknowledged as finished runs twice.
// Method: kill -9 under load, a restart on the same state, and counts of executions that are kept outside camd.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Synchronization
import Testing

extension Faults {
    struct CrashRecoveryTests {
        /// What one client was told before camd died, by idempotency key.
        private struct Told: Sendable {
            var admitted: [Text: UInt64] = [:]
            var finished: [Text: [TaskStatus]] = [:]
        }

        private static let agents = 8

        private static func name(_ agent: Int) -> Text { "load-\(agent)" }

        /// Three tasks, two of which leave a mark each time they are carried out.
        private static func graph(_ key: Text) -> [TaskSpec] {
            [
                .test("a", "test.mark", "\(key)/a 3"), .test("b", "test.mark_once", "\(key)/b 3"),
                .test("c", "test.echo", "c", after: ["a", "b"]),
            ]
        }

        /// Commits graph after graph until camd is gone.
        private func load(_ agent: Int, _ bed: TestBed) async throws -> Told {
            let client = try await bed.agent(Self.name(agent), reconnect: .never)
            var told = Told()
            for number in 0... {
                let key: Text = "k-\(agent)-\(number)"
                let waits = number.isMultiple(of: 3)
                do {
                    let answer = try await client.commit(Self.graph(key), key: key, wait: waits)
                    told.admitted[key] = answer.graphID
                    if waits { told.finished[key] = answer.statuses }
                } catch is ConnectionFailure {
                    break
                }
            }
            return told
        }

        @Test func acknowledgedWorkSurvivesKill9AndFinishedWorkIsNotDoneAgain() async throws {
            let bed = try await TestBed.start()
            let long = try await bed.agent("long")
            let running = try await long.commit(
                [.test("once", "test.sleep_once", "60000"), .test("again", "test.sleep", "900")], key: "long")
            try await eventually("both tasks' running") {
                try await long.stats().tasksRunning == 2
            }
            let all = try await withThrowingTaskGroup(of: (Int, Told).self) { group in
                for agent in 0..<Self.agents { group.addTask { (agent, try await load(agent, bed)) } }
                try await Task.sleep(for: .milliseconds(1500))
                try await bed.camd.kill()
                var all: [Int: Told] = [:]
                for try await (agent, told) in group { all[agent] = told }
                return all
            }
            #expect(all.values.reduce(0) { $0 + $1.admitted.count } > 50, "there was no load")
            try await bed.camd.restart()
            try await bed.camd.waitForDrivers(["tester"])

            let again = try await long.ended(graph: running.graphID)
            #expect(again.map(\.state) == [.outcomeUnknown, .succeeded])
            #expect(again[0].reason.string.contains("must not be done twice"), "\(again[0].reason)")
            let marks = try await executions(bed)
            for (agent, told) in all { try await check(agent, told, bed, marks) }
            let verified = try await bed.camd.run("camctl", ["journal", "verify", "--json"])
            #expect(try verified.exitStatus()?.succeeded == true, "\(verified.standardOutput)")
        }

        /// How often each mark was made, when everything has ended.
        private func executions(_ bed: TestBed) async throws -> [Text: ContextEntry] {
            let administrator = try await bed.camd.administrator()
            try await eventually("the end of all tasks") {
                let stats = try await administrator.stats()
                return stats.tasksQueued == 0 && stats.tasksRunning == 0
            }
            let driver = try #require(try await administrator.agents().first { $0.name == "driver:tester" })
            return try await administrator.entries("marks", owner: driver.agentID)
        }

        private func check(_ agent: Int, _ told: Told, _ bed: TestBed, _ marks: [Text: ContextEntry]) async throws {
            let client = try await bed.agent(Self.name(agent))
            for (key, graph) in told.admitted {
                let joined = try await client.commit(Self.graph(key), key: key)
                #expect(joined.graphID == graph, "\(key) was admitted as \(graph) and is \(joined.graphID) now")
                let tasks = try await client.ended(graph: graph)
                let states = tasks.map(\.state)
                let account = tasks.map { "\($0.localID) \($0.state): \($0.reason)" }
                #expect(states[0] == .succeeded, "\(key): \(account)")
                #expect([.succeeded, .outcomeUnknown].contains(states[1]), "\(key): \(account)")
                #expect(states[2] == (states[1] == .succeeded ? .succeeded : .failed), "\(key): \(account)")
                #expect((1...2).contains(marks["\(key)/a"]?.version ?? 0), "\(key): \(account)")
                #expect(marks["\(key)/b"]?.version ?? 0 <= 1, "\(key)/b was done twice")
            }
            for (key, statuses) in told.finished {
                #expect(statuses.allSatisfy { $0.state == .succeeded }, "\(key)")
                #expect(marks["\(key)/a"]?.version == 1 && marks["\(key)/b"]?.version == 1, "\(key) was done again")
            }
        }

        /// Clients that may send their calls again, and do: three crashes, and each graph is there once.
        @Test func clientsWithKeysGetEveryAnswerThroughThreeCrashes() async throws {
            let bed = try await TestBed.start()
            let answers = try await withThrowingTaskGroup(of: [(Text, CommitTaskResponse)].self) { group in
                for agent in 0..<Self.agents { group.addTask { try await work(agent, bed, graphs: 40) } }
                for _ in 0..<3 {
                    try await Task.sleep(for: .milliseconds(500))
                    try await bed.camd.kill()
                    try await bed.camd.restart()
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(answers.map(\.1.graphID)).count == Self.agents * 40)
            let marks = try await executions(bed)
            for (key, answer) in answers {
                let account = answer.statuses.map { "\($0.localID) \($0.state): \($0.reason)" }
                #expect(answer.statuses[0].state == .succeeded, "\(key): \(account)")
                #expect([.succeeded, .outcomeUnknown].contains(answer.statuses[1].state), "\(key): \(account)")
                #expect((1...4).contains(marks["\(key)/a"]?.version ?? 0), "\(key): \(account)")
                #expect(marks["\(key)/b"]?.version ?? 0 <= 1, "\(key)/b was done twice: \(account)")
            }
        }

        private func work(_ agent: Int, _ bed: TestBed, graphs: Int) async throws -> [(Text, CommitTaskResponse)] {
            let client = try await bed.agent(Self.name(agent))
            var answers: [(Text, CommitTaskResponse)] = []
            for number in 0..<graphs {
                let key: Text = "w-\(agent)-\(number)"
                answers.append((key, try await client.commit(Self.graph(key), key: key, wait: true)))
            }
            return answers
        }

        /// A restart in the middle of everything must not be felt by a client that may send its calls again.
        @Test func aClientWithAKeyGetsItsAnswerAcrossARestart() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let before = client.session
            async let answer = client.commit([.test("t", "test.sleep", "1200")], key: "across", wait: true)
            try await eventually("its running") { try await client.stats().tasksRunning == 1 }
            try await bed.camd.kill()
            try await bed.camd.restart()
            let statuses = try await answer.statuses
            #expect(statuses.map(\.state) == [.succeeded])
            let after = client.session
            #expect(after.agentID == before.agentID && after.resumed)
            #expect(try #require(after.kernel).epoch == (try #require(before.kernel)).epoch + 1)
        }
    }
}
