// The supervisor of driver processes and the memory store: what they do in a step.

import ABI
import Contexts
import DriverLifecycle
import Framing
import Kernel
import ProtobufWire

extension World {
    // MARK: Driver processes

    /// The supervisor ends or starts what it was asked for.
    func supervise(_ machine: Machine, _ random: inout SimulatedRandom) -> Bool {
        if let instance = machine.kills.first {
            machine.kills.removeFirst()
            coverage.note(.driverWasKilled)
            if let process = processes.first(where: { $0.instance == instance }) {
                driverEnds(process, .signalled(9), machine, &random)
            } else if let place = machine.spawns.firstIndex(where: { $0.instance == instance }) {
                // Ended before it had come up.
                machine.spawns.remove(at: place)
                machine.feed(.completed(.driverExited(instance: instance, .signalled(9))))
            }
            return true
        }
        guard let (place, instance) = machine.spawns.first else { return false }
        machine.spawns.removeFirst()
        if profile.driverFaults > 0, random.chance(12) {
            coverage.note(.driverCouldNotStart)
            machine.feed(
                .completed(
                    .driverExited(instance: instance, .notStarted(step: "clone", errno: 11, detail: "no process"))))
            return true
        }
        let secret = bytes(32, UInt8(truncatingIfNeeded: instance &* 7 &+ 1))
        let process = DriverProcess(instance: instance, place: place, secret: secret)
        processes.append(process)
        if trace != nil { process.tell = { [unowned self] line in tell(line) } }
        machine.feed(
            .completed(.spawned(instance: instance, pid: Int32(truncatingIfNeeded: 100 + instance), secret: secret)))
        process.link = machine.connect(
            .driver(process),
            Peer(
                door: .driver(instance: instance), uid: Cast.kernelUser, gid: 0, groups: [], pid: 100, executable: ""))
        if profile.driverFaults > 0, random.chance(30) {
            // It is not who it should be, or does not say anything: the kernel has to end it.
            if random.chance(2) {
                process.request(
                    .registerAgent, .register(resuming: false),
                    RegisterAgentRequest(name: "x", driverSecret: bytes(32, 0)).encoded())
            }
            return true
        }
        process.request(
            .registerAgent, .register(resuming: false),
            RegisterAgentRequest(name: "x", driverSecret: secret).encoded())
        return true
    }

    func crashDriver(_ target: UInt8, _ random: inout SimulatedRandom) -> Bool {
        guard !processes.isEmpty, let machine else { return false }
        let process = processes[Int(target) % processes.count]
        let exit: DriverExit = random.chance(2) ? .signalled(11) : .exited(code: Int32(random.below(3)))
        driverEnds(process, exit, machine, &random)
        return true
    }

    /// Its end and the end of its socket are seen in either order.
    private func driverEnds(
        _ process: DriverProcess, _ exit: DriverExit, _ machine: Machine, _ random: inout SimulatedRandom
    ) {
        tell("\(process.label) ends: \(exit)")
        if process.serving.contains(where: { !$0.isPing && !$0.isCancelled }) { coverage.note(.driverDiedInMidCall) }
        processes.removeAll { $0 === process }
        let link = process.link
        process.forgetConnection()
        if random.chance(2), let link { machine.disconnect(link) }
        machine.feed(.completed(.driverExited(instance: process.instance, exit)))
        if let link { machine.disconnect(link) }
    }

    // MARK: The memory store

    /// The kernel asks the store for something.
    func submit(_ request: ContextRequest) {
        let name = request.context
        if name.string.hasSuffix("forbidden") {
            fail(.deniedIsNotDone, "an operation on context \(name) of agent \(request.owner) reached the store")
        }
        if case .store(_, _, _, _, _, let provenance) = request.operation,
            provenance.agentID != request.owner, name != Cast.contexts[1]
        {
            fail(.memoryIsSeparate, "agent \(provenance.agentID) writes to \(name) of agent \(request.owner)")
        }
        store.submit(request, now: now)
    }

    func storeStep(_ kind: Action.Kind, _ machine: Machine) -> Bool {
        switch kind {
        case .storeServe:
            guard store.canExecute else { return false }
            store.execute(now: now)
        case .storeReply:
            guard store.canDeliver else { return false }
            store.deliver(now: now)
        case .storeHear: return storeHear(machine)
        case .storeAway:
            guard store.isConnected else { return false }
            if !store.isIdle { coverage.note(.storeWentAway) }
            store.disconnect(now: now, reason: "the connection was closed")
        default:
            guard !store.isConnected else { return false }
            store.reconnect(now: now)
        }
        return true
    }

    func storeHear(_ machine: Machine) -> Bool {
        guard store.hasNews else { return false }
        store.takeNews { news in
            switch news {
            case .result(let id, let result): machine.feed(.completed(.context(operation: id, result)))
            case .state(let isAvailable, let words):
                machine.feed(.completed(.storeState(available: isAvailable, words)))
            }
        }
        if let words = store.ledger.violation { fail(.storeTellsTheTruth, words.string) }
        return true
    }

    /// The store comes back with less than it had: only a store that is away can do that.
    func storeLoses(flushed: Bool) -> Bool {
        guard !store.isConnected else { return false }
        coverage.note(.storeReturnedOlder)
        if flushed { store.loseEverything() } else { store.goBackToCopy() }
        storeHadLost = true
        memory.storeWentBack(run: run)
        return true
    }

    // MARK: Rare paths that only the disk and the store know of

    func countSurroundings() {
        coverage.note(.tornTail, UInt64(disk.counts.tailsCut))
        coverage.note(.segmentRolledOver, UInt64(disk.counts.segmentsBegun))
        coverage.note(.versionStale, UInt64(store.counts.stale))
    }
}
