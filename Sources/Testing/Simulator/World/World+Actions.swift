// One step of each kind.

import ABI
import Containers
import DriverLifecycle
import Framing
import Kernel
import ProtobufWire

extension World {
    /// - Returns: false where there was nothing to do.
    func perform(_ action: Action, _ random: inout SimulatedRandom) -> Bool {
        if action.kind == .start { return machine == nil ? start() : false }
        if let done = performOutside(action, &random) { return done }
        guard let machine else { return false }
        let agent = agents[Int(action.target) % agents.count]
        let done: Bool
        switch action.kind {
        case .connect: done = connect(agent, machine, &random)
        case .request: done = request(agent, &random)
        case .interject: done = interject(agent, &random)
        case .deliver: done = deliver(action.target, machine, part: nil)
        case .deliverPart: done = deliver(action.target, machine, part: random.below(64))
        case .vanish: done = vanish(agent, &random)
        case .write:
            done = machine.journal.writerHasWork(now: now)
            if done { machine.journal.runWriter(now: now) }
        case .hear:
            done = machine.journal.hasNews
            if done { machine.hear() }
        case .storeServe, .storeReply, .storeHear, .storeAway, .storeBack: done = storeStep(action.kind, machine)
        case .spawn: done = supervise(machine, &random)
        case .serve: done = serveOne(action.target, &random)
        case .crashDriver: done = crashDriver(action.target, &random)
        case .loadPolicies: done = loadPolicies(machine, &random)
        case .hangUp: machine.feed(.request(.reloadPolicies)); done = true
        case .stop: machine.feed(.request(.drain)); done = true
        case .kill, .powerLoss: done = crash(powerLoss: action.kind == .powerLoss, machine, &random)
        case .read: done = readOne(action.target, &random)
        case .tick, .sleep, .setClock, .diskFull, .diskFails, .start, .storeCopy, .storeReturnsOlder, .storeFlushed:
            done = false
        }
        if done { self.machine?.endTurn() }
        return done
    }

    /// What happens whether camd runs or not; nil for everything else.
    private func performOutside(_ action: Action, _ random: inout SimulatedRandom) -> Bool? {
        switch action.kind {
        case .tick:
            now.monotonic += UInt64(1 + random.below(300)) * 1_000
            if !random.chance(4) { passTime() }
        case .sleep:
            now.monotonic += UInt64(1 + random.below(1 << (1 + random.below(12)))) * 1_000_000
            if !random.chance(4) { passTime() }
        case .setClock:
            let offset = Int64(random.pick(-3_600...3_600)) * 1_000_000_000
            coverage.note(offset < wallOffset ? .clockWentBack : .clockWentForward)
            wallOffset = offset
        case .diskFull:
            disk.isFull.toggle()
            if disk.isFull { coverage.note(.diskWasFull) }
        case .diskFails:
            let operations: [SimulatedDisk.Operation] = [.write, .sync, .rename, .reserve, .create]
            disk.failNext(operations[random.below(operations.count)])
        case .storeCopy: store.saveCopy()
        case .storeReturnsOlder, .storeFlushed: return storeLoses(flushed: action.kind == .storeFlushed)
        default: return nil
        }
        return true
    }

    func passTime() {
        now.wall = 1_700_000_000_000_000_000 + Int64(now.monotonic) + wallOffset
        machine?.passTime()
    }

    // MARK: Peers

    /// Every process that has a socket, agents first.
    func peer(from target: UInt8, where isWanted: (SimulatedPeer) -> Bool) -> SimulatedPeer? {
        let count = agents.count + processes.count
        for offset in 0..<count {
            let place = (Int(target) + offset) % count
            let peer = place < agents.count ? agents[place] : processes[place - agents.count]
            if peer.link != nil, isWanted(peer) { return peer }
        }
        return nil
    }

    private func connect(_ agent: Agent, _ machine: Machine, _ random: inout SimulatedRandom) -> Bool {
        guard agent.link == nil, machine.isListening else { return false }
        let role = agent.role
        let link = machine.connect(
            .agent(agent.index),
            Peer(
                door: role.door, uid: role.uid, gid: role.uid, groups: [role.uid], pid: Int32(agent.index + 2),
                executable: ""))
        agent.link = link
        if trace != nil { agent.tell = { [unowned self] line in tell(line) } }
        let resumes = !agent.token.isEmpty && random.chance(2)
        let request = RegisterAgentRequest(
            name: role.name, labels: [Label(name: "team", value: "a")], offers: role.offers,
            slots: role.offers.isEmpty ? 0 : 2, resumeToken: resumes ? agent.token : [])
        agent.request(.registerAgent, .register(resuming: resumes), request.encoded())
        return true
    }

