// Goal: camd comes up alone on its state, and leaves nothing behind when it goes, however it goes.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension Faults {
    struct LifecycleTests {
        /// The drivers, their launchers and redis: everything that camd has started.
        private func everythingStarted(_ bed: TestBed) throws -> [ObservedProcess] {
            let processes = try bed.offspring()
            #expect(processes.contains { $0.name.hasPrefix("redis-server") }, "\(processes)")
            #expect(processes.contains { $0.name == "test-driver" }, "\(processes)")
            return processes
        }

        private func expectGone(_ processes: [ObservedProcess]) async throws {
            do {
                try await eventually("the end of what camd started", within: 3) {
                    processes.allSatisfy { !$0.isRunning }
                }
            } catch is WaitTimedOut {
                Issue.record("still running 3 s after camd's end: \(processes.filter(\.isRunning))")
                for process in processes { try process.kill() }
            }
        }

        @Test func sigtermEndsEverythingInOrderEvenWhileADriverIsAtWork() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent(reconnect: .never)
            try await client.store("c", "k", [1])
            let work = Task { try await client.run("test.sleep", "60000", timeout: .seconds(90)) }
            try await eventually("its being at work") { try await client.stats().tasksRunning == 1 }
            let processes = try everythingStarted(bed)
            let start = Clock.monotonic()
            let status = try await bed.camd.stop(within: 15)
            #expect(status.succeeded, "\(status)\n\(bed.camd.standardError)")
            #expect(Clock.monotonic() - start < 10_000_000_000)
            try await expectGone(processes)
            #expect(try !File.exists(bed.camd.socketPath) && !File.exists(bed.camd.adminSocketPath))
            let outcome = await work.result
            #expect(throws: (any Error).self) { try outcome.get() }
            #expect(bed.camd.standardError.contains("event=stopped"))
            let verified = try await bed.camd.run("camctl", ["journal", "verify"])
            #expect(try verified.exitStatus()?.succeeded == true, "\(verified.standardOutput)")
        }

        @Test func kill9LeavesNoProcessAndNothingInTheWayOfTheNextStart() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent(reconnect: .never)
            try await client.store("c", "k", [7])
            for round in 1...3 {
                let processes = try everythingStarted(bed)
                try await bed.camd.kill()
                try await expectGone(processes)
                #expect(try File.exists(bed.camd.socketPath), "a killed camd cannot remove its socket")
                try await bed.camd.restart()
                try await bed.camd.waitForDrivers(["tester"])
                let again = try await bed.agent()
                #expect(try await again.say("test.echo", "round \(round)") == "round \(round)")
                #expect(try await again.recall("c", "k").value == [7])
            }
        }

        @Test func aSecondCamdOnTheSameStateIsRefusedAndTheFirstGoesOn() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent(reconnect: .never)
            try await client.store("c", "k", [1])
            let redis = try bed.redis()
            let elsewhere = try TemporaryFolder("second")
            let same = try await bed.camd.launch()
            let otherSockets = try await launch(
                bed,
                [
                    "CAM_RUNTIME_DIR": elsewhere.path, "CAM_SOCKET": elsewhere.path("cam.sock"),
                    "CAM_ADMIN_SOCKET": elsewhere.path("admin.sock"),
                ])
            let otherState = try await launch(bed, ["CAM_STATE_DIR": elsewhere.path("state")])
            for (camd, sentence) in [
                (same, "another camd uses"), (otherSockets, "another camd uses"),
                (otherState, "another program listens"),
            ] {
                let status = try await camd.ended(within: 20)
                #expect(!status.succeeded)
                #expect(camd.standardError.contains(sentence), "\(camd.standardError)")
            }
            #expect(try await client.recall("c", "k").value == [1])
            #expect(try await client.say("test.echo", "first") == "first")
            #expect(redis.isRunning)
            let another = try await bed.agent("another")
            try await another.store("c", "k", [2])
        }

        private func launch(_ bed: TestBed, _ environment: [String: String]) async throws -> ChildProcess {
            try await ChildProcess.start(
                "\(try TestTree.require().tree)/bin/camd", [],
                environment: bed.camd.environment.merging(environment) { $1 })
        }

        @Test func drainingRefusesNewWorkAndSurvivesARestart() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let administrator = try await bed.camd.administrator()
            _ = try await administrator.tune(.drain(TuneNothing()))
            let error = try await refusal(.unavailable) { _ = try await client.run("test.echo", "x") }
            #expect((error.retryAfterMs ?? 0) > 0)
            try await bed.camd.kill()
            try await bed.camd.restart()
            _ = try await refusal(.unavailable) { _ = try await client.commit([.test("t", "test.echo")]) }
            let again = try await bed.camd.administrator()
            #expect(try await again.health().draining)
            _ = try await again.tune(.resume(TuneNothing()))
            #expect(try await client.say("test.echo", "resumed") == "resumed")
        }
    }
}
