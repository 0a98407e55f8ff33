// Goal: whichever of camd's own system calls fails while it starts, starts again or stops, it goes on, or it ends by itself
// and says what failed; nothing stays behind, and what it has promised is there when it is started once more.
// Method: the debug build's plan of faults fails call 1, 2, 3 …, each in a run of its own, until one passes untouched:
// all of them in every run of the tests, with one of the errors that each can have. With CAM_FAULT_SWEEP=all it is every one of
// those errors, which takes four times as long.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension FaultSweeps {
    struct FaultStartTests {
        private static let beds = 3

        private static func make() async throws -> FaultBed {
            Strays.start()
            let bed = try await FaultBed.start()
            try await bed.waitUntilItServes()
            try await bed.keepSomething()
            return bed
        }

        @Test func start() async throws {
            try await FaultSweep.run("start", beds: Self.beds, make: Self.make) { bed, call, seed in
                try await bed.endAnyhow()
                try bed.forgetEverything()
                return try await bed.launchFailing(call, seed)
            }
        }

        @Test func restart() async throws {
            try await FaultSweep.run("restart", beds: Self.beds, make: Self.make) { bed, call, seed in
                try await bed.endAnyhow()
                return try await bed.launchFailing(call, seed)
            }
        }

        @Test func stop() async throws {
            try await FaultSweep.run("stop", beds: Self.beds, make: Self.make) { bed, call, seed in
                try bed.plan.arm(call, seed: seed)
                bed.camd.signal(.terminate)
                let status = try await bed.ended()
                try bed.plan.disarm()
                try bed.checkEnd(status, zeroIsFine: true)
                let total = try bed.plan.total() ?? 0
                try FaultBed.expect(total > 100, "camd says that it has made \(total) calls")
                try await Strays.expectNone()
                try await bed.camd.restart()
                try await bed.waitUntilItServes()
                try await bed.checkPromises()
                return try bed.plan.hit()
            }
        }
    }
}

extension FaultBed {
    /// An agent, a graph and a value, so that there is something to lose.
    func keepSomething() async throws {
        let client = try await agent("keeper")
        try await commit("kept", as: "keeper", client)
        let version = try await client.store(Self.context, "kept", Text("kept").bytes)
        promise(.value(agent: "keeper", key: "kept", version: version))
        await client.close()
    }

    /// Starts camd with a call that fails; then, when it has ended or was killed, without.
    fileprivate func launchFailing(_ call: Int, _ seed: Int) async throws -> String? {
        try plan.arm(call, seed: seed)
        try await camd.relaunch()
        // A line of its log may be what failed: then it is asked.
        let end = Clock.monotonic() + 3_000_000_000
        while try camd.exitStatus() == nil, !saysItIsReady, Clock.monotonic() < end {
            try await Task.sleep(for: .milliseconds(2))
        }
        try plan.disarm()
        if try await !waitUntilItServes() {
            try checkEnd(try await ended())
        } else {
            try await checkPromises()
            try await expectNoLeak()
            try await camd.kill()
        }
        try await Strays.expectNone()
        try await camd.restart()
        try await waitUntilItServes()
        try await checkPromises()
        try await expectNoLeak()
        try await checkJournal()
        return try plan.hit()
    }
}
