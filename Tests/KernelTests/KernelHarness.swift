// A kernel in a small world: virtual time, a journal in memory, drivers that do what the test says. No I/O.

import ABI
import Containers
import Contexts
import DriverLifecycle
import Framing
import Policy
import ProtobufWire
import Quota
import Testing

@testable import Kernel

/// One frame that the kernel sent.
struct SentFrame {
    let header: FrameHeader
    let payload: [UInt8]
    let after: UInt64

    var status: Status? { Status(rawValue: header.flagsOrStatus) }

    func decode<Message: ProtobufMessage>(_: Message.Type = Message.self) throws -> Message {
        try Message(decoding: payload)
    }
}

struct JournalEntry: Equatable {
    let epoch: UInt64
    let sequence: UInt64
    let durable: Bool
    let bytes: [UInt8]
}

final class KernelHarness {
    static let policy = """
        package cam

        import rego.v1

        default allow := false

        allow if input.resource.name != "forbidden"

        effective_labels contains name if some name, _ in input.caller.labels
        """

    private(set) var kernel: Kernel
    private(set) var journal: [JournalEntry]
    var now = Instant(monotonic: 1_000_000_000, wall: 1_700_000_000_000_000_000)
    /// Frames by connection, in the order in which they were sent.
    private(set) var sent: [ConnectionID: [SentFrame]] = [:]
    private(set) var closed: Set<ConnectionID> = []
    private(set) var contexts: [ContextRequest] = []
    private(set) var spawned: [(driver: Int, instance: UInt64)] = []
    private(set) var killed: [UInt64] = []
    private(set) var wakeAt: UInt64 = .max
    private(set) var credit: [ConnectionID: UInt32] = [:]
    private(set) var claims: [TokenClaims] = []
    private(set) var policyLoads: [UInt64] = []
    private(set) var grants: [Grant] = []
    private var nextConnection: UInt32 = 0
    private var buffer = Directives()
    let settings: KernelSettings
    private let policy: String

    init(
        settings: KernelSettings = KernelSettings(), policy: String = KernelHarness.policy,
        journal: [JournalEntry] = [],
        room: Int = 1 << 30
    ) throws {
        self.settings = settings
        self.policy = policy
        self.journal = journal
        let engine = try PolicyEngine(
            modules: [PolicySource(name: "test.rego", text: policy)], kernel: PolicyKernelFacts(uid: settings.uid))
        kernel = Kernel(settings: settings, policy: engine)
        for entry in journal {
            kernel.replay(
                try JournalRecord(decoding: entry.bytes, limits: .stored), epoch: entry.epoch, sequence: entry.sequence)
        }
        kernel.start(
            epoch: (journal.last?.epoch ?? 0) + 1, lastSequence: journal.last?.sequence ?? 0, journalRoom: room,
            now: now,
            into: &buffer)
        perform()
        feed(.completed(.storeState(available: true, "up")))
    }

    /// The same machine after a crash: only what was durable is left, and everything before it.
    func restarted() throws -> KernelHarness {
        let last = journal.last(where: \.durable)?.sequence ?? 0
        return try KernelHarness(settings: settings, policy: policy, journal: journal.filter { $0.sequence <= last })
    }

    func feed(_ event: KernelEvent) {
        kernel.handle(event, now: now, into: &buffer)
        perform()
    }

    /// Lets time pass, with every reminder at its moment.
    func advance(milliseconds: UInt64) {
        let end = now.monotonic + milliseconds * 1_000_000
        while wakeAt <= end {
            let at = max(wakeAt, now.monotonic)
            now.wall += Int64(at - now.monotonic)
            now.monotonic = at
            wakeAt = .max
            feed(.timer)
        }
        now.wall += Int64(end - now.monotonic)
        now.monotonic = end
    }

    private func perform() {
        let bytes = buffer.bytes
        for directive in buffer.list {
            switch directive {
            case .send(let connection, let range, let after): record(connection, Array(bytes[range]), after)
            case .sendWithToken(let connection, let range, let claims, let after):
                self.claims.append(claims)
                record(connection, Array(bytes[range]), after)
            case .grantCredit(let connection, let more): credit[connection, default: 0] += more
            case .close(let connection, _): closed.insert(connection)
            case .append(let range, let sequence, let durable):
                journal.append(
                    JournalEntry(epoch: kernel.epoch, sequence: sequence, durable: durable, bytes: Array(bytes[range])))
            case .context(let index, _): contexts.append(buffer.contexts[index])
            case .readRecord(let sequence, let token): reads.append((sequence, token))
            case .loadPolicies(let token, let grant, _):
                policyLoads.append(token)
                if let grant { grants.append(grant) }
            case .spawn(let driver, let instance): spawned.append((driver, instance))
            case .kill(let instance, _): killed.append(instance)
            case .wake(let at): wakeAt = min(wakeAt, at)
            case .log, .drained: break
            }
        }
        buffer.removeAll()
        while let (sequence, token) = reads.popLast() {
            let entry = journal.first { $0.sequence == sequence }
            feed(.completed(.record(token: token, epoch: entry?.epoch ?? 0, bytes: entry?.bytes)))
        }
    }

    private var reads: [(UInt64, UInt64)] = []

