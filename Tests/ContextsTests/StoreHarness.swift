// A real redis-server on a Unix socket in a folder of its own, a reactor, and the adapter under test.

import ABI
import Contexts
import Crypto
import Linux
import ProtobufWire
import Reactor
import RedisContexts
import Testing

struct HarnessError: Error, CustomStringConvertible {
    let description: String
}

/// A redis-server that the test owns. It dies with the test's thread, which a synchronous test keeps.
final class TestRedis {
    static let program: String? = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].first(
        where: File.isExecutable)

    let folder: String
    let socket: String
    private let arguments: [String]
    private(set) var pid: Int32 = 0
    private var pidfd: Int32 = -1

    init(_ arguments: [String] = [], ownFolder: String? = nil) throws {
        folder = try ownFolder ?? Directory.makeTemporary(prefix: "/tmp/cam-contexts-")
        socket = folder + "/s"
        self.arguments = arguments
        try start()
    }

    func start() throws {
        let base = [
            "--port", "0", "--unixsocket", socket, "--dir", folder, "--appendonly", "yes", "--appendfsync", "always",
            "--save", "", "--logfile", folder + "/log", "--enable-debug-command", "local",
        ]
        let null = try File.open("/dev/null", .readWrite)
        let plan = SpawnPlan(
            program: try #require(Self.program), arguments: base + arguments, environment: [("PATH", "/usr/bin:/bin")],
            descriptors: [(0, null.rawValue), (1, null.rawValue), (2, null.rawValue)], deathSignal: .kill)
        let child = try plan.spawn()
        pid = child.pid
        pidfd = child.releaseHandle().release()
        let limit = Clock.monotonic() + 10_000_000_000
        while Clock.monotonic() < limit {
            if let raw = try? RawRedis(socket), let reply = try? raw.send("PING") {
                if case .error(let text) = reply, text.hasPrefix("LOADING") {} else { return }
            }
            Clock.sleep(nanoseconds: 5_000_000)
        }
        throw HarnessError(description: "redis-server did not come up in \(folder)")
    }

    func signal(_ signal: Signals.Number) throws { try ProcessHandle.signal(pidfd, signal) }

    func kill() throws {
        guard pidfd >= 0 else { return }
        try ProcessHandle.signal(pidfd, .kill)
        _ = try ProcessHandle.reap(pidfd, wait: true)
        FileDescriptor.close(pidfd)
        pidfd = -1
    }

    deinit {
        try? kill()
        try? Directory.removeAll(folder)
    }
}

/// Gives each operation an id, and its result to whoever asked.
final class Answers {
    private let contexts: RedisContexts
    private var askers: [UInt64: (ContextResult) -> Void] = [:]
    private var lastID: UInt64 = 0

    init(_ contexts: RedisContexts) {
        self.contexts = contexts
        contexts.onResult = { [unowned self] id, result in
            guard let asker = askers.removeValue(forKey: id) else {
                Issue.record("operation \(id) was answered and not asked: \(result)")
                return
            }
            asker(result)
        }
    }

    func submit(
        _ operation: ContextOperation, context: Text = "notes", owner: UInt64 = 1,
        _ asker: @escaping (ContextResult) -> Void
    ) {
        lastID += 1
        askers[lastID] = asker
        contexts.submit(ContextRequest(id: lastID, owner: owner, context: context, operation: operation))
    }
}

/// One adapter on one reactor, made to wait for.
final class StoreHarness {
    let redis: TestRedis
    let reactor: Reactor
    let contexts: RedisContexts
    let answers: Answers
    /// Milliseconds that the adapter's wall clock is ahead.
    private let skew = Box(0)

