// Keeps one connection to Redis alive: connects, authenticates, loads the scripts, and after a loss does so again.

internal import CHiredis
internal import Contexts
internal import Linux
internal import ProtobufWire
internal import Reactor

final class RedisLink {
    var onReady: () -> Void = {}
    var onReply: (_ tag: UInt, _ reply: RedisReply) -> Void = { _, _ in }
    /// The connection is gone or could not be made; it will be tried again.
    var onAway: (_ reason: String) -> Void = { _ in }

    private let reactor: Reactor
    private let location: RedisLocation
    private let credentials: MemoryURL.Credentials?
    private let options: RedisContextsOptions
    private var delay: RetryDelay

    private var connection: RedisConnection?
    /// The hash of each script, as Redis said it; empty until the connection is ready.
    private var hashes: [[UInt8]] = []
    private var forgotten: Set<ContextScript> = []
    private var greetings: [Greeting] = []
    private var retry: TimerToken?
    private var retryAt: UInt64 = 0
    private var limit: TimerToken?
    private var isClosed = false

    /// What is said before the first operation, in this order; all of it is sent at once.
    private enum Greeting {
        case authenticate, selectDatabase
        case load(ContextScript)
    }

    /// Tags at and above this are greetings; operations are numbered from 1.
    private static let greetingTag: UInt = 1 << 62

    init(
        reactor: Reactor, location: RedisLocation, credentials: MemoryURL.Credentials?, options: RedisContextsOptions
    ) {
        self.reactor = reactor
        self.location = location
        self.credentials = credentials
        self.options = options
        delay = RetryDelay(firstMs: options.reconnectFirstMs, mostMs: options.reconnectMostMs)
    }

    /// In how many milliseconds it is worth asking again: when the next try to connect has been made.
    var retryAfterMs: UInt32 {
        let wait = retryAt > reactor.now ? (retryAt - reactor.now) / 1_000_000 : 0
        return UInt32(clamping: wait + 20)
    }

    func start() {
        // hiredis writes with write(2): without this a Redis that dies would take camd along. No signal, no harm:
        // children start with their signals at the defaults.
        do throws(Errno) { try Signals.ignore(.pipe) } catch {
            preconditionFailure("SIGPIPE cannot be ignored: \(error)")
        }
        connect()
    }

    func connectNow() {
        guard !isClosed, connection == nil else { return }
        if let retry { reactor.cancel(retry) }
        retry = nil
        delay.succeeded()
        connect()
    }

    /// nil where the script has to be sent whole, after which the server knows it again.
    func hash(of script: ContextScript) -> [UInt8]? {
        forgotten.remove(script) == nil ? hashes[script.rawValue] : nil
    }

    func sendWhole(_ script: ContextScript) { forgotten.insert(script) }

    func send(_ command: RedisCommand, tag: UInt) -> Bool { connection?.send(command, tag: tag) ?? false }

    /// Gives the connection up and tries again at once: it does not answer.
    func abort(_ reason: Text) { connection?.close(reason) }

    func close() {
        isClosed = true
        if let retry { reactor.cancel(retry) }
        if let limit { reactor.cancel(limit) }
        retry = nil
        limit = nil
        connection?.close("camd is stopping")
        connection = nil
    }

    private func connect() {
        let connection = RedisConnection(reactor: reactor)
        self.connection = connection
        connection.onOpen = { [weak self] in self?.greet() }
        connection.onReply = { [weak self] tag, reply in self?.replied(tag, reply) }
        connection.onClose = { [weak self] reason in self?.lost(reason.string) }
        limit = reactor.schedule(after: UInt64(options.connectTimeoutMs) * 1_000_000) { [weak self] in
            self?.limit = nil
            self?.abort("the store did not answer within \(self?.options.connectTimeoutMs ?? 0) ms of connecting")
        }
        connection.open(location)
    }

    private func greet() {
        greetings = []
        if let credentials {
            var command = RedisCommand("AUTH")
            if let user = credentials.user { command.append(user) }
            command.append(credentials.password)
            say(.authenticate, command)
        }
        if case .tcp(_, _, let database) = location, database != 0 {
            say(.selectDatabase, RedisCommand("SELECT", String(database)))
        }
        for script in ContextScript.allCases { say(.load(script), RedisCommand("SCRIPT", "LOAD", script.text)) }
    }

    private func say(_ greeting: Greeting, _ command: RedisCommand) {
        greetings.append(greeting)
        // A failure here is a connection that is being closed, which says so by itself.
        _ = connection?.send(command, tag: Self.greetingTag + UInt(greetings.count))
    }

    private func replied(_ tag: UInt, _ reply: RedisReply) {
        guard tag >= Self.greetingTag else { return onReply(tag, reply) }
        if let error = reply.errorText {
            return abort(Text(Self.reason(greetings[Int(tag - Self.greetingTag) - 1], error)))
        }
        guard case .load = greetings[Int(tag - Self.greetingTag) - 1] else { return }
        guard let hash = reply.bytes else { return abort("the store answers like no Redis") }
        hashes.append(hash)
        guard hashes.count == ContextScript.allCases.count else { return }
        if let limit { reactor.cancel(limit) }
        limit = nil
        delay.succeeded()
        onReady()
    }

    private static func reason(_ greeting: Greeting, _ error: String) -> String {
        switch ContextReply(refusal: error) {
        case .refused(_, let reason), .full(let reason): reason.string
        default:
            switch greeting {
            case .authenticate: "Redis refuses the user or password of memory.url"
            case .selectDatabase: "Redis has no database of the number in memory.url"
            case .load: "Redis refuses to load camd's scripts"
            }
        }
    }

    private func lost(_ reason: String) {
        connection = nil
        hashes = []
        if let limit { reactor.cancel(limit) }
        limit = nil
        guard !isClosed else { return }
        let wait = UInt64(delay.next()) * 1_000_000
        retryAt = reactor.now + wait
        retry = reactor.schedule(after: wait) { [weak self] in
            self?.retry = nil
            self?.connect()
        }
        onAway(reason)
    }
}
