// Spawns drivers in their sandboxes, watches them and ends them. It decides nothing: DriverLifecycle does.

public import ABI
public import DriverLifecycle
public import Linux
public import ProtobufWire
public import Reactor
public import Sandbox

/// The drivers of one camd, on its reactor's thread. Nothing here waits for a driver.
///
/// What a driver leaves behind is nothing: its init ends with the launcher, the launcher with camd (it watches the control
/// socket), and everything inside with the init, so also `kill -9` of any of them takes the rest along.
public final class DriverSupervisor {
    public struct Settings: Sendable {
        public var capabilities: SandboxCapabilities
        /// Users that drivers run as when camd is root, one for each.
        public var userIDs: ClosedRange<UInt32>
        /// Read-only inside, beside the system's own libraries: the Swift runtime's folder where it lies elsewhere.
        public var readablePaths: [String]
        public var usesControlGroups: Bool

        public init(
            capabilities: SandboxCapabilities, userIDs: ClosedRange<UInt32> = 0x7000_0000...0x7000_FFFF,
            readablePaths: [String]? = nil, usesControlGroups: Bool = true
        ) throws(Errno) {
            self.capabilities = capabilities
            self.userIDs = userIDs
            self.readablePaths = if let readablePaths { readablePaths } else { try RuntimePaths.swiftRuntime() }
            self.usesControlGroups = usesControlGroups
        }
    }

    /// The sandbox of a driver stands: what was measured in it, just before its program starts.
    public var onReport: ((_ instance: UInt64, SandboxReport) -> Void)?
    /// The sandbox stopped something, for the first time of its kind.
    public var onViolation: ((_ instance: UInt64, Text) -> Void)?
    /// Everything of a driver has gone. Its instance number is free again.
    public var onExit: ((_ instance: UInt64, DriverEnd) -> Void)?

    let settings: Settings
    let reactor: Reactor
    let execDescriptor: Int32
    var running: [UInt64: RunningDriver] = [:]
    private var profiles: [SandboxLevel: SeccompProfile] = [:]
    private var judges: [SandboxLevel: SystemCallJudge] = [:]

    /// - Throws: when this process's own limits cannot be read.
    public init(reactor: Reactor, settings: Settings) throws(Errno) {
        self.reactor = reactor
        self.settings = settings
        let limit = try ThisProcess.limit(.openFiles)
        execDescriptor = SandboxPlan.execDescriptor(hardLimitOfOpenFiles: limit.hard)
        settings.capabilities.controlGroups.removeLeftovers(prefix: Self.groupPrefix)
    }

    static let groupPrefix = "cam.driver."

    public var instances: [UInt64] { running.keys.sorted() }

    /// What is known of a driver that runs; nil when it does not.
    public func facts(_ instance: UInt64) -> DriverFacts? { running[instance]?.facts }

    /// Ends a driver and everything that it started. `onExit` follows, in a later turn.
    public func kill(_ instance: UInt64) { running[instance]?.kill(nil) }

    /// Ends all; for the end of camd.
    public func killAll() {
        for instance in instances { kill(instance) }
    }

    /// Starts a driver. That its program runs is said later by `onReport`, that the sandbox could not be put up by `onExit`.
    ///
    /// - Parameter folder: absolute path of the folder with the manifest and the program.
    public func spawn(instance: UInt64, manifest: DriverManifest, folder: String) throws(SpawnRefusal) -> SpawnedDriver
    {
        precondition(running[instance] == nil, "instance \(instance) of \(manifest.name) runs already")
        try check(manifest)
        let profile = try profile(for: manifest)
        let user = try freeUserID(for: manifest)
        do {
            return try start(instance, manifest, folder, profile, user)
        } catch let error as SpawnError {
            throw SpawnRefusal(driver: manifest.name, reason: error.description, isLasting: false)
        } catch let error as Errno {
            throw SpawnRefusal(driver: manifest.name, reason: "the machine has no room: \(error)", isLasting: false)
        } catch {
            preconditionFailure("no other error is thrown here: \(error)")
        }
    }

    private func check(_ manifest: DriverManifest) throws(SpawnRefusal) {
        let problem = manifest.problem()?.description ?? settings.capabilities.problem
        if let problem { throw SpawnRefusal(driver: manifest.name, reason: problem, isLasting: true) }
    }

    private func profile(for manifest: DriverManifest) throws(SpawnRefusal) -> SeccompProfile {
        let level = manifest.sandboxLevel
        if let profile = profiles[level] { return profile }
        do {
            let profile = try SeccompProfile(
                level: level, reporting: settings.capabilities.reportsAttempts, execDescriptor: execDescriptor)
            profiles[level] = profile
            return profile
        } catch {
            throw SpawnRefusal(driver: manifest.name, reason: error.description, isLasting: !error.cause.isPassing)
        }
    }

    func judge(for plan: SandboxPlan) -> SystemCallJudge {
        var judge =
            judges[plan.level] ?? SystemCallJudge(level: plan.level, tree: SandboxTree(readable: [], writable: []))
        judges[plan.level] = judge
        judge.tree = tree(of: plan)
        return judge
    }

    /// As root every driver has a user of its own, so that no two can reach each other's processes and limits count for one.
    private func freeUserID(for manifest: DriverManifest) throws(SpawnRefusal) -> UInt32 {
        if ThisProcess.effectiveUserID != 0 { return 65534 }
        let taken = Set(running.values.map(\.userID))
        guard let free = settings.userIDs.first(where: { !taken.contains($0) }) else {
            throw SpawnRefusal(driver: manifest.name, reason: "no user of the range is free", isLasting: false)
        }
        return free
    }

    func take(_ instance: UInt64, _ event: RunningDriver.Event) {
        switch event {
        case .report(let report): onReport?(instance, report)
        case .violation(let text): onViolation?(instance, text)
        case .ended(let end):
            guard let driver = running.removeValue(forKey: instance) else { return }
            if let group = driver.group { remove(group, attempts: 50) }
            onExit?(instance, end)
        }
    }

    /// The kernel may need a moment to forget the last process of a group.
    private func remove(_ group: ControlGroup, attempts: Int) {
        if group.remove() || attempts == 0 { return }
        reactor.schedule(after: 20_000_000) { [self] in remove(group, attempts: attempts - 1) }
    }
}

extension DriverManifest {
    var sandboxLevel: SandboxLevel {
        switch level {
        case .pure: .pure
        case .runtime: .runtime
        }
    }
}
