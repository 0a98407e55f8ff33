// Goal: a driver that crashes, hangs or is drained is handled as the manifest and the settings say, at the right time.
// Method: tables of (time, event) → actions and state; no clock, no process.

import ABI
import DriverLifecycle
import ProtobufWire
import Testing

private let millisecond: UInt64 = 1_000_000
private let second: UInt64 = 1_000_000_000

/// One line of a table: at this time this happens, these actions follow, and then the state is this.
private struct Step {
    var at: UInt64
    var event: DriverLifecycle.Event
    var actions: [DriverLifecycle.Action]
    var state: DriverLifecycle.State

    init(
        _ at: UInt64, _ event: DriverLifecycle.Event, _ actions: [DriverLifecycle.Action],
        _ state: DriverLifecycle.State
    ) {
        self.at = at
        self.event = event
        self.actions = actions
        self.state = state
    }
}

private func run(_ steps: [Step], settings: DriverLifecycle.Settings = .init()) -> DriverLifecycle {
    var life = DriverLifecycle(settings: settings)
    for (line, step) in steps.enumerated() {
        let actions = life.on(step.event, now: step.at)
        #expect(actions == step.actions, "line \(line + 1), \(step.event)")
        #expect(life.state == step.state, "line \(line + 1), \(step.event)")
    }
    return life
}

