// camd's own redis-server: started, watched, restarted, and gone when camd is gone.

internal import Contexts
public import Linux
public import Reactor

/// A redis-server on a Unix socket in `<state>/redis`, which nobody but camd's user can reach.
///
/// It lives no longer than camd: the kernel sends it SIGKILL when the *thread* that started it ends (so start it on
/// camd's main thread, which runs the reactor), which costs nothing, since every acknowledged write is on its disk.
public final class PrivateRedis {
    public struct Options: Sendable {
        /// nil searches PATH and the usual folders.
        public var program: String?
        /// nil leaves memory to the machine's own limits. Beyond it writes are refused; nothing is ever evicted.
        public var memoryBytesMax: UInt64?
        public var restartFirstMs: UInt32 = 100
        public var restartMostMs: UInt32 = 30_000
        /// A server that has run so long has started well: the next restart waits the shortest time again.
        public var healthyAfterMs: UInt32 = 10_000
        /// After SIGTERM; then SIGKILL.
        public var stopTimeoutMs: UInt32 = 5_000

        public init() {}
    }

    public enum State: Sendable, Equatable {
        case running(pid: Int32)
        /// It died and is started again in a while.
        case waiting(reason: String, restartInMs: UInt32)
        case stopping
        case stopped
    }

    /// One byte less than `sockaddr_un.sun_path`, which ends in NUL.
    static let socketPathBytesMax = MemoryURL.socketPathBytesMax

    public private(set) var state: State = .stopped {
        didSet { if state != oldValue { onStateChange(state) } }
    }
    public var onStateChange: (State) -> Void = { _ in }
    /// Where it listens.
    public var socketPath: String { folder.socket }

    private let reactor: Reactor
    private let program: String
    private let options: Options
    private let folder: PrivateRedisFolder
    private var delay: RetryDelay
    private var pidfd: Int32 = -1
    private var registration: Registration?
    private var startedAt: UInt64 = 0
    private var timer: TimerToken?
    private var whenStopped: [() -> Void] = []

    /// Takes the folder, ends what an earlier camd left there, and starts the server. Loading its data may take a
    /// while yet: whoever connects tries again.
    ///
    /// - Parameter stateFolder: camd's; the server's own folder `redis` is made inside.
    public init(stateFolder: String, reactor: Reactor, options: Options = .init()) throws(PrivateRedisError) {
        self.reactor = reactor
        self.options = options
        delay = RetryDelay(firstMs: options.restartFirstMs, mostMs: options.restartMostMs)
        guard let program = Self.find(options.program) else { throw .notInstalled(options.program) }
        self.program = program
        folder = try PrivateRedisFolder(stateFolder + "/redis")
        try spawn()
    }

    /// Whether a store exists there already: then its key must exist as well.
    public static func holdsData(stateFolder: String) throws(Errno) -> Bool {
        try File.exists(stateFolder + "/redis/appendonlydir")
    }

    /// Ends the server in order; `completion` is called when it is gone, never from inside this call.
    public func stop(_ completion: @escaping () -> Void) {
        if state == .stopped {
            reactor.nextTurn(completion)
            return
        }
        whenStopped.append(completion)
        if state == .stopping { return }
        if let timer { reactor.cancel(timer) }
        guard pidfd >= 0 else {
            reactor.nextTurn { [self] in finishStopping() }
            state = .stopping
            return
        }
        state = .stopping
        signal(.terminate)
        timer = reactor.schedule(after: UInt64(options.stopTimeoutMs) * 1_000_000) { [weak self] in
            self?.timer = nil
            self?.signal(.kill)
        }
    }

    deinit {
        if let timer { reactor.cancel(timer) }
        guard pidfd >= 0 else { return }
        if let registration { reactor.deregister(registration) }
        // Dropped without a stop: it must not outlive its owner, nor stay as a zombie that others' waits stumble over.
        signal(.kill)
        reap()
        FileDescriptor.close(pidfd)
    }

