// Goal: whatever a driver does to itself, the call ends, with a result from elsewhere or with a reason.
// Method: real drivers are killed, crash and hang in the middle of work.

import ABI
import CAMClient
import Fixtures
import ProtobufWire
import Testing

extension Faults {
    struct DriverFaultTests {
        /// The driver's own process inside its sandbox, not the launcher.
        private func kill(_ driver: DriverStatus) throws {
            let inside = try ObservedProcess.descendants(of: driver.pid).filter { $0.name == "test-driver" }
            let process = try #require(inside.last, "driver \(driver.name) has no process below \(driver.pid)")
            try process.kill()
        }

        @Test func workOfAKilledDriverIsDoneByAnother() async throws {
            let bed = try await TestBed.start(drivers: [TestDriver(name: "first"), TestDriver(name: "second")])
            let client = try await bed.agent()
            let graph = try await client.commit((0..<6).map { .test("t\($0)", "test.sleep", "2000") })
            let first = try await eventually("all tasks' running") {
                let tasks = try await client.observe(
                    ObserveRequest(what: .task(ObserveTask(graphID: graph.graphID)))
                ).tasks
                return tasks.allSatisfy { $0.state == .running } ? tasks.first : nil
            }
            let victim = try await bed.driver(first.executor, client)
            async let thought = client.say("test.sleep", "1500")
            try kill(victim)
            let ended = try await client.ended(graph: graph.graphID)
            #expect(ended.allSatisfy { $0.state == .succeeded }, "\(ended.map(\.reason))")
            let moved = try #require(ended.first { $0.taskID == first.taskID })
            #expect(moved.attempts == 2)
            #expect(moved.executor != first.executor)
            #expect(try await thought == "slept 1500")
            try await eventually("the killed driver's return") {
                let driver = try await bed.driver(first.executor, client)
                return driver.state == "ready" && driver.restarts >= 1 && driver.lastExit.string.contains("SIGKILL")
            }
        }

        @Test func workThatMustNotBeDoneTwiceIsReportedAndNotRepeated() async throws {
            let bed = try await TestBed.start(drivers: [TestDriver(name: "first"), TestDriver(name: "second")])
            let client = try await bed.agent()
            let graph = try await client.commit([
                .test("once", "test.sleep_once", "60000"), .test("after", "test.echo", after: ["once"]),
            ])
            let task = try #require(graph.tasks.first).taskID
            let executor = try await eventually("the task's running") {
                let status = try await client.status(task: task)
                return status.state == .running ? status.executor : nil
            }
            async let refused = refusal(.unknown) {
                // To the same driver: there is nothing else to do for either, so both may be asked; both are killed.
                _ = try await client.run("test.sleep_once", "60000")
            }
            try await eventually("both being at work") {
                try await client.drivers().reduce(0) { $0 + $1.busy } == 2
            }
            for driver in try await client.drivers() { try kill(driver) }
            let ended = try await client.ended(graph: graph.graphID)
            #expect(ended.map(\.state) == [.outcomeUnknown, .failed])
            #expect(ended[0].executor == executor && ended[0].attempts == 1)
            #expect(ended[0].reason.string.contains("must not be done twice"), "\(ended[0].reason)")
            #expect(ended[1].reason.string.contains("once"), "\(ended[1].reason)")
            let error = try await refused
            #expect(error.message.string.contains("must not be done twice"), "\(error.message)")
        }

        @Test func aDriverThatCrashesAtEveryAttemptFailsTheTaskAndServesTheNextOne() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let ended = try await client.commit([.test("bad", "test.crash")], wait: true).statuses
            let task = try #require(ended.first)
            #expect(task.state == .failed)
            #expect(task.statusCode == UInt32(Status.unavailable.rawValue))
            #expect(task.reason.string.contains("tried 4 times"), "\(task.reason)")
            #expect(try await client.say("test.echo", "still here") == "still here")
            let driver = try await bed.driver("tester", client)
            #expect(driver.failures >= 4)
            #expect(!driver.lastExit.isEmpty)
        }

        @Test func aDriverThatHangsIsKilledAndTheCallEndsAtItsTimeLimit() async throws {
            let bed = try await TestBed.start(drivers: [TestDriver(callTimeoutMilliseconds: 700)])
            let client = try await bed.agent()
            let before = try await bed.driver("tester", client)
            _ = try await refusal(.deadlineExceeded) { _ = try await client.run("test.hang") }
            try await eventually("the hung driver's being replaced", within: 15) {
                let driver = try await bed.driver("tester", client)
                return driver.state == "ready" && driver.pid != before.pid
            }
            #expect(try await client.say("test.echo", "fresh") == "fresh")
        }

        @Test func everyCallEndsWhileDriversAreKilledAgainAndAgain() async throws {
            let bed = try await TestBed.start(drivers: [TestDriver(name: "first"), TestDriver(name: "second")])
            let client = try await bed.agent()
            let ends = try await withThrowingTaskGroup(of: [Bool].self) { group in
                for worker in 0..<8 { group.addTask { try await work(client, worker) } }
                for round in 0..<6 {
                    try await Task.sleep(for: .milliseconds(400))
                    let victim = try await bed.driver(round.isMultiple(of: 2) ? "first" : "second", client)
                    for process in try ObservedProcess.descendants(of: victim.pid) where process.name == "test-driver" {
                        try process.kill()
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(ends.count == 8 * 60)
            #expect(ends.count { $0 } > 300, "only \(ends.count { $0 }) of \(ends.count) calls succeeded")
            try await eventually("both drivers' return") {
                try await client.drivers().allSatisfy { $0.state == "ready" && $0.busy == 0 }
            }
            let stats = try await client.stats()
            #expect(stats.tasksRunning == 0 && stats.tasksQueued == 0 && stats.openRequests == 0, "\(stats)")
        }

        /// Sixty calls of every kind, one after the other; true for each that succeeded. A failure must have a reason.
        private func work(_ client: CAMClient, _ worker: Int) async throws -> [Bool] {
            var ends: [Bool] = []
            for number in 0..<60 {
                do {
                    switch (worker + number) % 3 {
                    case 0: _ = try await client.run("test.sleep", "30")
                    case 1: _ = try await client.run("test.sleep_once", "30")
                    default:
                        let task = try await client.commit([.test("t", "test.sleep", "30")], wait: true).statuses[0]
                        #expect(task.state == .succeeded || !task.reason.isEmpty, "\(task)")
                        ends.append(task.state == .succeeded)
                        continue
                    }
                    ends.append(true)
                } catch let failure as CallFailure {
                    #expect([.unknown, .unavailable].contains(failure.status), "\(failure)")
                    #expect(!failure.error.message.isEmpty)
                    ends.append(false)
                }
            }
            return ends
        }

        @Test func anAdministratorsRestartLetsWorkFinish() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let administrator = try await bed.camd.administrator()
            let before = try await bed.driver("tester", client)
            async let working = client.say("test.sleep", "700")
            try await eventually("its being at work") { try await bed.driver("tester", client).busy == 1 }
            _ = try await administrator.tune(.driver(TuneDriver(name: "tester", action: .restart)))
            async let waiting = client.say("test.echo", "queued meanwhile")
            #expect(try await working == "slept 700")
            #expect(try await waiting == "queued meanwhile")
            #expect(try await bed.driver("tester", client).pid != before.pid)
        }
    }
}
