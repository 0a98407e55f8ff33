// Goal: the launcher understands every key of a plan and nothing else, fails closed with the step's name, and leaves nothing
// when camd has gone. Method: the launcher alone, with its control socket in the test's hands, as camd has it.

import ABI
import Foundation
import Linux
import ProtobufWire
import Sandbox
import Testing

@Suite(.enabled(if: Workshop.isPossible, "needs cc"))
struct LauncherTests {
    @Test func everyKeyOfAPlanIsUnderstood() throws {
        let launched = try LaunchedSandbox(plan: try Self.plan(["leave", "5"]).encoded())
        let records = try launched.records()
        #expect(records.contains(.started), "\(records)")
        #expect(records.contains(.exit(.code(5))))
        #expect(
            records.compactMap { if case .layer(let layer) = $0 { layer.name.string } else { nil } } == [
                "no_new_privs", "user_ns", "mount_ns", "pid_ns", "net_ns", "ipc_ns", "uts_ns", "landlock", "seccomp",
                "rlimits", "cgroup", "uid",
            ])
    }

    @Test(arguments: [
        "magic=1", "uid=0", "uid=-1", "uid=4294967295", "exec-fd=3", "limit=nofile:many", "limit=rss:1",
        "namespace=time",
        "require=magic", "read=relative", "landlock=perhaps", "level=again", "env=NoEquals", "plan=1", "plan=end",
    ])
    func whatItDoesNotUnderstandStopsIt(_ record: String) throws {
        let end = Array("plan=end\0".utf8)
        let plan = try Self.plan(["leave", "0"]).encoded().dropLast(end.count) + Array(record.utf8) + [0] + end
        #expect(try LaunchedSandbox(plan: Array(plan)).records().first == .failed(step: "plan", errno: 22, detail: ""))
    }

    @Test func aPlanCutAnywhereIsRefused() throws {
        let plan = try Self.plan(["leave", "0"]).encoded()
        for count in stride(from: 0, to: plan.count, by: 37) {
            let records = try LaunchedSandbox(plan: Array(plan[..<count])).records()
            guard case .failed(step: "plan", errno: 22, detail: _) = records.first else {
                Issue.record("cut at \(count): \(records)")
                return
            }
        }
    }

    @Test func anUnsealedPlanIsRefused() throws {
        let records = try LaunchedSandbox(plan: try Self.plan(["leave", "0"]).encoded(), sealed: false).records()
        #expect(records.first == .failed(step: "plan", errno: 22, detail: ""))
    }

    @Test(arguments: [
        ("landlock", "landlock"), ("net_ns", "net_ns"), ("cgroup", "cgroup"),
    ])
    func aRequiredLayerThatIsNotAppliedStopsIt(_ layer: String, _ named: String) throws {
        var plan = try Self.plan(["leave", "0"])
        plan.usesLandlock = false
        plan.namespaces.remove(.net)
        plan.require = [layer]
        let records = try LaunchedSandbox(plan: plan.encoded()).records()
        let failure = records.first { if case .failed = $0 { true } else { false } }
        guard case .failed("require", 0, let detail) = failure else {
            Issue.record("\(records)")
            return
        }
        #expect(detail.hasPrefix("\(named): "))
        #expect(!records.contains(.started))
    }

    @Test func withNothingToKeepItsFilesARuntimeDriverIsNotStarted() throws {
        var plan = try Self.plan(["leave", "0"])
        plan.usesLandlock = false
        plan.namespaces = []
        let records = try LaunchedSandbox(plan: plan.encoded()).records()
        let refused = records.contains { if case .failed("require", _, _) = $0 { true } else { false } }
        #expect(refused && !records.contains(.started), "\(records)")
    }

    @Test func whenCamdHasGoneNothingIsLeft() throws {
        let launched = try LaunchedSandbox(plan: try Self.plan(["hang"]).encoded())
        try launched.wait(for: .started)
        let family = try ProcessTree.below(launched.pid)
        #expect(family.count == 2)
        launched.closeControl()  // As the kernel does for a camd that was killed.
        try launched.reap()
        for pid in family { #expect(!ProcessTree.lives(pid), "\(pid) is left") }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func rootWithoutTheRightToMakeNamespacesGetsThemAsAnOrdinaryUser() throws {
        // As in a container: root, but without CAP_SYS_ADMIN.
        let launched = try LaunchedSandbox(
            plan: try Self.plan(["leave", "0"]).encoded(),
            wrapper: ["/usr/bin/setpriv", "--bounding-set", "-sys_admin"])
        let records = try launched.records()
        let layers = records.compactMap { if case .layer(let layer) = $0 { layer } else { nil } }
        #expect(records.contains(.exit(.code(0))), "\(records)")
        #expect(layers.first { $0.name == "user_ns" }?.applied == true, "\(layers)")
        #expect(layers.first { $0.name == "mount_ns" }?.applied == true)
        #expect(layers.first { $0.name == "uid" }?.applied == true)
    }

    static func plan(_ arguments: [String]) throws -> SandboxPlan {
        let drivers = try Workshop.ready().drivers
        return SandboxPlan(
            program: drivers + "/probe", folder: drivers, arguments: ["probe"] + arguments,
            environment: ["A=B=C", "D="],
            level: .runtime, namespaces: Set(SandboxNamespace.allCases), userID: 65533, groupID: 65533,
            hostname: "elsewhere", readablePaths: RuntimePaths.system + ["/not/there"], temporaryBytes: 1 << 20,
            limits: [
                SandboxLimit(.openFiles, 64), SandboxLimit(.processes, 8), SandboxLimit(.fileBytes, 1 << 20),
                SandboxLimit(.processorSeconds, 10), SandboxLimit(.dataBytes, 64 << 20),
                SandboxLimit(.addressSpaceBytes, 1 << 30), SandboxLimit(.stackBytes, 1 << 20),
            ], reportsAttempts: false, execDescriptor: 1000, require: ["seccomp", "no_new_privs"])
    }
}

