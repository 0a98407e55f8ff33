// Goal: what a driver can do it can do, however it ends it is named rightly, and nothing of it is left.
// Method: a real launcher, a real probe program, a supervisor on a reactor of its own for each test.

import ABI
import DriverLifecycle
import DriverSupervisor
import Foundation
import Linux
import ProtobufWire
import Reactor
import Sandbox
import Testing

@Suite(.enabled(if: Workshop.isPossible, "needs cc"), .serialized)
struct SupervisorTests {
    @Test(arguments: ["probe", "probe-static"])
    func aDriverUsesWhatItMayUse(_ program: String) throws {
        let bench = try TestBench()
        for use in [["use-tmp"], ["read-own-folder", "/driver/\(program)"], ["use-threads"]] {
            let run = try bench.run(TestBench.manifest(use, program: program))
            #expect(run.result == 0, "\(use): \(run.end)")
            #expect(run.end.exit == .exited(code: 0))
            #expect(run.violations == [])
        }
    }

    @Test func thePureLevelRunsAStaticProgram() throws {
        let bench = try TestBench()
        let run = try bench.run(TestBench.manifest(["leave", "7"], program: "probe-static") { $0.level = .pure })
        #expect(run.end.exit == .exited(code: 7), "\(run.end)")
        let attack = try bench.run(
            TestBench.manifest(["read-file", "/usr"], program: "probe-static") { $0.level = .pure })
        #expect(attack.result == Errno.EPERM.rawValue)
    }

    @Test func bytesGoBothWaysOverTheSocketAndEndWithIt() throws {
        let bench = try TestBench()
        let driver = try bench.spawn(1, TestBench.manifest(["echo"]))
        #expect(driver.secret.count == 32)
        let socket = FileDescriptor(owning: driver.releaseSocket())
        let sent = Array("there and back".utf8)
        try File.writeAll(socket.rawValue, sent)
        var received: [UInt8] = []
        try bench.turn(until: "the echo") {
            var buffer = [UInt8](repeating: 0, count: 64)
            let count = buffer.withUnsafeMutableBytes { bytes in
                do { return try File.readAvailable(socket.rawValue, into: bytes) ?? 0 } catch { return 0 }
            }
            received += buffer[..<count]
            return received.count >= sent.count
        }
        #expect(received == sent)
        socket.close()
        try bench.turn(until: "its end") { bench.ends[1] != nil }
        #expect(bench.ends[1]?.exit == .exited(code: 0))
    }

