// From a manifest to a running launcher: the plan, its descriptors, one posix_spawn.

import Bytes
import DriverLifecycle
import Linux
import ProtobufWire
import Reactor
import Sandbox

extension DriverSupervisor {
    func start(
        _ instance: UInt64, _ manifest: DriverManifest, _ folder: String, _ profile: SeccompProfile, _ user: UInt32
    ) throws -> SpawnedDriver {
        let secret = try Randomness.bytes(32)
        let group = try makeGroup(instance, manifest)
        do {
            let plan = plan(manifest, folder, secret, user, group)
            return try start(instance, manifest, plan, profile, secret, group)
        } catch {
            _ = group?.remove()
            throw error
        }
    }

    private func start(
        _ instance: UInt64, _ manifest: DriverManifest, _ plan: SandboxPlan, _ profile: SeccompProfile,
        _ secret: [UInt8], _ group: ControlGroup?
    ) throws -> SpawnedDriver {
        let null = try File.open("/dev/null", .readWrite)
        let pipe = try Pipe.make().release()
        let output = FileDescriptor(owning: pipe.reading)
        let outputEnd = FileDescriptor(owning: pipe.writing)
        try File.setNonBlocking(output.rawValue, true)
        let driver = try Socket.pair().release()
        let socket = FileDescriptor(owning: driver.first)
        let socketEnd = FileDescriptor(owning: driver.second)
        try File.setNonBlocking(socket.rawValue, true)
        let packets = try Socket.packetPair().release()
        let control = FileDescriptor(owning: packets.first)
        let controlEnd = FileDescriptor(owning: packets.second)
        let planFile = try MemoryFile.sealed(name: "cam-plan", plan.encoded())
        let filterFile = try MemoryFile.sealed(name: "cam-filter", profile.program)
        let launcher = SpawnPlan(
            program: settings.capabilities.launcher, folder: "/",
            descriptors: [
                (0, null.rawValue), (1, outputEnd.rawValue), (2, outputEnd.rawValue), (3, socketEnd.rawValue),
                (4, planFile.rawValue), (5, filterFile.rawValue), (6, controlEnd.rawValue),
            ], umask: 0o022)
        let process = try launcher.spawn()
        let pid = process.pid
        running[instance] = try RunningDriver(
            instance: instance, manifest: manifest, userID: plan.userID, group: group,
            whyNoGroup: settings.usesControlGroups
                ? settings.capabilities.controlGroups.description : ControlGroups.unused.description, reactor: reactor,
            judge: judge(for: plan),
            descriptors: RunningDriver.Descriptors(process: process.releaseHandle(), control: control, output: output),
            onEvent: { [weak self] in self?.take(instance, $0) })
        return SpawnedDriver(instance: instance, socket: socket, pid: pid, secret: secret)
    }

    private func makeGroup(_ instance: UInt64, _ manifest: DriverManifest) throws -> ControlGroup? {
        guard settings.usesControlGroups else { return nil }
        // A number of its own each time: the group of the run before may need a moment to go. The launcher and the init
        // count too, and need next to nothing.
        let number = String(try Randomness.uint64(), radix: 16)
        return try settings.capabilities.controlGroups.make(
            name: "\(Self.groupPrefix)\(ThisProcess.pid).\(instance).\(number)",
            memoryBytes: manifest.memoryBytes + (2 << 20),
            processesMax: UInt64(manifest.processesMax) + 2)
    }

    private func plan(
        _ manifest: DriverManifest, _ folder: String, _ secret: [UInt8], _ user: UInt32, _ group: ControlGroup?
    ) -> SandboxPlan {
        SandboxPlan(
            program: "\(folder)/\(manifest.program)", folder: folder,
            arguments: ["/driver/\(manifest.program)"] + manifest.arguments.map(\.string),
            environment: [
                "CAM_DRIVER_FD=3", "CAM_DRIVER_SECRET=\(Hexadecimal.encode(secret))",
                "CAM_DRIVER_NAME=\(manifest.name)", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8",
                // The runtime would start a helper process at a crash; its death would hide the true signal.
                "SWIFT_BACKTRACE=enable=no",
                // Swift's thread pool tells its troubles to syslog, and the socket for that would look like an attempt.
                "LIBDISPATCH_LOG=stderr",
            ],
            level: manifest.sandboxLevel, namespaces: settings.capabilities.namespaces, userID: user, groupID: user,
            readablePaths: readablePaths, temporaryBytes: manifest.temporaryBytes,
            limits: limits(manifest, inGroup: group != nil), controlGroups: group?.processFiles ?? [],
            controlGroupFolders: group?.folders ?? [], reportsAttempts: settings.capabilities.reportsAttempts,
            execDescriptor: execDescriptor, require: manifest.require.map(\.string))
    }

    /// Without a control group memory is bounded by what the process itself may map: its data, and on top of it what
    /// libraries and thread stacks only reserve.
    private func limits(_ manifest: DriverManifest, inGroup: Bool) -> [SandboxLimit] {
        var limits = [
            SandboxLimit(.openFiles, 256), SandboxLimit(.fileBytes, manifest.temporaryBytes),
            SandboxLimit(.stackBytes, 8 << 20),
        ]
        if let seconds = manifest.cpuSeconds { limits.append(SandboxLimit(.processorSeconds, UInt64(seconds))) }
        // Counts by user: right as root, where each driver has its own, and in a user namespace, which counts apart.
        if ThisProcess.effectiveUserID == 0 || settings.capabilities.allows("user_ns") {
            limits.append(SandboxLimit(.processes, UInt64(manifest.processesMax) + 1))
        }
        if !inGroup {
            limits.append(SandboxLimit(.dataBytes, manifest.memoryBytes))
            limits.append(SandboxLimit(.addressSpaceBytes, manifest.memoryBytes + (1 << 30)))
        }
        return limits
    }

    private var readablePaths: [String] { RuntimePaths.system + settings.readablePaths }

    /// For describing attempts; what decides is the tree that the launcher builds and Landlock.
    func tree(of plan: SandboxPlan) -> SandboxTree {
        let devices = ["null", "zero", "full", "random", "urandom"].map { "/dev/\($0)" }
        let seen = plan.readablePaths + devices
        guard plan.namespaces.contains(.mount) else {
            return SandboxTree(readable: seen + [plan.folder], writable: devices)
        }
        return SandboxTree(
            readable: seen + ["/driver", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf"],
            writable: ["/tmp"] + devices)
    }
}