@Suite struct DriverLifecycleTests {
    @Test func startsRegistersDrainsAndStops() {
        let life = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(1, .start, [], .starting(deadline: 10 * second)),
            Step(2 * second, .registered, [.becameReady], .ready(since: 2 * second)),
            Step(3 * second, .timer, [], .ready(since: 2 * second)),
            Step(
                4 * second, .stop(drain: true), [.beganDraining], .draining(deadline: 34 * second, next: .stop)),
            Step(
                5 * second, .drained, [.becameUnavailable, .kill(.drained)],
                .ending(cause: .drained, readySince: nil, next: .stop)),
            Step(6 * second, .exited(.signalled(9)), [], .stopped),
        ])
        #expect(life.crashes == 0)
        #expect(life.restarts == 0)
        #expect(life.deadline == nil)
    }

    @Test func aDriverThatDoesNotRegisterInTimeIsKilledAndTriedAgainLater() {
        _ = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(10 * second - 1, .timer, [], .starting(deadline: 10 * second)),
            Step(
                10 * second, .timer, [.kill(.startTimeout)],
                .ending(cause: .startTimeout, readySince: nil, next: .backOff)),
            Step(10 * second + 5, .registered, [], .ending(cause: .startTimeout, readySince: nil, next: .backOff)),
            Step(11 * second, .exited(.signalled(9)), [], .backingOff(until: 11 * second + 100 * millisecond)),
            Step(
                11 * second + 100 * millisecond, .timer, [.spawn],
                .starting(deadline: 21 * second + 100 * millisecond)),
        ])
    }

    @Test func backOffDoublesFromATenthOfASecondToThirtySeconds() {
        let life = DriverLifecycle(settings: .init())
        let expected: [UInt64] = [0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]
        for (crashes, milliseconds) in expected.enumerated() {
            #expect(life.backOff(afterCrashes: UInt32(crashes)) == milliseconds * millisecond)
        }
        #expect(life.backOff(afterCrashes: .max) == 30 * second)
    }

    @Test func aCrashLoopEndsAfterTheAllowedNumberAndAStartBeginsAnew() {
        var settings = DriverLifecycle.Settings()
        settings.crashesMax = 3
        let exit = DriverExit.exited(code: 1)
        let failure = DriverLifecycle.Failure.crashLoop(crashes: 3, last: exit)
        let life = run(
            [
                Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
                Step(0, .exited(exit), [], .backingOff(until: 100 * millisecond)),
                Step(
                    100 * millisecond, .timer, [.spawn], .starting(deadline: 10 * second + 100 * millisecond)),
                Step(100 * millisecond, .exited(exit), [], .backingOff(until: 300 * millisecond)),
                Step(
                    300 * millisecond, .timer, [.spawn], .starting(deadline: 10 * second + 300 * millisecond)),
                Step(300 * millisecond, .exited(exit), [.becameFailed(failure)], .failed(failure)),
                Step(900 * second, .timer, [], .failed(failure)),
                Step(900 * second, .exited(exit), [], .failed(failure)),
                Step(901 * second, .start, [.spawn], .starting(deadline: 911 * second)),
            ], settings: settings)
        #expect(life.crashes == 0)
        #expect(life.restarts == 3)
        #expect(life.lastExit == exit)
    }

    @Test func aHealthyRunForgetsEarlierCrashesAndAShortOneDoesNot() {
        let exit = DriverExit.signalled(11)
        _ = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(0, .exited(exit), [], .backingOff(until: 100 * millisecond)),
            Step(1 * second, .timer, [.spawn], .starting(deadline: 11 * second)),
            Step(1 * second, .registered, [.becameReady], .ready(since: 1 * second)),
            Step(10 * second, .exited(exit), [.becameUnavailable], .backingOff(until: 10_200 * millisecond)),
            Step(20 * second, .timer, [.spawn], .starting(deadline: 30 * second)),
            Step(20 * second, .registered, [.becameReady], .ready(since: 20 * second)),
            Step(30 * second, .exited(exit), [.becameUnavailable], .backingOff(until: 30_100 * millisecond)),
        ])
    }

    @Test func aHungCallKillsTheInstanceAndThoseWhoWaitLearnItAtOnce() {
        let life = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(0, .registered, [.becameReady], .ready(since: 0)),
            Step(
                5 * second, .callHung, [.becameUnavailable, .kill(.hungCall)],
                .ending(cause: .hungCall, readySince: 0, next: .backOff)),
            Step(5 * second, .callHung, [], .ending(cause: .hungCall, readySince: 0, next: .backOff)),
            Step(6 * second, .exited(.signalled(9)), [], .backingOff(until: 6_100 * millisecond)),
        ])
        #expect(life.crashes == 1)
    }

    @Test func aBrokenConnectionOrProtocolKillsInAnyLivingState() {
        _ = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(
                1, .protocolViolation, [.kill(.protocolViolation)],
                .ending(cause: .protocolViolation, readySince: nil, next: .backOff)),
            Step(2, .exited(.exited(code: 0)), [], .backingOff(until: 100 * millisecond + 2)),
            Step(3, .protocolViolation, [], .backingOff(until: 100 * millisecond + 2)),
        ])
    }

    @Test func drainingEndsAtItsDeadlineEvenWhenACallNeverDoes() {
        _ = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(0, .registered, [.becameReady], .ready(since: 0)),
            Step(1 * second, .restart, [.beganDraining], .draining(deadline: 31 * second, next: .restart)),
            Step(30 * second, .timer, [], .draining(deadline: 31 * second, next: .restart)),
            Step(
                31 * second, .timer, [.becameUnavailable, .kill(.drainTimeout)],
                .ending(cause: .drainTimeout, readySince: nil, next: .restart)),
            Step(32 * second, .exited(.signalled(9)), [.spawn], .starting(deadline: 42 * second)),
        ])
    }

    @Test func stopAndStartWhileItEndsDecideWhatFollows() {
        _ = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(1, .stop(drain: false), [.kill(.asked)], .ending(cause: .asked, readySince: nil, next: .stop)),
            Step(2, .start, [], .ending(cause: .asked, readySince: nil, next: .restart)),
            Step(3, .stop(drain: true), [], .ending(cause: .asked, readySince: nil, next: .stop)),
            Step(4, .start, [], .ending(cause: .asked, readySince: nil, next: .restart)),
            Step(5, .exited(.signalled(9)), [.spawn], .starting(deadline: 10 * second + 5)),
            Step(6, .exited(.exited(code: 3)), [], .backingOff(until: 100 * millisecond + 6)),
            Step(7, .stop(drain: true), [], .stopped),
            Step(8, .stop(drain: true), [], .stopped),
        ])
    }

    @Test func whatTheMachineCannotGiveIsRefusedAndNotTriedAgain() {
        let exit = DriverExit.notStarted(step: "require", errno: 0, detail: "landlock: not in this kernel")
        let failure = DriverLifecycle.Failure.refused(reason: exit.description)
        _ = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(1, .exited(exit), [.becameFailed(failure)], .failed(failure)),
            Step(2, .timer, [], .failed(failure)),
        ])
        _ = run([
            Step(0, .start, [.spawn], .starting(deadline: 10 * second)),
            Step(
                1, .refused(reason: "no launcher"), [.becameFailed(.refused(reason: "no launcher"))],
                .failed(.refused(reason: "no launcher"))),
        ])
    }

    @Test func everyEventIsTakenInEveryState() {
        let exit = DriverExit.exited(code: 0)
        let events: [DriverLifecycle.Event] = [
            .start, .stop(drain: true), .stop(drain: false), .restart, .refused(reason: ""), .registered, .callHung,
            .protocolViolation, .drained, .exited(exit), .timer,
        ]
        // Every path of three events from the start: nothing traps, a kill leads to `ending`, a spawn to `starting`.
        for first in events {
            for second in events {
                for third in events {
                    var life = DriverLifecycle(settings: .init())
                    for (index, event) in [.start, first, second, third].enumerated() {
                        let actions = life.on(event, now: UInt64(index) * 60 * 1_000_000_000)
                        for action in actions {
                            if case .kill = action, case .ending = life.state { continue }
                            if case .kill = action { Issue.record("\(event): killed, but \(life.state)") }
                            if action == .spawn, case .starting = life.state { continue }
                            if action == .spawn { Issue.record("\(event): spawned, but \(life.state)") }
                        }
                    }
                }
            }
        }
    }
}

