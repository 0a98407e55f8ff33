// One driver, run to its end by a real supervisor on a reactor of its own.

import ABI
import DriverLifecycle
import DriverSupervisor
import Foundation
import Linux
import ProtobufWire
import Reactor
import Sandbox

/// What came of a run.
struct DriverRun {
    var end: DriverEnd
    var report: SandboxReport?

    /// The probe's own account: `result N`, or nil when it could give none.
    var result: Int32? {
        for line in end.facts.standardError where line.string.hasPrefix("result ") {
            return Int32(line.string.dropFirst("result ".count))
        }
        return nil
    }

    var violations: [String] { end.facts.violations.map(\.string) }

    func layer(_ name: String) -> SandboxLayer? { report?.layers.first { $0.name == Text(name) } }
}

struct RunTimeout: Error, CustomStringConvertible {
    var description: String
}

/// A supervisor with a reactor, for as long as a test needs it.
final class TestBench {
    let reactor: Reactor
    let supervisor: DriverSupervisor
    private let seen = Seen()
    var reports: [UInt64: SandboxReport] { seen.reports }
    var ends: [UInt64: DriverEnd] { seen.ends }

    private final class Seen {
        var reports: [UInt64: SandboxReport] = [:]
        var ends: [UInt64: DriverEnd] = [:]
    }

    init(_ change: (inout DriverSupervisor.Settings) throws -> Void = { _ in }) throws {
        let workshop = try Workshop.ready()
        reactor = try Reactor()
        var settings = try DriverSupervisor.Settings(
            capabilities: try SandboxCapabilities.probe(launcher: workshop.launcher), readablePaths: [])
        try change(&settings)
        supervisor = try DriverSupervisor(reactor: reactor, settings: settings)
        supervisor.onReport = { [seen] instance, report in seen.reports[instance] = report }
        supervisor.onExit = { [seen] instance, end in seen.ends[instance] = end }
    }

    deinit {
        supervisor.killAll()
        let deadline = Clock.monotonic() + 10_000_000_000
        while !supervisor.instances.isEmpty, Clock.monotonic() < deadline {
            do { try reactor.runOnce(timeoutMilliseconds: 100) } catch { return }
        }
    }

    static func manifest(
        _ arguments: [String], program: String = "probe", _ change: (inout DriverManifest) -> Void = { _ in }
    ) -> DriverManifest {
        var manifest = DriverManifest(name: "probe", program: Text(program))
        manifest.arguments = arguments.map { Text($0) }
        manifest.capabilities = [Capability(name: "test.probe")]
        manifest.memoryBytes = 64 << 20
        manifest.processesMax = 32
        manifest.temporaryBytes = 1 << 20
        change(&manifest)
        return manifest
    }

    func spawn(_ instance: UInt64, _ manifest: DriverManifest) throws -> SpawnedDriver {
        try supervisor.spawn(instance: instance, manifest: manifest, folder: Workshop.ready().drivers)
    }

    /// Turns until the condition holds.
    func turn(until what: String, seconds: UInt64 = 20, _ condition: () -> Bool) throws {
        let deadline = Clock.monotonic() + seconds * 1_000_000_000
        while !condition() {
            if Clock.monotonic() > deadline { throw RunTimeout(description: "waited \(seconds) s: \(what)") }
            try reactor.runOnce(timeoutMilliseconds: 50)
        }
    }

    /// Spawns and waits for the end.
    func run(_ manifest: DriverManifest, instance: UInt64 = 1) throws -> DriverRun {
        seen.ends[instance] = nil
        seen.reports[instance] = nil
        let driver = try spawn(instance, manifest)
        try turn(until: "the end of \(manifest.arguments)") { ends[instance] != nil }
        _ = driver.secret  // The socket stays open until here.
        return DriverRun(end: ends[instance]!, report: reports[instance])
    }
}

/// Runs a body on a thread of its own that is an ordinary user, though the process is root: identities are per thread in
/// Linux, and what the thread starts inherits its.
func asOrdinaryUser<Value>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    nonisolated(unsafe) var outcome: Result<Value, any Error>?
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        defer { done.signal() }
        outcome = Result {
            try ThreadIdentity.become(user: 65534)
            return try body()
        }
    }
    thread.stackSize = 4 << 20
    thread.start()
    done.wait()
    return try outcome!.get()
}

enum ThreadIdentity {
    private typealias Call = @convention(c) (Int, Int, Int, Int) -> Int

    /// libc's functions change all threads; the system calls themselves only the calling one.
    static func become(user: Int) throws {
        guard let symbol = dlsym(nil, "syscall") else { throw WorkshopError(text: "libc has no syscall()") }
        let call = unsafeBitCast(symbol, to: Call.self)
        #if arch(x86_64)
        let (setgroups, setresgid, setresuid, prctl) = (116, 119, 117, 157)
        #else
        let (setgroups, setresgid, setresuid, prctl) = (159, 149, 147, 167)
        #endif
        for (number, arguments) in [
            (setgroups, (0, 0, 0)), (setresgid, (user, user, user)), (setresuid, (user, user, user)),
            (prctl, (4 /* PR_SET_DUMPABLE, which the others cleared */, 1, 0)),
        ] where call(number, arguments.0, arguments.1, arguments.2) != 0 {
            throw WorkshopError(text: "this thread cannot become user \(user): errno \(errno)")
        }
    }
}
