// A real process under test: its output kept, its end waited for, killed when nobody holds it any more.

public import Linux
internal import Synchronization

/// A program that was started. stdout and stderr go to files in a folder of its own.
public final class ChildProcess: Sendable {
    public let program: String
    public let pid: Int32
    private let pidfd: Int32
    private let outputFolder: TemporaryFolder
    private let status = Mutex<ExitStatus?>(nil)

    /// Starts `program` with exactly this environment; `inheriting` names variables that are passed on where they are set;
    /// `descriptors` are given to it beside stdin, stdout and stderr.
    public static func start(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        inheriting: [String] = ["PATH", "HOME", "LANG", "LD_LIBRARY_PATH"], folder: String? = nil,
        descriptors: [(target: Int32, source: Int32)] = []
    ) async throws -> ChildProcess {
        let outputFolder = try TemporaryFolder("output")
        let input = try File.open("/dev/null", .readOnly)
        let output = try File.open(outputFolder.path("stdout"), [.writeOnly, .create, .append])
        let errors = try File.open(outputFolder.path("stderr"), [.writeOnly, .create, .append])
        var all = environment
        for name in inheriting where all[name] == nil { all[name] = ThisProcess.environment(name) }
        let plan = SpawnPlan(
            program: program, arguments: arguments,
            environment: all.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }, folder: folder,
            descriptors: [(0, input.rawValue), (1, output.rawValue), (2, errors.rawValue)] + descriptors)
        let (pid, pidfd) = try await ProcessSpawner.shared.spawn(plan)
        return ChildProcess(program: program, pid: pid, pidfd: pidfd, outputFolder: outputFolder)
    }

    private init(program: String, pid: Int32, pidfd: Int32, outputFolder: TemporaryFolder) {
        self.program = program
        self.pid = pid
        self.pidfd = pidfd
        self.outputFolder = outputFolder
    }

    deinit {
        if status.withLock({ $0 }) == nil {
            signal(.kill)
            do {
                // SIGKILL cannot be refused: the wait is short.
                _ = try ProcessHandle.reap(pidfd, wait: true)
            } catch {
                // Somebody else has reaped it.
            }
        }
        FileDescriptor.close(pidfd)
    }

    public var standardOutput: String { text("stdout") }
    public var standardError: String { text("stderr") }

    private func text(_ name: String) -> String {
        do {
            return String(decoding: try File.readAll(outputFolder.path(name), limit: 64 << 20), as: UTF8.self)
        } catch {
            return "(\(name) cannot be read: \(error))"
        }
    }

    /// Sends a signal; a process that has ended gets none.
    public func signal(_ number: Signals.Number) {
        do {
            try ProcessHandle.signal(pidfd, number)
        } catch {
            precondition(error == .ESRCH, "\(program) could not be signalled: \(error)")
        }
    }

    /// How it ended, or nil while it runs.
    public func exitStatus() throws(Errno) -> ExitStatus? {
        try status.withLock { status throws(Errno) in
            if status == nil { status = try ProcessHandle.reap(pidfd, wait: false) }
            return status
        }
    }

    /// Waits for its end.
    ///
    /// - Throws: `WaitTimedOut` when it still runs after `seconds`.
    @discardableResult
    public func ended(within seconds: Double = 30) async throws -> ExitStatus {
        try await eventually("the end of \(program)", within: seconds, every: 5) { try exitStatus() }
    }

    /// SIGKILL, and waits for the end.
    public func kill() async throws {
        signal(.kill)
        try await ended()
    }
}
