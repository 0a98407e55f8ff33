// Goal: nothing that the probe attempts succeeds inside, and camd can show what was tried. Method: the table of Attempt.swift,
// each row first outside, where it must succeed or reach the kernel (else it would prove nothing), then inside; as root and
// as an ordinary user, with all layers and with few.

import ABI
import DriverLifecycle
import DriverSupervisor
import Foundation
import Linux
import ProtobufWire
import Reactor
import Sandbox
import Testing

private let isRoot = geteuid() == 0

@Suite(.enabled(if: Workshop.isPossible, "needs cc"), .serialized)
struct AttackTests {
    @Test func theTableIsLargeAndEveryNameStandsOnce() {
        let names = Attempt.all.map(\.name)
        #expect(names.count >= 100)
        #expect(Set(names).count == names.count)
    }

    @Test(.enabled(if: isRoot, "needs root"))
    func outsideEveryAttemptSucceedsOrReachesTheKernelForRoot() throws {
        let wrong = try attackOutside { $0.outside }
        #expect(wrong == [])
    }

    @Test func outsideEveryAttemptSucceedsOrReachesTheKernelForAUser() throws {
        let wrong = try asUser { try attackOutside { $0.user ?? $0.outside } }
        #expect(wrong == [])
    }

    @Test(.enabled(if: isRoot, "needs root"), arguments: ["probe", "probe-static"])
    func asRootNothingSucceedsInside(_ program: String) throws {
        let wrong = try attackInside(Setting(program: program))
        #expect(wrong == [])
    }

    @Test func asAUserNothingSucceedsInside() throws {
        let wrong = try asUser { try attackInside(Setting()) }
        #expect(wrong == [])
    }

    @Test func withoutNamespacesLandlockAndSeccompHold() throws {
        var setting = Setting()
        setting.change = { $0.capabilities.items.removeAll { $0.name.hasSuffix("_ns") } }
        // What neither Landlock nor a filter can keep back: that a file is there, and how many threads a user has
        // (processes count by user, and this driver shares camd's).
        setting.leaves = ["look-at-file", "enter-folder", "thread-bomb"]
        let wrong = try asUser { [setting] in try attackInside(setting) }
        #expect(wrong == [])
    }

    @Test(.enabled(if: isRoot, "needs root")) func withoutReportsTheFilterRefusesAndKillsByItself() throws {
        var setting = Setting()
        setting.change = { $0.capabilities.items.removeAll { $0.name == "seccomp_notify" } }
        setting.reports = false
        let wrong = try attackInside(setting)
        #expect(wrong == [])
    }

    @Test func aProgramThatComputesForEverIsEndedByItsLimit() throws {
        let bench = try TestBench()
        let run = try bench.run(TestBench.manifest(["processor-bomb"]) { $0.cpuSeconds = 1 })
        #expect([.signalled(9), .signalled(24)].contains(run.end.exit), "\(run.end)")
    }

    @Test func aFloodOfAttemptsIsCountedSlowedAndKeepsNobodyElseWaiting() throws {
        let bench = try TestBench()
        _ = try bench.spawn(1, TestBench.manifest(["many-opens", "1000000"])).secret
        try bench.turn(until: "its report") { bench.reports[1] != nil }
        let until = Clock.monotonic() + 300_000_000
        var longest: UInt64 = 0
        while Clock.monotonic() < until {
            let start = Clock.monotonic()
            try bench.reactor.runOnce(timeoutMilliseconds: 5)
            longest = max(longest, Clock.monotonic() - start)
        }
        let run = try bench.run(TestBench.manifest(["use-tmp"]), instance: 2)
        #expect(run.result == 0)
        #expect(longest < 200_000_000, "one turn took \(longest) ns")
    }
}

/// One way to run the table.
private struct Setting: Sendable {
    var program = "probe"
    var change: @Sendable (inout DriverSupervisor.Settings) -> Void = { _ in }
    /// Rows that this setting cannot stop, each named in SECURITY.md.
    var leaves: Set<String> = []
    var reports = true
}

