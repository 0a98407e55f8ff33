// The simulated camd: the real kernel and journal, and a shell that does what Shell/Daemon does, in virtual time.

import ABI
import Containers
import Contexts
import Crypto
import Framing
import JournalFile
import Kernel
import Policy
import ProtobufWire

/// One run of camd, from its start to its stop or crash.
final class Machine {
    unowned let world: World
    var kernel: Kernel
    let journal: SimulatedJournal
    var links = Slots<Link>()
    /// As the shell knows it.
    private(set) var durable: UInt64
    /// The record of this epoch's start: nobody may connect before it is on the disk.
    let firstSequence: UInt64
    let epoch: UInt64
    var spawns: [(driver: Int, instance: UInt64)] = []
    var kills: [UInt64] = []
    var policyLoads: [UInt64] = []
    /// It has handed everything over and may end.
    private(set) var isDrained = false
    private(set) var wakeAt: UInt64?
    private var outbox = PriorityQueue<Held>()
    private var directives = Directives()
    private var deferred: [KernelEvent] = []
    private var isCarryingOut = false
    private var nextSweep: UInt64
    /// Owed to a peer that does not read: above this no credit, far above it is sent away.
    static let creditPauseBytes = 3 << 10
    static let owedBytesMax = 6 << 10

    /// Something that waits for a record to be durable.
    private enum Held {
        case bytes(ConnectionID, [UInt8])
        case token(ConnectionID, [UInt8], TokenClaims)
        case close(ConnectionID)
        case context(ContextRequest)
    }

    var isListening: Bool { durable >= firstSequence && !isDrained }
    var heldCount: Int { outbox.count }

    /// Takes a kernel that was rebuilt from this journal, and starts it.
    init(world: World, journal: SimulatedJournal, kernel: Kernel) {
        self.world = world
        self.journal = journal
        self.kernel = kernel
        durable = journal.lastSequence
        firstSequence = journal.lastSequence + 1
        epoch = journal.lastEpoch + 1
        nextSweep = world.now.monotonic + 1_000_000_000
    }

    /// - Parameter twin: the same state put together in another way; it must decide the same.
    func start(twin: Kernel) {
        world.tell("room for \(journal.roomBytes) bytes")
        begin(&kernel, &directives)
        var twin = twin
        var twins = Directives()
        begin(&twin, &twins)
        if twins.bytes != directives.bytes || twins.list.count != directives.list.count {
            world.fail(
                .rebuildDecidesTheSame,
                "after \(journal.lastSequence) records: \(directives.list.count) and \(twins.list.count) directives of \(directives.bytes.count) and \(twins.bytes.count) bytes"
            )
        }
        carryOut()
        endTurn()
    }

    private func begin(_ kernel: inout Kernel, _ directives: inout Directives) {
        kernel.start(
            epoch: epoch, lastSequence: journal.lastSequence, journalRoom: journal.roomBytes,
            now: world.now, into: &directives)
    }

    // MARK: Events

    func feed(_ event: KernelEvent) {
        guard !isCarryingOut else {
            deferred.append(event)
            return
        }
        kernel.handle(event, now: world.now, into: &directives)
        carryOut()
    }

    private func carryOut() {
        isCarryingOut = true
        perform()
        while !deferred.isEmpty {
            let events = deferred
            deferred.removeAll(keepingCapacity: true)
            for event in events {
                kernel.handle(event, now: world.now, into: &directives)
                perform()
            }
        }
        isCarryingOut = false
    }

    /// What the reactor does at the end of a turn.
    func endTurn() { journal.flush(now: world.now) { [self] in heard($0) } }

    /// Ends in order: everything that was handed over is written.
    func close() { journal.close(now: world.now) { [self] in heard($0) } }