@Suite struct DriverManifestTests {
    private static func manifest(_ change: (inout DriverManifest) -> Void) -> DriverManifest {
        var manifest = DriverManifest(name: "a", program: "a")
        manifest.capabilities = [Capability()]
        change(&manifest)
        return manifest
    }

    @Test func aSoundManifestHasNoProblem() {
        #expect(Self.manifest { _ in }.problem() == nil)
    }

    @Test(
        arguments: [
            ("name", Self.manifest { $0.name = "" }), ("name", Self.manifest { $0.name = "a/b" }),
            ("program", Self.manifest { $0.program = ".." }), ("program", Self.manifest { $0.program = "/bin/sh" }),
            ("arguments", Self.manifest { $0.arguments = ["a\u{0}b"] }),
            ("capabilities", Self.manifest { $0.capabilities = [] }),
            ("require", Self.manifest { $0.require = ["seccomp", "magic"] }), ("slots", Self.manifest { $0.slots = 0 }),
            ("memoryBytes", Self.manifest { $0.memoryBytes = 1000 }),
            ("processesMax", Self.manifest { $0.processesMax = 0 }),
            ("temporaryBytes", Self.manifest { $0.temporaryBytes = 0 }),
            ("cpuSeconds", Self.manifest { $0.cpuSeconds = 0 }),
            ("startTimeoutMs", Self.manifest { $0.startTimeoutMilliseconds = 0 }),
            ("callTimeoutMs", Self.manifest { $0.callTimeoutMilliseconds = 0 }),
            ("idleStopMs", Self.manifest { $0.idleStopMilliseconds = 0 }),
            ("instances", Self.manifest { $0.instances = 0 }),
        ] as [(Text, DriverManifest)])
    func theFieldAtFaultIsNamed(_ field: Text, _ manifest: DriverManifest) {
        #expect(manifest.problem()?.field == field)
    }
}