private func asUser<Value>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    isRoot ? try asOrdinaryUser(body) : try body()
}

/// What was wrong, a line each: returned and not recorded here, for a thread of its own belongs to no test.
private func attackInside(_ setting: Setting) throws -> [String] {
    var wrong: [String] = []
    let bench = try TestBench(setting.change)
    let witness = try Witness()
    for (number, attempt) in Attempt.all.enumerated() {
        let arguments = [attempt.name] + attempt.arguments.map(witness.text)
        let run = try bench.run(
            TestBench.manifest(arguments, program: setting.program), instance: UInt64(number + 1))
        if run.report == nil { wrong.append("\(attempt.name): no report: \(run.end)") }
        if setting.leaves.contains(attempt.name) { continue }
        if !wasStopped(attempt, run, setting) {
            wrong.append("\(attempt.name): result \(run.result ?? -1), \(run.end.exit), \(run.violations)")
        }
        if let damage = try witness.damage() {
            wrong.append("\(attempt.name): \(damage)")
            try witness.restore()
        }
        if let shows = attempt.shows, setting.reports {
            if !run.violations.contains(where: { $0.contains(shows) }) {
                wrong.append("\(attempt.name): '\(shows)' is not shown in \(run.violations)")
            }
        }
    }
    return wrong
}

private func wasStopped(_ attempt: Attempt, _ run: DriverRun, _ setting: Setting) -> Bool {
    switch attempt.inside {
    case .with(let errors):
        // Where the kernel itself refuses first, as without a private /tmp, that is as good.
        guard let result = run.result, result != 0 else { return false }
        return (errors + [.EACCES]).contains(Errno(rawValue: result))
    case .endedFor(let call):
        return run.result == nil && run.end.exit == (setting.reports ? .forbiddenCall(name: call) : .signalled(31))
    case .bySignal(let signal): return run.result == nil && run.end.exit == .signalled(signal)
    case .byMemoryLimit:
        if case .outOfMemory = run.end.exit { return run.violations.contains { $0.contains("memory beyond") } }
        return run.result == Errno.ENOMEM.rawValue
    }
}

private func attackOutside(_ expected: (Attempt) -> Outside) throws -> [String] {
    let witness = try Witness()
    var wrong: [String] = []
    for attempt in Attempt.all {
        let outside = expected(attempt)
        if case .notTried = outside { continue }
        try witness.restore()
        try witness.drain()
        let result = try runOutside([attempt.name] + attempt.arguments.map(witness.text))
        let proves: Bool
        switch outside {
        case .succeeds: proves = result == 0
        case .reaches(let errors): proves = result == 0 || errors.contains(Errno(rawValue: result))
        case .notTried: proves = true
        }
        if !proves { wrong.append("\(attempt.name) answers \(result < 0 ? "nothing" : "\(Errno(rawValue: result))")") }
    }
    return wrong
}

/// The probe as an ordinary process: 0, or the errno.
private func runOutside(_ arguments: [String]) throws -> Int32 {
    let null = try File.open("/dev/null", .readWrite)
    let ends = try Pipe.make().release()
    let output = FileDescriptor(owning: ends.reading)
    let writing = FileDescriptor(owning: ends.writing)
    let plan = SpawnPlan(
        program: try Workshop.ready().drivers + "/probe", arguments: arguments, folder: "/",
        descriptors: [(0, null.rawValue), (1, writing.rawValue), (2, writing.rawValue)])
    let process = try plan.spawn().releaseHandle()
    writing.close()
    let text = String(decoding: try File.readAll(output.rawValue, limit: 1 << 20), as: UTF8.self)
    let end = try ProcessHandle.reap(process.rawValue, wait: true)
    for line in text.split(separator: "\n") where line.hasPrefix("result ") {
        return Int32(line.dropFirst("result ".count)) ?? -1
    }
    // It has become another program, which ended well.
    return end?.succeeded == true ? 0 : -1
}