    private func request(_ agent: Agent, _ random: inout SimulatedRandom) -> Bool {
        guard agent.isRegistered, agent.link != nil, agent.open.count < 24 else { return false }
        guard agent.credit > 0 || random.chance(40) else { return false }
        makeRequest(agent, &random)
        return true
    }

    private func interject(_ agent: Agent, _ random: inout SimulatedRandom) -> Bool {
        guard agent.isRegistered, agent.link != nil else { return false }
        let open = agent.open.isEmpty ? nil : agent.open[random.below(agent.open.count)]
        switch random.below(20) {
        case 0..<8:
            guard let open else { return false }
            agent.sendFrame(.cancel, id: open.id, [])
        case 8..<16:
            guard let place = agent.open.firstIndex(where: \.isStream) else { return false }
            agent.open[place].itemCredit += 4
            agent.sendFrame(.credit, id: agent.open[place].id, Credit(more: 4).encoded())
        case 16: agent.sendFrame(.goodbye, id: 0, Goodbye(reason: "done").encoded())
        case 17: agent.link?.outgoing.append([UInt8](repeating: 0xFF, count: 20))
        case 18:
            // It costs credit like any other.
            agent.credit -= 1
            agent.sendFrame(.request, call: 5, id: Self.malformedRequest, [0x0A, 0xFF, 0xFF, 0xFF, 0x7F])
        default: agent.sendFrame(.response, call: 2, id: 5, [])
        }
        return true
    }

    private func deliver(_ target: UInt8, _ machine: Machine, part: Int?) -> Bool {
        guard let peer = peer(from: target, where: { $0.link!.outgoing.count > 0 }), let link = peer.link else {
            return false
        }
        // What arrives at a socket that was closed is nobody's.
        guard machine.links[link.id] === link else {
            link.outgoing.take(link.outgoing.count)
            return true
        }
        tell("from \(peer.label)")
        machine.arrive(link, min(link.outgoing.count, part.map { $0 + 1 } ?? .max))
        return true
    }

    private func readOne(_ target: UInt8, _ random: inout SimulatedRandom) -> Bool {
        let isPatient = random.chance(40)
        let reader = peer(from: target) { peer in
            if let agent = peer as? Agent, agent.index == profile.slowReader, !isPatient { return false }
            return peer.link!.incoming.count > 0 || peer.link!.isClosedByKernel
        }
        guard let reader else { return false }
        tell("\(reader.label)")
        read(reader)
        return true
    }

    private func vanish(_ agent: Agent, _ random: inout SimulatedRandom) -> Bool {
        guard let link = agent.link, let machine else { return false }
        tell("\(agent.label)")
        if random.chance(2), machine.links[link.id] === link { machine.arrive(link, link.outgoing.count) }
        if link.arrived.count > 0 || link.outgoing.count > 0 { coverage.note(.halfFrame) }
        peerLost(agent)
        machine.disconnect(link)
        return true
    }

    /// The peer has no socket any more.
    func peerLost(_ peer: SimulatedPeer) {
        if let agent = peer as? Agent {
            if agent.open.contains(where: \.isStream) {
                agent.hadStreamCut = true
                coverage.note(.vanishedInMidStream)
            }
            if !agent.serving.isEmpty { coverage.note(.serverVanished) }
        }
        peer.forgetConnection()
    }

    private func serveOne(_ target: UInt8, _ random: inout SimulatedRandom) -> Bool {
        guard let peer = peer(from: target, where: { !$0.serving.isEmpty }) else { return false }
        tell("\(peer.label)")
        serve(peer, &random)
        return true
    }

    // MARK: Policies, crashes

    private func loadPolicies(_ machine: Machine, _ random: inout SimulatedRandom) -> Bool {
        guard !machine.policyLoads.isEmpty else { return false }
        let token = machine.policyLoads.removeFirst()
        if random.chance(6) {
            machine.feed(.completed(.policies(token: token, .refused("world.rego:1: it does not parse"))))
        } else {
            policyEdition = 1 - policyEdition
            coverage.note(.policyReloaded)
            machine.feed(.completed(.policies(token: token, .loaded(policy))))
        }
        return true
    }

    /// At once, or in the middle of what the journal's thread will do next.
    private func crash(powerLoss: Bool, _ machine: Machine, _ random: inout SimulatedRandom) -> Bool {
        if random.chance(2) {
            dyingOfPowerLoss = powerLoss
            disk.die(afterOperations: 1 + random.below(12))
        } else {
            end(powerLoss: powerLoss)
        }
        return true
    }
}
