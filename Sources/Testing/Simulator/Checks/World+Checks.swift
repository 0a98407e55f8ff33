// What is checked of the whole kernel now and then, and when everything has come to rest.

import ABI
import Containers
import Framing
import Kernel
import ProtobufWire

extension World {
    /// What can be told after each step.
    func checkStep(_ machine: Machine) {
        let vitals = machine.kernel.vitals()
        if let reminder = vitals.nextReminder, machine.wakeAt ?? .max > reminder {
            fail(.nobodyWaitsForEver, "a reminder at \(reminder) and the timer set to \(machine.wakeAt as Any)")
        }
        if vitals.costMicros != truth.cost {
            fail(.budgetsAddUp, "the kernel counts \(vitals.costMicros), the records say \(truth.cost)")
        }
    }

    /// Checks that need a look at everything: at intervals, after each start, and at the end.
    func checkEverything() {
        guard let machine else { return }
        let kernel = machine.kernel
        if kernel.durableStateBytes != shadow.durableStateBytes {
            fail(
                .rebuiltIsTheSame,
                "the live state and the one rebuilt from its records differ at record \(truth.lastSequence)")
        }
        let census = kernel.census
        if census.openTasks > profile.settings.tasksMax { fail(.limitsHold, "\(census.openTasks) tasks are open") }
        if census.openRequests > census.calls { fail(.limitsHold, "\(census)") }
    }

    /// Lets everything come to an end: no more faults, everybody honest, time passes where nothing else can happen.
    /// Afterwards nobody may wait, nothing be held, and the books must balance.
    public func settle() {
        guard violation == nil else { return }
        trace?("coming to rest")
        disk.isFull = false
        var random = SimulatedRandom(seed: seed ^ 0x5E77)
        var quiet = 0
        for _ in 0..<40_000 {
            if machine == nil { _ = start() }
            guard let machine, violation == nil else { break }
            if disk.isProcessDead || journalFailed {
                end(powerLoss: false)
                continue
            }
            if machine.isDrained {
                stopInOrder(machine)
                continue
            }
            if !store.isConnected { store.reconnect(now: now) }
            if settleOnce(machine, &random) {
                quiet = 0
                continue
            }
            if isAtRest(machine) { break }
            // Nothing can happen until a timer goes off.
            let next = [machine.wakeAt, machine.journal.nextDeadline].compactMap { $0 }.min()
            quiet += 1
            guard let next, quiet < 2_000 else { break }
            now.monotonic = max(now.monotonic + 1_000, next)
            passTime()
            machine.endTurn()
        }
        guard violation == nil, let machine else { return }
        checkRest(machine)
    }

    private func settleOnce(_ machine: Machine, _ random: inout SimulatedRandom) -> Bool {
        var isBusy = false
        for peer in agents as [SimulatedPeer] + processes {
            guard let link = peer.link else { continue }
            if link.outgoing.count > 0 {
                isBusy = true
                if machine.links[link.id] === link {
                    machine.arrive(link, link.outgoing.count)
                } else {
                    link.outgoing.take(link.outgoing.count)
                }
            }
            if link.incoming.count > 0 || link.isClosedByKernel {
                isBusy = true
                read(peer)
            }
            while !peer.serving.isEmpty, violation == nil {
                isBusy = true
                serve(peer, &random, honestly: true)
            }
            cancelStreams(peer)
        }
        while machine.journal.writerHasWork(now: now), !disk.isProcessDead {
            isBusy = true
            machine.journal.runWriter(now: now)
        }
        while machine.journal.hasNews {
            isBusy = true
            machine.hear()
        }
        while store.canExecute || store.canDeliver || store.hasNews {
            isBusy = true
            if store.canExecute { store.execute(now: now) }
            if store.canDeliver { store.deliver(now: now) }
            _ = storeHear(machine)
        }
        while !machine.spawns.isEmpty || !machine.kills.isEmpty || !machine.policyLoads.isEmpty {
            isBusy = true
            if !supervise(machine, &random) { _ = perform(Action(kind: .loadPolicies, target: 0, seed: 1), &random) }
        }
        machine.passTime()
        machine.endTurn()
        return isBusy
    }

    /// A stream of events ends only when its reader says so.
    private func cancelStreams(_ peer: SimulatedPeer) {
        for place in peer.open.indices {
            guard case .events = peer.open[place].kind, peer.open[place].itemCredit < 1_000_000 else { continue }
            peer.open[place].itemCredit = 1_000_001
            peer.sendFrame(.cancel, id: peer.open[place].id, [])
        }
    }

    /// Nobody waits for an answer and no task is under way.
    private func isAtRest(_ machine: Machine) -> Bool {
        let census = machine.kernel.census
        return census.openTasks == 0 && census.works == 0 && census.calls == 0 && census.upcalls == 0
            && agents.allSatisfy { $0.open.isEmpty } && processes.allSatisfy { $0.open.isEmpty }
    }

    private func checkRest(_ machine: Machine) {
        for peer in agents as [SimulatedPeer] + processes where peer.link != nil {
            if let request = peer.open.first {
                fail(.nobodyWaitsForEver, "\(peer.label) waits for the answer to \(request.call.name): \(request.kind)")
            }
        }
        var census = machine.kernel.census
        if census.works > 0 || census.openTasks > 0 {
            fail(.noTaskIsLost, "nothing more happens, and tasks have not ended: \(census)")
        }
        checkCredit(machine)
        for agent in agents {
            guard let link = agent.link else { continue }
            peerLost(agent)
            machine.disconnect(link)
        }
        machine.endTurn()
        census = machine.kernel.census
        let drivers = processes.count { $0.link != nil }
        var expected = Census()
        expected.sessions = drivers
        expected.connectionsOfUsers = drivers
        expected.connectionsOfAgents = processes.count { $0.isRegistered }
        if census != expected { fail(.chargesAreGivenBack, "when everybody had gone: \(census)") }
        checkEverything()
    }

    /// Every request that was answered has given its credit back, on both sides.
    private func checkCredit(_ machine: Machine) {
        for peer in agents as [SimulatedPeer] + processes {
            guard let link = peer.link, let credit = machine.kernel.requestCredit(link.id) else { continue }
            let whole = profile.settings.requestCredit
            if credit.left + credit.consumed + credit.open != whole {
                fail(.creditIsGivenBack, "\(peer.label): \(credit) of \(whole)")
            }
            if Int(credit.left) != peer.credit + Int(link.withheldCredit) {
                fail(.creditIsGivenBack, "\(peer.label) thinks it has \(peer.credit), the kernel \(credit.left)")
            }
        }
    }
}
