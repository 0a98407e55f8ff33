// camd as a real process in folders of its own, for end-to-end tests.

public import ABI
public import CAMClient
public import Linux
public import ProtobufWire
internal import Synchronization

/// What a camd of a test gets beside its own folders.
public struct CamdConfiguration: Sendable {
    /// Content of its configuration file; JSON5. Empty: there is a file, and it is empty.
    public var file = "{}\n"
    /// Added to the environment; wins over what the fixture sets.
    public var environment: [String: String] = [:]
    public var arguments: [String] = []
    /// Instead of the tree's own.
    public var driversFolder: String?
    public var policiesFolder: String?
    /// A program with arguments that starts camd in its own place, for example `unshare -m`; empty starts it directly.
    public var startedThrough: [String] = []

    public init() {}
}

/// Why a test's camd did not come up.
public struct CamdFailure: Error, CustomStringConvertible {
    public var what: String
    public var standardError: String

    public init(what: String, standardError: String) {
        self.what = what
        self.standardError = standardError
    }

    public var description: String { "\(what)\nIts stderr:\n\(standardError)" }
}

/// One camd with a state folder, a runtime folder and an agent's socket of its own. It is killed when nobody holds it any more, and
/// dies with the test process in any case.
public final class CamdProcess: Sendable {
    /// The installed tree under test: `bin/camd`, `bin/camctl`, `libexec/cam/…`. From `CAM_TREE`.
    public static var tree: String? { ThisProcess.environment("CAM_TREE").flatMap { $0.isEmpty ? nil : $0 } }

    public let folder: TemporaryFolder
    public let configuration: CamdConfiguration
    private let program: String
    private let process = Mutex<ChildProcess?>(nil)

    /// Starts camd and waits until it listens.
    ///
    /// - Throws: `CamdFailure` with its stderr where it ends or does not listen within `seconds`.
    public static func start(
        _ configuration: CamdConfiguration = CamdConfiguration(), within seconds: Double = 60
    ) async throws -> CamdProcess {
        guard let tree else { throw CamdFailure(what: "CAM_TREE does not name the tree to test", standardError: "") }
        let folder = try TemporaryFolder("camd")
        try folder.folder("state")
        try folder.folder("run")
        try folder.file("camd.json5", configuration.file)
        let camd = CamdProcess(folder: folder, configuration: configuration, program: "\(tree)/bin/camd")
        try await camd.restart(within: seconds)
        return camd
    }

    private init(folder: TemporaryFolder, configuration: CamdConfiguration, program: String) {
        self.folder = folder
        self.configuration = configuration
        self.program = program
    }

    public var stateFolder: String { folder.path("state") }
    public var socketPath: String { folder.path("run/cam.sock") }
    public var adminSocketPath: String { folder.path("run/admin.sock") }
    public var configurationFile: String { folder.path("camd.json5") }

    /// The environment of this camd, and of any camctl or agent that is to talk to it.
    public var environment: [String: String] {
        var all = [
            "CAM_STATE_DIR": stateFolder, "CAM_RUNTIME_DIR": folder.path("run"), "CAM_CONFIG": configurationFile,
            "CAM_SOCKET": socketPath, "CAM_ADMIN_SOCKET": adminSocketPath,
            "SWIFT_BACKTRACE": "enable=no",
        ]
        all["CAM_DRIVERS_DIR"] = configuration.driversFolder
        all["CAM_POLICIES_DIR"] = configuration.policiesFolder
        return all.merging(configuration.environment) { $1 }
    }

    private var current: ChildProcess {
        guard let child = process.withLock({ $0 }) else { preconditionFailure("this camd was never started") }
        return child
    }

    public var pid: Int32 { current.pid }
    /// What the present process has written to stderr so far.
    public var standardError: String { current.standardError }

    // MARK: Start and end

    /// Starts it again on the same state, and waits until it listens. What ran before must have ended.
    public func restart(within seconds: Double = 60) async throws {
        let child = try await relaunch()
        try await eventually("camd's listening", within: seconds) {
            if let status = try child.exitStatus() {
                throw CamdFailure(what: "camd ended at once: \(status)", standardError: child.standardError)
            }
            return listens()
        }
    }

    /// The same without waiting for anything: for a camd that may well end at once.
    @discardableResult
    public func relaunch() async throws -> ChildProcess {
        let child = try await launch()
        process.withLock { $0 = child }
        return child
    }

    /// How the present process ended; nil while it runs.
    public func exitStatus() throws(Errno) -> ExitStatus? { try current.exitStatus() }

    /// Starts one more camd on the same folders without waiting for anything: for tests of what must be refused.
    public func launch() async throws -> ChildProcess {
        let words = configuration.startedThrough + [program] + configuration.arguments
        return try await ChildProcess.start(words[0], Array(words.dropFirst()), environment: environment)
    }

    private func listens() -> Bool {
        do {
            _ = try Socket.connect(unixPath: socketPath, nonBlocking: true)
            return true
        } catch {
            return false
        }
    }

    public func signal(_ number: Signals.Number) { current.signal(number) }

    /// SIGKILL, as a crash would end it.
    public func kill() async throws { try await current.kill() }

    /// SIGTERM, and how it ended.
    @discardableResult
    public func stop(within seconds: Double = 30) async throws -> ExitStatus {
        let child = current
        child.signal(.terminate)
        do {
            return try await child.ended(within: seconds)
        } catch {
            throw CamdFailure(what: "\(error)", standardError: child.standardError)
        }
    }

    // MARK: Talking to it

    /// An agent over the agents' socket.
    public func client(
        name: Text = "test-agent", labels: [Label] = [Label(name: "use", value: "text")],
        reconnect: ReconnectPolicy = .standard
    ) async throws -> CAMClient {
        try await CAMClient.connect(
            ConnectOptions(
                socketPath: socketPath, name: name, labels: labels, reconnect: reconnect, patience: .seconds(20)))
    }

    /// An administrator over the admin socket.
    public func administrator(name: Text = "test-admin") async throws -> CAMClient {
        try await CAMClient.connect(ConnectOptions(socketPath: adminSocketPath, name: name, patience: .seconds(20)))
    }

    /// A connection for attacks.
    public func raw() throws -> RawConnection { try RawConnection(unixPath: socketPath) }

    /// Waits until these drivers are ready.
    public func waitForDrivers(_ names: [Text] = ["text-lead", "text-rank"], within seconds: Double = 60) async throws {
        let client = try await administrator()
        do {
            try await eventually("readiness of \(names)", within: seconds) {
                let drivers = try await client.observe(ObserveRequest(what: .drivers(Nothing()))).drivers
                return names.allSatisfy { name in drivers.contains { $0.name == name && $0.state == "ready" } }
            }
        } catch let error as WaitTimedOut {
            throw CamdFailure(what: "\(error)", standardError: standardError)
        }
        await client.close()
    }

    /// Runs a program of the tree's `bin` to its end with this camd's environment.
    public func run(_ name: String, _ arguments: [String], within seconds: Double = 60) async throws -> ChildProcess {
        guard let tree = Self.tree else { throw CamdFailure(what: "CAM_TREE is not set", standardError: "") }
        let child = try await ChildProcess.start("\(tree)/bin/\(name)", arguments, environment: environment)
        try await child.ended(within: seconds)
        return child
    }
}