    final class Box<Value> {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    init(
        _ redis: TestRedis? = nil, key: SecretKey = StoreHarness.key(), location: RedisLocation? = nil,
        credentials: MemoryURL.Credentials? = nil, options: RedisContextsOptions = StoreHarness.patient,
        awaitReady: Bool = true
    ) throws {
        self.redis = try redis ?? TestRedis()
        reactor = try Reactor()
        let skew = skew
        contexts = RedisContexts(
            reactor: reactor, location: location ?? .unixSocket(path: self.redis.socket), credentials: credentials,
            key: key, options: options, wallClockNs: { Clock.wall() + Int64(skew.value) * 1_000_000 })
        answers = Answers(contexts)
        if awaitReady { try run { self.contexts.state == .ready } }
    }

    /// A machine that is busy with other things is not a Redis that is away.
    static var patient: RedisContextsOptions {
        var options = RedisContextsOptions()
        options.answerTimeoutMs = 30_000
        options.connectTimeoutMs = 10_000
        return options
    }

    static func key(_ byte: UInt8 = 7) -> SecretKey {
        SecretKey(copying: [UInt8](repeating: byte, count: 32).withUnsafeBytes { $0 })
    }

    /// Another adapter on the same reactor and Redis, with the same key.
    func anotherAdapter() -> RedisContexts {
        RedisContexts(
            reactor: reactor, location: .unixSocket(path: redis.socket), key: Self.key(), options: Self.patient)
    }

    func passTime(milliseconds: Int) { skew.value += milliseconds }

    /// Turns the reactor until the condition holds.
    func run(seconds: UInt64 = 20, until condition: () -> Bool) throws {
        let limit = Clock.monotonic() + seconds * 1_000_000_000
        while !condition() {
            guard Clock.monotonic() < limit else {
                throw HarnessError(description: "nothing happened for \(seconds) s; the store is \(contexts.state)")
            }
            try reactor.runOnce(timeoutMilliseconds: 10)
        }
    }

    /// Submits without waiting; the result appears in the box.
    func begin(_ operation: ContextOperation, context: Text = "notes", owner: UInt64 = 1) -> Box<ContextResult?> {
        let box = Box<ContextResult?>(nil)
        answers.submit(operation, context: context, owner: owner) {
            #expect(box.value == nil, "an operation was answered twice")
            box.value = $0
        }
        #expect(box.value == nil, "an operation was answered from inside submit")
        return box
    }

    func perform(
        _ operation: ContextOperation, context: Text = "notes", owner: UInt64 = 1
    ) throws -> ContextResult {
        let box = begin(operation, context: context, owner: owner)
        try run { box.value != nil }
        return try #require(box.value)
    }

    @discardableResult
    func store(
        _ key: Text, _ value: String, ttlMs: UInt64? = nil, ifVersion: UInt64? = nil, context: Text = "notes",
        owner: UInt64 = 1
    ) throws -> ContextResult {
        try perform(Self.store(key, value, ttlMs: ttlMs, ifVersion: ifVersion), context: context, owner: owner)
    }

    func recall(
        _ key: Text, version: UInt64? = nil, context: Text = "notes", owner: UInt64 = 1
    ) throws -> ContextResult {
        try perform(.recall(key: key, version: version), context: context, owner: owner)
    }

    static func store(
        _ key: Text, _ value: String, ttlMs: UInt64? = nil, ifVersion: UInt64? = nil
    ) -> ContextOperation {
        .store(
            key: key, value: Array(value.utf8), contentType: "text/plain", ttlMs: ttlMs, ifVersion: ifVersion,
            provenance: provenance)
    }

    static let provenance = Provenance(
        agentID: 1, taskID: 5, decisionID: DecisionID(epoch: 3, sequence: 1042), writtenNs: 1_700_000_000_000_000_000)
}

extension ContextResult {
    /// The recalled value as text.
    var text: String? {
        if case .recalled(let value, _) = self { String(decoding: value, as: UTF8.self) } else { nil }
    }

    var isDataLoss: Bool { if case .dataLoss = self { true } else { false } }
    var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
    var isOutcomeUnknown: Bool { if case .outcomeUnknown = self { true } else { false } }
    var reason: String {
        switch self {
        case .dataLoss(let reason), .outcomeUnknown(let reason), .storeFull(let reason), .unavailable(_, let reason):
            reason.string
        default: ""
        }
    }
}
