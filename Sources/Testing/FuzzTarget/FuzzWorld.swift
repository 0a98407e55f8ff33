// One whole kernel and the little world around it, as values: a run begins with a copy of a prepared one.

import ABI
import Containers
import Contexts
import DriverLifecycle
import Framing
import Kernel
import ProtobufWire

/// A connection as the shell would keep it.
struct FuzzPeer {
    let id: ConnectionID
    let door: Door
    /// Bytes of a frame that is not whole yet.
    var input: [UInt8] = []
    var isRegistered = false
    /// It was told goodbye: requests from then on need no answer.
    var isTold = false
    /// The kernel has asked for its connection to be closed.
    var isClosed = false
    /// The agent, where it offers capabilities; asked for with its registration, true when that is answered.
    var offering: (agent: UInt64, isOffered: Bool) = (0, false)
    /// Requests by id that were not answered.
    var open: [UInt64: Int] = [:]
}

struct FuzzRecord {
    let epoch: UInt64
    let durable: Bool
    let bytes: [UInt8]
}

struct FuzzWorld {
    static let peersMax = 8
    static let stepsMax = 400

    var kernel: Kernel
    var now = Instant(monotonic: 1_000_000_000, wall: 1_700_000_000_000_000_000)
    var wakeAt: UInt64 = .max
    var peers: [FuzzPeer] = []
    /// The records after `base`, which a checkpoint covers.
    var journal: [FuzzRecord] = []
    var base: UInt64 = 0
    var connections = SlotIDs()
    /// The connection that is being taken away: what it is still sent goes nowhere.
    var leaving: ConnectionID?
    var claims: TokenClaims?

    // What the kernel asked for and has not been told the end of.
    var contexts: [ContextRequest] = []
    var reads: [(sequence: UInt64, token: UInt64)] = []
    var loads: [UInt64] = []
    var spawns: [(driver: Int, instance: UInt64)] = []
    var instances: [UInt64] = []
    /// Upcalls of this run of the kernel, by id, and in order those that were not answered.
    var upcalls: [UInt64: ConnectionID] = [:]
    var unanswered: [UInt64] = []

    /// The operator has told it to stop, and it starts no drivers any more.
    var isStopping = false
    /// What the last look around has shown.
    var lastObserved: ObserveResponse?
    /// Told of every step and of what came of it, where somebody reads along.
    var story: (@Sendable (String) -> Void)?
    private var buffer = Directives()

    var lastSequence: UInt64 { base + UInt64(journal.count) }

    /// Nil where a crash has lost it, or the checkpoint covers it.
    func record(_ sequence: UInt64) -> FuzzRecord? {
        sequence > base && sequence <= lastSequence ? journal[Int(sequence - base) - 1] : nil
    }

    /// Not started.
    static let unborn = FuzzWorld()

    private init() {
        kernel = Kernel(settings: FuzzFixture.settings, policy: FuzzFixture.policies[0])
    }

    // MARK: Beginnings

    static func run(_ input: inout FuzzInput, _ story: (@Sendable (String) -> Void)?) throws(FuzzFinding) {
        var world = prepared[input.below(prepared.count)]
        world.story = story
        try world.steps(&input)
        story?("the end")
        try world.finish()
    }

    private mutating func steps(_ input: inout FuzzInput) throws(FuzzFinding) {
        for _ in 0..<Self.stepsMax where !input.isEmpty { try step(&input) }
    }

    /// The durable state after some steps of the world that is peopled.
    static func state(after steps: [UInt8]) -> [UInt8] {
        var world = prepared[0]
        let outcome = steps.withUnsafeBytes { (bytes) -> Result<Void, FuzzFinding> in
            var input = FuzzInput(bytes)
            return Result { () throws(FuzzFinding) in try world.steps(&input) }
        }
        if case .failure(let finding) = outcome { preconditionFailure("a seed finds something: \(finding)") }
        return world.kernel.durableStateBytes
    }

    /// A kernel that nobody has spoken to, and one with drivers, two agents and an administrator.
    static let prepared: [FuzzWorld] = {
        do throws(FuzzFinding) {
            var fresh = unborn
            try fresh.begin(epoch: 1)
            var peopled = fresh
            for instance in peopled.spawns.map(\.instance) {
                try peopled.spawned(instance)
                try peopled.connect(.driver(instance: instance), uid: FuzzFixture.uid)
                try peopled.register(RegisterAgentRequest(driverSecret: secret(instance)))
            }
            for (door, name) in [(Door.agents, "one"), (.agents, "two"), (.administration, "admin")] as [(Door, Text)] {
                try peopled.connect(door, uid: FuzzFixture.uid)
                try peopled.register(RegisterAgentRequest(name: name, labels: [Label(name: "use", value: "text")]))
            }
            return [peopled, fresh]
        } catch {
            preconditionFailure("the world cannot begin: \(error)")
        }
    }()

