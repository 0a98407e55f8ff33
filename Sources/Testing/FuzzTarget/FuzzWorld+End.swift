// After the last step: nothing is forgotten, nothing is kept, and the journal tells the same story.

import ABI
import Contexts
import DriverLifecycle
import Framing
import Kernel
import ProtobufWire

extension FuzzWorld {
    mutating func finish() throws(FuzzFinding) {
        try checkCalls()
        try checkJournal()
        try checkOffers()
        try wait()
        try leave()
    }

    /// A request that was not answered waits for something, and nothing else does.
    private func checkCalls() throws(FuzzFinding) {
        let census = kernel.census
        guard census.calls == census.openRequests, census.upcalls == census.busySlots, census.sessions == peers.count
        else { throw FuzzFinding("what is charged is not what is held: \(census)") }
        for peer in peers {
            guard let credit = kernel.requestCredit(peer.id) else { continue }
            let known = UInt32(peer.open.values.reduce(0, +)) + credit.left + credit.consumed
            guard known == FuzzFixture.settings.requestCredit else {
                throw FuzzFinding("of \(FuzzFixture.settings.requestCredit) requests a peer may know \(known)")
            }
        }
        guard peers.allSatisfy({ !$0.isTold || $0.isClosed }) else { throw FuzzFinding("a goodbye without an end") }
        guard !peers.contains(where: \.isTold) else { return }
        let open = peers.reduce(0) { $0 + $1.open.values.reduce(0, +) }
        guard open == census.calls else {
            throw FuzzFinding("\(open) requests are open, and \(census.calls) calls wait")
        }
    }

    /// Who offers capabilities and is there can be given work.
    private mutating func checkOffers() throws(FuzzFinding) {
        try connect(.administration, uid: 4000)
        try register(RegisterAgentRequest(name: "auditor"))
        lastObserved = nil
        let request = ObserveRequest(what: .agents(Nothing())).encoded()
        try frame(peers.count - 1, FrameHeader(kind: .request, call: CallNumber.observe.rawValue), request)
        guard let seen = lastObserved else { return }
        for peer in peers where peer.isRegistered && !peer.isTold && peer.offering.isOffered {
            if case .driver = peer.door { continue }
            guard seen.agents.contains(where: { $0.agentID == peer.offering.agent && !$0.offers.isEmpty }) else {
                throw FuzzFinding("agent \(peer.offering.agent) is there, and its offers are not")
            }
        }
    }

    /// Longer than any deadline may be: who still waits follows events, which have no end.
    private mutating func wait() throws(FuzzFinding) {
        try advance(25 * 3_600_000_000_000)
        let census = kernel.census
        guard census.calls == census.eventReaders else { throw FuzzFinding("somebody waits for ever: \(census)") }
    }

    /// Reading the journal again gives the same state, and so does the checkpoint of it.
    private func checkJournal() throws(FuzzFinding) {
        let live = kernel.durableStateBytes
        var again = try replayed()
        guard again.durableStateBytes == live else { throw FuzzFinding("replay gives another state") }
        do {
            try again.restore(Checkpoint(decoding: live, limits: .stored))
        } catch {
            throw FuzzFinding("the kernel's own checkpoint is refused: \(error)")
        }
        guard again.durableStateBytes == live else { throw FuzzFinding("the checkpoint gives another state") }
    }

    /// Everybody goes, drivers cannot be started any more, and time passes: then nothing may be held for anyone.
    private mutating func leave() throws(FuzzFinding) {
        while !peers.isEmpty { try disconnect(peers.count - 1) }
        try feed(.completed(.journalRoom(1 << 30)))
        for request in contexts { try feed(.completed(.context(operation: request.id, .notFound))) }
        for read in reads { try feed(.completed(.record(token: read.token, epoch: 0, bytes: nil))) }
        for token in loads { try feed(.completed(.policies(token: token, .refused("too late")))) }
        for round in 0..<40 where round == 0 || !instances.isEmpty || !spawns.isEmpty {
            for instance in instances { try exited(instance, .exited(code: 1)) }
            for (_, instance) in spawns { try feed(.completed(.spawnRefused(instance: instance, "no more"))) }
            spawns = []
            try advance(31_000_000_000)
        }
        try advance(24 * 3_600_000_000_000)
        let census = kernel.census
        guard census.sessions + census.connectionsOfUsers + census.connectionsOfAgents == 0,
            census.calls + census.openRequests + census.waiters + census.eventReaders == 0,
            census.upcalls + census.busySlots == 0, isStopping || census.queued + census.parked == 0
        else { throw FuzzFinding("everybody is gone, and the kernel holds \(census)") }
    }
}

extension FuzzWorld {
    /// Starts a kernel on a checkpoint from anywhere, lets its drivers work and fail, and reads the state again.
    static func live(on checkpoint: Checkpoint) throws(FuzzFinding) {
        var world = unborn
        do {
            try world.kernel.restore(checkpoint)
        } catch {
            return
        }
        let restored = world.kernel.durableStateBytes
        guard let known = try? Checkpoint(decoding: restored, limits: .stored) else {
            throw FuzzFinding("a restored state gives no checkpoint")
        }
        var again = unborn.kernel
        guard (try? again.restore(known)) != nil, again.durableStateBytes == restored else {
            throw FuzzFinding("a checkpoint is another when it is restored again")
        }
        world.base = known.sequence
        try world.begin(epoch: known.epoch + 1)
        try world.leave()
    }
}