    private static func find(_ program: String?) -> String? {
        if let program { return File.isExecutable(program) ? program : nil }
        let path = ThisProcess.environment("PATH") ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/bin", "/usr/local/bin", "/usr/sbin"]
        return folders.map { $0 + "/redis-server" }.first(where: File.isExecutable)
    }
}

// MARK: - The process

extension PrivateRedis {
    private var arguments: [String] {
        var arguments = [
            "--port", "0", "--unixsocket", folder.socket, "--unixsocketperm", "600", "--protected-mode", "yes",
            "--dir", folder.path, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
            "--databases", "1", "--maxclients", "64", "--maxmemory-policy", "noeviction",
            "--daemonize", "no", "--loglevel", "warning", "--logfile", folder.log, "--always-show-logo", "no",
        ]
        if let bytes = options.memoryBytesMax { arguments += ["--maxmemory", String(bytes)] }
        return arguments
    }

    private func spawn() throws(PrivateRedisError) {
        let pid: Int32
        do {
            pid = try startChild()
            try watch(pid)
        } catch let error as SpawnError {
            throw .cannotStart(error)
        } catch let error as Errno {
            throw .folder(folder.path, error)
        } catch {
            preconditionFailure("starting redis-server failed with an error of no known type: \(error)")
        }
        startedAt = reactor.now
        state = .running(pid: pid)
    }

    private func startChild() throws -> Int32 {
        let null = try File.open("/dev/null", .readWrite)
        let log = try folder.openLog()
        let plan = SpawnPlan(
            program: program, arguments: arguments, environment: [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C")],
            descriptors: [(0, null.rawValue), (1, log.rawValue), (2, log.rawValue), (3, folder.serverLock)],
            deathSignal: .kill, umask: 0o077)
        let child = try plan.spawn()
        let pid = child.pid
        pidfd = child.releaseHandle().release()
        return pid
    }

    private func watch(_ pid: Int32) throws(Errno) {
        do throws(Errno) {
            try folder.noteServer(pid: pid)
            registration = try reactor.register(pidfd, .readable) { [weak self] _ in self?.ended() }
        } catch {
            abandonChild()
            throw error
        }
    }

    /// The child runs and cannot be watched: away with it.
    private func abandonChild() {
        signal(.kill)
        reap()
        FileDescriptor.close(pidfd)
        pidfd = -1
    }

    @discardableResult
    private func reap() -> ExitStatus? {
        do throws(Errno) { return try ProcessHandle.reap(pidfd, wait: true) } catch { return nil }
    }

    private func signal(_ signal: Signals.Number) {
        guard pidfd >= 0 else { return }
        // It may have ended in this very moment, which is what is wanted.
        do throws(Errno) { try ProcessHandle.signal(pidfd, signal) } catch {}
    }

    private func ended() {
        if let registration { reactor.deregister(registration) }
        registration = nil
        let status = reap()
        FileDescriptor.close(pidfd)
        pidfd = -1
        folder.forgetServer()
        if state == .stopping { return finishStopping() }
        if reactor.now - startedAt >= UInt64(options.healthyAfterMs) * 1_000_000 { delay.succeeded() }
        var reason = "redis-server \(status.map(\.description) ?? "ended")"
        if case .exited(let code)? = status?.reason, code != 0, let line = folder.lastLogLine() {
            reason += ": \(line)"
        }
        wait(reason)
    }

    private func wait(_ reason: String) {
        let waitMs = delay.next()
        timer = reactor.schedule(after: UInt64(waitMs) * 1_000_000) { [weak self] in self?.startAgain() }
        state = .waiting(reason: reason, restartInMs: waitMs)
    }

    private func startAgain() {
        timer = nil
        do throws(PrivateRedisError) {
            try spawn()
        } catch {
            wait(error.description)
        }
    }

    private func finishStopping() {
        if let timer { reactor.cancel(timer) }
        timer = nil
        state = .stopped
        let waiting = whenStopped
        whenStopped = []
        for completion in waiting { completion() }
    }
}