    static func secret(_ instance: UInt64) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: instance), count: 32)
    }

    mutating func register(_ request: RegisterAgentRequest) throws(FuzzFinding) {
        guard let place = peers.indices.last else { return }
        try frame(place, FrameHeader(kind: .request, call: CallNumber.registerAgent.rawValue), request.encoded())
    }

    /// Starts the kernel on what it has replayed.
    mutating func begin(epoch: UInt64) throws(FuzzFinding) {
        wakeAt = .max
        kernel.start(
            epoch: epoch, lastSequence: lastSequence, journalRoom: 1 << 30, now: now, into: &buffer)
        try perform()
        try feed(.completed(.storeState(available: true, "up")))
    }

    // MARK: What can happen

    mutating func feed(_ event: KernelEvent) throws(FuzzFinding) {
        story?("  > \(event)")
        kernel.handle(event, now: now, into: &buffer)
        try perform()
    }

    private mutating func perform() throws(FuzzFinding) {
        var done = Directives(empty: ())
        swap(&done, &buffer)
        for directive in done.list {
            story?("    < \(directive)")
            try perform(directive, done)
        }
        done.removeAll()
        swap(&done, &buffer)
    }

    mutating func connect(_ door: Door, uid: UInt32) throws(FuzzFinding) {
        let id = connections.make()
        peers.append(FuzzPeer(id: id, door: door))
        try feed(
            .connected(
                id, Peer(door: door, uid: uid, gid: uid, groups: [uid, 7], pid: 42, executable: "/bin/fuzz")))
    }

    mutating func disconnect(_ place: Int) throws(FuzzFinding) {
        let id = peers.remove(at: place).id
        leaving = id
        try feed(.disconnected(id))
        leaving = nil
        connections.giveBack(id)
    }

    /// Hands a whole frame to the kernel, and keeps in mind what has to be answered.
    mutating func frame(_ place: Int, _ header: FrameHeader, _ payload: [UInt8]) throws(FuzzFinding) {
        var header = header
        header.payloadCount = payload.count
        let id = peers[place].id
        if header.call == CallNumber.registerAgent.rawValue, !peers[place].isRegistered {
            peers[place].offering.isOffered = (try? RegisterAgentRequest(decoding: payload))?.offers.isEmpty == false
        }
        switch header.kind {
        case .request where !peers[place].isTold: peers[place].open[header.requestID, default: 0] += 1
        case .upcallResponse where upcalls[header.requestID] == id:
            unanswered.removeAll { $0 == header.requestID }
        default: break
        }
        let result = payload.withUnsafeBytes { (bytes) -> Result<Void, FuzzFinding> in
            Result { () throws(FuzzFinding) in try feed(.frame(id, header, bytes)) }
        }
        try result.get()
    }

    /// Bytes from a socket, cut into frames as the daemon does it.
    mutating func arrived(_ place: Int, _ bytes: [UInt8]) throws(FuzzFinding) {
        let id = peers[place].id
        var input = peers[place].input + bytes
        while let place = peers.firstIndex(where: { $0.id == id }) {
            let limits =
                peers[place].isRegistered
                ? FrameLimits(payloadBytesMax: FuzzFixture.settings.frameBytesMax) : .unregistered
            let cut = input.withUnsafeBytes { (bytes) -> Result<(FrameHeader, [UInt8], Int)?, FramingError> in
                Result { () throws(FramingError) in
                    try FrameReader.next(in: bytes, limits: limits).map { ($0.header, Array($0.payload), $0.consumed) }
                }
            }
            switch cut {
            case .failure(let error):
                peers[place].input = []
                return try feed(.malformed(id, Text(error.description)))
            case .success(nil):
                peers[place].input = input
                return
            case .success(let (header, payload, consumed)?):
                input.removeFirst(consumed)
                try frame(place, header, payload)
            }
        }
    }

    /// Lets time pass, with every reminder at its moment.
    mutating func advance(_ nanoseconds: UInt64) throws(FuzzFinding) {
        let end = now.monotonic + nanoseconds
        var rounds = 0
        while wakeAt <= end {
            rounds += 1
            guard rounds < 20_000 else { throw FuzzFinding("the kernel wants to be woken without end") }
            let at = max(wakeAt, now.monotonic)
            now.wall += Int64(at - now.monotonic)
            now.monotonic = at
            wakeAt = .max
            try feed(.timer)
        }
        now.wall += Int64(end - now.monotonic)
        now.monotonic = end
    }

    mutating func spawned(_ instance: UInt64) throws(FuzzFinding) {
        spawns.removeAll { $0.instance == instance }
        instances.append(instance)
        try feed(.completed(.spawned(instance: instance, pid: 100, secret: Self.secret(instance))))
    }

    mutating func exited(_ instance: UInt64, _ exit: DriverExit) throws(FuzzFinding) {
        instances.removeAll { $0 == instance }
        try feed(.completed(.driverExited(instance: instance, exit)))
    }

    /// The machine after a crash that kept the first `kept` records.
    mutating func restart(keeping kept: Int) throws(FuzzFinding) {
        let epoch = kernel.epoch + 1
        journal.removeSubrange(kept...)
        kernel = try replayed()
        peers = []
        connections = SlotIDs()
        (contexts, reads, loads, spawns, instances) = ([], [], [], [], [])
        (upcalls, unanswered, isStopping) = ([:], [], false)
        try begin(epoch: epoch)
    }

    /// A kernel that has read the journal and not started.
    func replayed() throws(FuzzFinding) -> Kernel {
        var kernel = Kernel(settings: FuzzFixture.settings, policy: FuzzFixture.policies[0])
        for (place, entry) in journal.enumerated() {
            kernel.replay(try Self.record(entry.bytes), epoch: entry.epoch, sequence: UInt64(place) + 1)
        }
        return kernel
    }

    static func record(_ bytes: [UInt8]) throws(FuzzFinding) -> JournalRecord {
        do throws(ProtobufError) {
            return try JournalRecord(decoding: bytes, limits: .stored)
        } catch {
            throw FuzzFinding("a record of the journal does not decode: \(error)")
        }
    }
}