    /// What a peer has sent arrives; whole frames go to the kernel.
    func arrive(_ link: Link, _ count: Int) {
        link.outgoing.withBytes { link.arrived.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        link.outgoing.take(count)
        var offset = 0
        let limits = { link.isRegistered ? FrameLimits(payloadBytesMax: 1 << 20) : FrameLimits.unregistered }
        // Copied out: what the kernel does with a frame may change the link.
        let bytes = link.arrived.withBytes { Array($0) }
        bytes.withUnsafeBytes { bytes in
            do throws(FramingError) {
                while let frame = try FrameReader.next(
                    in: UnsafeRawBufferPointer(rebasing: bytes[offset...]), limits: limits())
                {
                    offset += frame.consumed
                    feed(.frame(link.id, frame.header, frame.payload))
                    if links[link.id] == nil { return }
                }
            } catch {
                world.coverage.note(.malformed)
                feed(.malformed(link.id, Text(error.description)))
                offset = bytes.count
            }
        }
        guard links[link.id] != nil else { return }
        link.arrived.take(offset)
        if link.arrived.count == 0 {
            link.unfinishedSince = 0
        } else if offset > 0 || link.unfinishedSince == 0 {
            link.unfinishedSince = world.now.monotonic
        }
    }

    /// A timer that is due goes off; once a second the shell looks at its peers.
    func passTime() {
        if let at = wakeAt, at <= world.now.monotonic {
            wakeAt = nil
            feed(.timer)
        }
        guard world.now.monotonic >= nextSweep else { return }
        nextSweep = world.now.monotonic + 1_000_000_000
        for link in links.all {
            let isSilent = !link.isRegistered && !link.isDriver && link.unfinishedSince == 0
            if isSilent, world.now.monotonic - link.connectedAt > Limits.silentPeerTimeoutNanoseconds {
                feed(.malformed(link.id, "no registration came within 5 s of connecting"))
            } else if link.unfinishedSince > 0,
                world.now.monotonic - link.unfinishedSince > Limits.halfFrameTimeoutNanoseconds
            {
                feed(.malformed(link.id, "a frame was begun and not finished within 30 s"))
            }
        }
    }

    /// News of the journal's thread reach the reactor.
    func hear() { journal.takeNews { [self] in heard($0) } }

    private func heard(_ news: JournalNews) {
        switch news {
        case .durable(let sequence): becameDurable(sequence)
        case .room(let bytes):
            world.tell("room for \(bytes) bytes")
            feed(.completed(.journalRoom(bytes)))
        case .read(let token, .found(let epoch, let payload)):
            feed(.completed(.record(token: token, epoch: epoch, bytes: payload)))
        case .read(let token, .absent), .read(let token, .unreadable):
            feed(.completed(.record(token: token, epoch: 0, bytes: nil)))
        case .failed(let failure):
            world.tell("the journal failed: \(failure)")
            // The record of the start itself has nobody who could refuse it.
            if failure.operation == .grow, durable >= firstSequence {
                world.fail(.fullDiskRefuses, "\(failure)")
            }
            world.coverage.note(.diskFailed)
            world.journalFailed = true
        }
    }

    private func becameDurable(_ sequence: UInt64) {
        durable = max(durable, sequence)
        feed(.completed(.journalSynced))
        while let held = outbox.removeFirst(upTo: durable) {
            switch held {
            case .bytes(let connection, let bytes): bytes.withUnsafeBytes { send(connection, $0) }
            case .token(let connection, let frame, let claims): sendWithToken(connection, frame, claims)
            case .close(let connection): close(connection)
            case .context(let request): world.submit(request)
            }
        }
    }

    // MARK: Directives

    private func perform() {
        guard !directives.list.isEmpty else { return }
        var current = Directives(empty: ())
        swap(&current, &directives)
        current.bytes.withUnsafeBytes { bytes in
            for directive in current.list { perform(directive, bytes, current) }
        }
        current.removeAll()
        if directives.list.isEmpty { swap(&current, &directives) }
    }

    private func perform(_ directive: Directive, _ bytes: UnsafeRawBufferPointer, _ all: Directives) {
        world.tell(DirectiveText.describe(directive, bytes))
        switch directive {
        case .send(let connection, let range, let after):
            let frame = UnsafeRawBufferPointer(rebasing: bytes[range])
            if mayLeave(after) { return send(connection, frame) }
            hold(.bytes(connection, Array(frame)), connection, after)
        case .sendWithToken(let connection, let range, let claims, let after):
            let frame = Array(bytes[range])
            if mayLeave(after) { return sendWithToken(connection, frame, claims) }
            hold(.token(connection, frame, claims), connection, after)
        case .grantCredit(let connection, let more): grant(connection, more)
        case .close(let connection, let after):
            let until = max(after, links[connection]?.heldUntil ?? 0)
            if mayLeave(until) { return close(connection) }
            hold(.close(connection), connection, until)
        case .append(let range, let sequence, let isDurable):
            let payload = UnsafeRawBufferPointer(rebasing: bytes[range])
            world.appended(payload, sequence, epoch, isDurable)
            journal.append(payload, sequence: sequence, epoch: epoch, durable: isDurable)
        case .context(let index, let after):
            if mayLeave(after) { return world.submit(all.contexts[index]) }
            outbox.insert(.context(all.contexts[index]), key: after)
        case .readRecord(let sequence, let token):
            journal.read(sequence: sequence, token: token, now: world.now) { [self] in heard($0) }
        case .loadPolicies(let token, _, _): policyLoads.append(token)
        case .spawn(let driver, let instance): spawns.append((driver, instance))
        case .kill(let instance, _): kills.append(instance)
        case .wake(let at): wakeAt = min(wakeAt ?? .max, at)
        case .log: break
        case .drained: isDrained = true
        }
    }

    private func mayLeave(_ after: UInt64) -> Bool {
        if after > world.truth.lastSequence {
            world.fail(.durableBeforeAnswer, "something waits for record \(after), which was never appended")
        }
        return after <= durable
    }

    private func hold(_ held: Held, _ connection: ConnectionID, _ after: UInt64) {
        guard let link = links[connection] else { return }
        link.heldUntil = max(link.heldUntil, after)
        outbox.insert(held, key: after)
    }

    private func send(_ connection: ConnectionID, _ frame: UnsafeRawBufferPointer) {
        guard let link = links[connection], !link.isClosedByKernel else { return }
        link.push(frame, Link.Mark(durable: journal.durableThrough, step: world.step))
        guard link.incoming.count > Self.owedBytesMax else { return }
        world.coverage.note(.slowReader)
        disconnect(link)
    }

    /// As the shell does it: the token is signed and appended as the field that may come last.
    private func sendWithToken(_ connection: ConnectionID, _ frame: [UInt8], _ claims: TokenClaims) {
        guard let link = links[connection] else { return }
        link.isRegistered = true
        let token = claims.body + world.tokenKey.sign(claims.message)
        var bytes = frame + RegisterAgentResponse(token: token).encoded()
        let length = UInt32(bytes.count - 4)
        for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(place))) }
        bytes.withUnsafeBytes { send(connection, $0) }
    }

    private func grant(_ connection: ConnectionID, _ more: UInt32) {
        guard let link = links[connection] else { return }
        link.withheldCredit += more
        if link.incoming.count < Self.creditPauseBytes { sendCredit(link) }
    }

    /// The peer has read: credit that was kept back because it did not may go.
    func sendCredit(_ link: Link) {
        guard link.withheldCredit > 0, links[link.id] != nil else { return }
        let payload = Credit(more: link.withheldCredit).encoded()
        link.withheldCredit = 0
        let header = FrameHeader(kind: .credit, call: 0, flagsOrStatus: 0, requestID: 0, payloadCount: payload.count)
        header.frame(payload: payload).withUnsafeBytes { send(link.id, $0) }
    }

    private func close(_ connection: ConnectionID) {
        guard let link = links[connection] else { return }
        disconnect(link)
    }

    /// The shell's end is closed. What was sent can still be read.
    func disconnect(_ link: Link) {
        guard links.remove(link.id) != nil else { return }
        link.isClosedByKernel = true
        feed(.disconnected(link.id))
    }

    // MARK: Peers

    func connect(_ owner: Link.Owner, _ peer: Peer) -> Link {
        let link = links.insert { Link(id: $0, owner: owner, connectedAt: world.now.monotonic) }
        feed(.connected(link.id, peer))
        return link
    }
}