    private func record(_ connection: ConnectionID, _ frame: [UInt8], _ after: UInt64) {
        guard let cut = try? frame.withUnsafeBytes({ bytes in try FrameReader.next(in: bytes, limits: .registered) })
        else {
            Issue.record("the kernel sent a frame that does not parse")
            return
        }
        sent[connection, default: []].append(
            SentFrame(header: cut.header, payload: Array(frame[FrameHeader.byteCount...]), after: after))
    }

    // MARK: Peers

    func connect(_ door: Door = .agents, uid: UInt32 = 0) -> ConnectionID {
        nextConnection += 1
        let id = ConnectionID(index: nextConnection, generation: 1)
        feed(.connected(id, Peer(door: door, uid: uid, gid: uid, groups: [], pid: 42, executable: "/bin/test")))
        return id
    }

    func send(
        _ connection: ConnectionID, _ call: UInt8, id: UInt64, _ payload: [UInt8], kind: FrameKind = .request,
        status: UInt8 = 0
    ) {
        let header = FrameHeader(
            kind: kind, call: call, flagsOrStatus: status, requestID: id, payloadCount: payload.count)
        payload.withUnsafeBytes { feed(.frame(connection, header, $0)) }
    }

    /// Makes a call and returns the answer that came at once, if one did.
    @discardableResult
    func call(_ connection: ConnectionID, _ call: CallNumber, id: UInt64 = 1, _ request: some ProtobufMessage)
        -> SentFrame?
    {
        send(connection, call.rawValue, id: id, request.encoded())
        return answer(connection, id)
    }

    /// The answer to a request, nil where there is none yet.
    func answer(_ connection: ConnectionID, _ id: UInt64) -> SentFrame? {
        sent[connection]?.last { $0.header.kind == .response && $0.header.requestID == id }
    }

    func items(_ connection: ConnectionID, _ id: UInt64) -> [SentFrame] {
        (sent[connection] ?? []).filter { $0.header.kind == .streamItem && $0.header.requestID == id }
    }

    /// A registered agent.
    func agent(
        _ name: Text = "tester", uid: UInt32 = 0, door: Door = .agents, labels: [Label] = [], offers: [Capability] = [],
        slots: UInt32 = 0
    ) throws -> ConnectionID {
        let connection = connect(door, uid: uid)
        let request = RegisterAgentRequest(name: name, labels: labels, offers: offers, slots: slots)
        let answer = try #require(call(connection, .registerAgent, id: 0, request))
        #expect(answer.status == .ok)
        return connection
    }

    // MARK: Drivers

    /// Starts the newest instance of a driver as its supervisor would, up to its registration.
    @discardableResult
    func startDriver(_ place: Int) throws -> ConnectionID {
        let instance = try #require(spawned.last { $0.driver == place }).instance
        let secret = [UInt8](repeating: UInt8(truncatingIfNeeded: instance), count: 32)
        feed(.completed(.spawned(instance: instance, pid: 100, secret: secret)))
        let connection = connect(.driver(instance: instance))
        let answer = try #require(
            call(connection, .registerAgent, id: 0, RegisterAgentRequest(name: "x", driverSecret: secret)))
        #expect(answer.status == .ok)
        return connection
    }

    /// The upcalls that a driver has been sent and were not taken by the test yet.
    func upcalls(_ connection: ConnectionID) throws -> [(id: UInt64, upcall: InvokeUpcall)] {
        try (sent[connection] ?? []).filter { $0.header.kind == .upcall }.map { ($0.header.requestID, try $0.decode()) }
    }

    func respond(_ connection: ConnectionID, _ upcall: UInt64, _ text: String, cost: UInt64 = 5) {
        let result = InvokeResult(output: Array(text.utf8), contentType: "text/plain", costMicros: cost, units: 1)
        send(connection, CallNumber.think.rawValue, id: upcall, result.encoded(), kind: .upcallResponse)
    }

    func respond(_ connection: ConnectionID, _ upcall: UInt64, failing status: Status, _ message: Text = "no") {
        send(
            connection, CallNumber.think.rawValue, id: upcall, CallError(message: message).encoded(),
            kind: .upcallResponse,
            status: status.rawValue)
    }

    func disconnect(_ connection: ConnectionID) { feed(.disconnected(connection)) }

    func record(_ sequence: UInt64) throws -> JournalRecord {
        let entry = try #require(journal.first { $0.sequence == sequence })
        return try JournalRecord(decoding: entry.bytes, limits: .stored)
    }

    static func settings(drivers: [DriverManifest] = []) -> KernelSettings {
        var settings = KernelSettings()
        settings.drivers = drivers
        return settings
    }

    static func driver(
        _ name: Text, latency: UInt64 = 1_000, cost: UInt64 = 10, quality: Double = 0.5, slots: UInt32 = 1,
        idempotent: Bool = true, timeout: UInt32 = 30_000
    ) -> DriverManifest {
        var manifest = DriverManifest(name: name, program: "x")
        manifest.capabilities = [
            Capability(
                name: "text.work", latencyUs: latency, costMicros: cost, quality: quality, idempotent: idempotent)
        ]
        manifest.slots = slots
        manifest.callTimeoutMilliseconds = timeout
        return manifest
    }
}
