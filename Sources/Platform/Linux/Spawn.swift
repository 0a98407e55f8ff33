// Starting a program: everything that it gets is listed, everything else is closed.

internal import CLinux
internal import Glibc

/// What to start and what it gets. Signals start at their defaults, unblocked.
public struct SpawnPlan: Sendable {
    /// Path of the program; it is searched for nowhere.
    public var program: String
    /// After the program's own name.
    public var arguments: [String]
    /// The whole environment; nothing is inherited.
    public var environment: [(name: String, value: String)]
    /// Working folder; nil keeps ours.
    public var folder: String?
    /// What each descriptor number of the child is here. Numbers that are not listed, 0–2 too, are closed in the child.
    public var descriptors: [(target: Int32, source: Int32)]
    /// Its own session, so that no terminal signal reaches it.
    public var newSession: Bool
    /// Sent to the child when the *thread* that started it ends, however that happens: with SIGKILL the child cannot
    /// outlive a killed parent. Start such children from a thread that lives as long as the process.
    public var deathSignal: Signals.Number?
    public var umask: UInt32?

    public init(
        program: String, arguments: [String] = [], environment: [(name: String, value: String)] = [],
        folder: String? = nil, descriptors: [(target: Int32, source: Int32)] = [], newSession: Bool = true,
        deathSignal: Signals.Number? = nil, umask: UInt32? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
        self.descriptors = descriptors
        self.newSession = newSession
        self.deathSignal = deathSignal
        self.umask = umask
    }
}

/// A child that was started. The owner reaps it through the pidfd.
public struct SpawnedProcess: ~Copyable, Sendable {
    public let pid: Int32
    public let pidfd: FileDescriptor

    /// The pidfd alone, owned by the caller from now on.
    public consuming func releaseHandle() -> FileDescriptor { pidfd }
}

/// Why a program could not be started, and at which step.
public struct SpawnError: Error, Sendable, CustomStringConvertible {
    public enum Step: Int32, Sendable {
        case clone = 1, signals, session, deathSignal, folder, descriptors, execute
    }

    public var program: String
    public var step: Step
    public var cause: Errno

    public var description: String {
        let what =
            switch step {
            case .clone: "no new process could be made"
            case .signals: "its signals could not be reset"
            case .session: "it could not get a session of its own"
            case .deathSignal: "it could not be tied to its parent's life"
            case .folder: "its working folder could not be entered"
            case .descriptors: "its descriptors could not be arranged"
            case .execute: "the program could not be executed"
            }
        return "cannot start \(program): \(what): \(cause)"
    }
}

extension SpawnPlan {
    /// Starts the program. When this returns, the program has been executed; failures up to then are thrown.
    public func spawn() throws(SpawnError) -> SpawnedProcess {
        let sorted = descriptors.sorted { $0.target < $1.target }
        for (one, next) in zip(sorted, sorted.dropFirst()) {
            precondition(one.target != next.target, "descriptor \(one.target) of \(program) was given twice")
        }
        var pidfd: Int32 = -1
        var step: Int32 = 0
        var cause: Int32 = 0
        let pid = withCStrings([program] + arguments) { argumentList in
            withCStrings(environment.map { "\($0.name)=\($0.value)" }) { environmentList in
                withOptionalCString(folder) { folderText in
                    program.withCString { programText in
                        let sources = sorted.map(\.source)
                        let targets = sorted.map(\.target)
                        return sources.withUnsafeBufferPointer { sources in
                            targets.withUnsafeBufferPointer { targets in
                                var plan = cam_spawn_plan(
                                    program: programText, arguments: argumentList, environment: environmentList,
                                    folder: folderText, sources: sources.baseAddress, targets: targets.baseAddress,
                                    descriptor_count: Int32(sources.count), new_session: newSession ? 1 : 0,
                                    death_signal: deathSignal?.rawValue ?? 0, umask_set: umask == nil ? 0 : 1,
                                    umask: umask ?? 0)
                                let pid = SystemCall.attempt("clone") { cam_spawn(&plan, &pidfd, &step) }
                                cause = errno
                                return pid
                            }
                        }
                    }
                }
            }
        }
        guard pid > 0 else {
            let step = SpawnError.Step(rawValue: step) ?? .clone
            throw SpawnError(program: program, step: step, cause: Errno(rawValue: cause))
        }
        return SpawnedProcess(pid: pid, pidfd: FileDescriptor(owning: pidfd))
    }
}

extension SpawnPlan {
    /// Runs a program to its end, with nothing to read, nothing in its environment and its standard error dropped.
    ///
    /// - Returns: what it wrote to its standard output, at most `limit` bytes.
    /// - Throws: `SpawnError`; `Errno`, `EFBIG` for more than `limit`.
    public static func output(of program: String, _ arguments: [String], limit: Int = 64 << 10) throws -> String {
        let null = try File.open("/dev/null", .readWrite)
        let pipe = try Pipe.make().release()
        let reading = FileDescriptor(owning: pipe.reading)
        let writing = FileDescriptor(owning: pipe.writing)
        let plan = SpawnPlan(
            program: program, arguments: arguments,
            descriptors: [(0, null.rawValue), (1, writing.rawValue), (2, null.rawValue)])
        let process = try plan.spawn().releaseHandle()
        writing.close()
        let bytes = try File.readAll(reading.rawValue, limit: limit)
        _ = try ProcessHandle.reap(process.rawValue, wait: true)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A null-terminated list of C strings for the time of the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var list: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    list.append(nil)
    defer { for string in list { free(string) } }
    return list.withUnsafeBufferPointer { body($0.baseAddress!) }
}

private func withOptionalCString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}