/// A launcher and the sockets that camd would hold.
final class LaunchedSandbox {
    let pid: Int32
    private let process: FileDescriptor
    /// -1 when it is closed.
    private var control: Int32
    private let driver: FileDescriptor
    private var reaped = false

    init(plan: [UInt8], sealed: Bool = true, wrapper: [String] = []) throws {
        let profile = try SeccompProfile(level: .runtime, reporting: false, execDescriptor: 1000)
        let planFile = try Self.file(plan, sealed: sealed)
        let filterFile = try Self.file(profile.program, sealed: true)
        let null = try File.open("/dev/null", .readWrite)
        let packets = try Socket.packetPair().release()
        let ours = FileDescriptor(owning: packets.first)
        let theirs = FileDescriptor(owning: packets.second)
        let sockets = try Socket.pair().release()
        driver = FileDescriptor(owning: sockets.first)
        let driverEnd = FileDescriptor(owning: sockets.second)
        try File.setNonBlocking(ours.rawValue, false)
        let command = wrapper + [try Workshop.ready().launcher]
        let spawned = try SpawnPlan(
            program: command[0], arguments: Array(command.dropFirst()), folder: "/",
            descriptors: [
                (0, null.rawValue), (1, null.rawValue), (2, null.rawValue), (3, driverEnd.rawValue),
                (4, planFile.rawValue), (5, filterFile.rawValue), (6, theirs.rawValue),
            ]
        ).spawn()
        pid = spawned.pid
        process = spawned.releaseHandle()
        control = ours.release()
    }

    deinit {
        closeControl()
        if reaped { return }
        do { try reap() } catch { preconditionFailure("the launcher cannot be reaped: \(error)") }
    }

    /// All records until the launcher and everything in it have ended.
    func records() throws -> [ControlRecord] {
        var records: [ControlRecord] = []
        while let record = try next() { records.append(record) }
        try reap()
        return records
    }

    func wait(for record: ControlRecord) throws {
        while let next = try next() {
            if next == record { return }
        }
        throw RunTimeout(description: "the launcher ended before \(record)")
    }

    func closeControl() {
        if control >= 0 { FileDescriptor.close(control) }
        control = -1
    }

    func reap() throws {
        _ = try ProcessHandle.reap(process.rawValue, wait: true)
        reaped = true
    }

    private func next() throws -> ControlRecord? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let received = try buffer.withUnsafeMutableBytes { try Socket.receive(control, into: $0, descriptorLimit: 1) }
        guard let received, received.count > 0 else { return nil }
        for descriptor in received.descriptors { FileDescriptor.close(descriptor) }
        return ControlRecord(buffer[..<received.count])
    }

    private static func file(_ bytes: [UInt8], sealed: Bool) throws -> FileDescriptor {
        let file = try MemoryFile.make(name: "test")
        try File.writeAll(file.rawValue, bytes)
        if sealed { try MemoryFile.add(.immutable, to: file.rawValue) }
        return file
    }
}