    @Test func theEnvironmentIsTheGivenOneAlone() throws {
        let bench = try TestBench()
        let run = try bench.run(TestBench.manifest(["show-environment"]))
        let names = run.end.facts.standardError.map { $0.string.split(separator: "=")[0] }
        #expect(
            names == [
                "CAM_DRIVER_FD", "CAM_DRIVER_SECRET", "CAM_DRIVER_NAME", "HOME", "TMPDIR", "LANG", "SWIFT_BACKTRACE",
                "LIBDISPATCH_LOG",
                "result 0",
            ])
    }

    @Test(arguments: [
        (["leave", "3"], DriverExit.exited(code: 3)), (["abort"], .signalled(6)), (["crash"], .signalled(11)),
        (["other-gate"], .signalled(31)), (["trace-me"], .forbiddenCall(name: "ptrace")),
    ])
    func theEndIsNamedRightly(_ arguments: [String], _ expected: DriverExit) throws {
        let bench = try TestBench()
        let run = try bench.run(TestBench.manifest(arguments))
        #expect(run.end.exit == expected)
    }

    @Test func aDriverThatHangsAndIgnoresSignalsIsKilledWithEverythingOfIt() throws {
        let bench = try TestBench()
        let driver = try bench.spawn(1, TestBench.manifest(["ignore-terminate"]))
        let launcher = driver.pid
        try bench.turn(until: "its report") { bench.reports[1] != nil }
        let family = try ProcessTree.below(launcher)
        #expect(family.count == 2, "the init and the driver: \(family)")
        bench.supervisor.kill(1)
        try bench.turn(until: "its end") { bench.ends[1] != nil }
        #expect(bench.ends[1]?.exit == .signalled(9))
        for pid in family + [launcher] { #expect(kill(pid, 0) != 0, "\(pid) is left, if only unreaped") }
    }

    @Test(arguments: ["launcher", "init"])
    func killingItsAncestorTakesTheDriverAlong(_ victim: String) throws {
        let bench = try TestBench()
        let driver = try bench.spawn(1, TestBench.manifest(["hang"]))
        try bench.turn(until: "its report") { bench.reports[1] != nil }
        let family = try ProcessTree.below(driver.pid)
        #expect(family.count == 2)
        #expect(kill(victim == "launcher" ? driver.pid : family[0], SIGKILL) == 0)
        try bench.turn(until: "its end") { bench.ends[1] != nil }
        for pid in family { #expect(!ProcessTree.lives(pid), "\(pid) is left after the \(victim) was killed") }
    }

    @Test func twoHundredRestartsLeaveNoDescriptorNoProcessAndNoGroup() throws {
        let bench = try TestBench()
        _ = try bench.run(TestBench.manifest(["leave", "0"]))
        let before = try Directory.list("/proc/self/fd").count
        for round in 0..<200 {
            let run = try bench.run(TestBench.manifest(["leave", "0"]))
            guard run.end.exit == .exited(code: 0) else {
                Issue.record("round \(round): \(run.end)")
                return
            }
        }
        // Other tests of this process open descriptors of their own meanwhile: a leak would be hundreds.
        #expect(try Directory.list("/proc/self/fd").count < before + 60)
        #expect(bench.reactor.registrationCount == 0)
        #expect(bench.supervisor.instances.isEmpty)
        try bench.turn(until: "timers that remove groups") { bench.reactor.timerCount == 0 }
    }

    @Test func standardErrorIsKeptToItsLastLines() throws {
        let bench = try TestBench()
        let run = try bench.run(TestBench.manifest(["flood", "2000"]))
        #expect(run.end.facts.standardError.count == 50)
        #expect(run.end.facts.standardError.last == "result 0")
        #expect(run.end.facts.standardError.allSatisfy { $0.utf8Count <= 4096 })
    }

    @Test func aMissingProgramAndAMissingLayerAreRefusedAndNamed() throws {
        let bench = try TestBench()
        let absent = try bench.run(TestBench.manifest([], program: "absent"))
        guard case .notStarted("program", 2, let path) = absent.end.exit else {
            Issue.record("\(absent.end.exit)")
            return
        }
        #expect(path.hasSuffix("/absent"))
        let without = try TestBench { $0.capabilities.items.removeAll { $0.name == "net_ns" } }
        let refused = try without.run(TestBench.manifest(["hang"]) { $0.require = ["net_ns"] })
        #expect(refused.end.exit.isLasting, "\(refused.end.exit)")
        #expect(refused.report == nil)
    }

    @Test func aLauncherThatOthersCanChangeIsNotUsed() throws {
        let folder = try Directory.makeTemporary(prefix: "/tmp/cam-launcher.")
        defer { do { try Directory.removeAll(folder) } catch { Issue.record("\(error)") } }
        let copy = folder + "/cam-sandbox"
        try File.replace(copy, with: try File.readAll(Workshop.ready().launcher, limit: 8 << 20), mode: 0o777)
        try File.changeMode(copy, 0o777)
        let bench = try TestBench { $0.capabilities = try SandboxCapabilities.probe(launcher: copy) }
        #expect(throws: SpawnRefusal.self) { _ = try bench.spawn(1, TestBench.manifest(["hang"])).secret }
    }
}

/// Processes by /proc, as the test sees them.
enum ProcessTree {
    /// Children and their children, parents first.
    static func below(_ pid: Int32) throws -> [Int32] {
        let text = try File.readAll("/proc/\(pid)/task/\(pid)/children", limit: 4096)
        let children = String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
        return try children.flatMap { try [$0] + below($0) }
    }

    /// Not true for a zombie, which waits for the machine's own init when its parent was killed.
    static func lives(_ pid: Int32) -> Bool {
        guard let bytes = try? File.readAll("/proc/\(pid)/stat", limit: 4096) else { return false }
        return !String(decoding: bytes, as: UTF8.self).contains(") Z ")
    }
}
