// camd starts, ends and starts again; what it recovers is held against what it had written and what it had promised.

import ABI
import JournalFile
import Kernel
import ProtobufWire

extension World {
    /// The first start of the first run.
    func begin() { _ = start() }

    /// camd is gone from one moment to the next, and all its children with it.
    func end(powerLoss: Bool) {
        guard let machine else { return }
        coverage.note(powerLoss ? .powerLost : .killed)
        if machine.heldCount > 0 { coverage.note(.killedWithAnswersHeld) }
        if powerLoss, machine.journal.durableThrough < truth.lastSequence { coverage.note(.powerLostUnsynced) }
        acknowledged = max(acknowledged, machine.journal.durableThrough)
        disk.crash(powerLoss: powerLoss)
        leave()
    }

    func stopInOrder(_ machine: Machine) {
        coverage.note(.stoppedInOrder)
        machine.close()
        acknowledged = max(acknowledged, machine.journal.durableThrough)
        leave()
    }

    private func leave() {
        machine = nil
        journalFailed = false
        for agent in agents where agent.link != nil { peerLost(agent) }
        for process in processes { peerLost(process) }
        processes.removeAll()
        deniedRecords.removeAll(keepingCapacity: true)
    }

    /// Starts camd on what the disk holds.
    func start() -> Bool {
        let journal: SimulatedJournal
        do throws(JournalOpenError) {
            journal = try SimulatedJournal.open(on: disk, key: journalKey, options: profile.journal, now: now)
        } catch {
            // A disk that is full or fails just now is no damage: the next start may do.
            tell("camd does not start: \(error)")
            if case .system = error {
                if disk.isProcessDead { disk.crash(powerLoss: dyingOfPowerLoss) }
                return true
            }
            fail(.kernelStarts, "\(error)")
            return true
        }
        guard let kernel = recover(journal) else { return true }
        run += 1
        runStarted = step
        shadow = kernel
        store.kernelRestarted(now: now)
        if storeHadLost {
            storeHadLost = false
            memory.forgetAll()
        }
        let machine = Machine(world: self, journal: journal, kernel: kernel)
        self.machine = machine
        // Every second start: it costs as much as all other checks together.
        machine.start(twin: run & 1 == 1 ? twin(of: kernel) : kernel)
        checkPromises(machine.kernel)
        return true
    }

    /// The same state by way of a checkpoint: its tables are filled in another order and grown in other steps.
    private func twin(of kernel: Kernel) -> Kernel {
        var twin = Kernel(settings: profile.settings, policy: policy)
        let bytes = kernel.durableStateBytes
        do {
            try twin.restore(Checkpoint(decoding: bytes, limits: .stored))
            if twin.durableStateBytes != bytes {
                fail(.rebuiltIsTheSame, "a checkpoint of \(truth.lastSequence) records gives another state")
            }
        } catch {
            fail(.rebuiltIsTheSame, "a checkpoint of \(truth.lastSequence) records cannot be used: \(error)")
        }
        return twin
    }

    /// Rebuilds the kernel and holds every record against what was appended.
    private func recover(_ journal: SimulatedJournal) -> Kernel? {
        var kernel = Kernel(settings: profile.settings, policy: policy)
        let last = journal.lastSequence
        guard last >= acknowledged, last <= truth.lastSequence else {
            fail(
                .recoveredIsWhatWasWritten,
                "records up to \(acknowledged) were acknowledged, up to \(truth.lastSequence) appended; \(last) came back"
            )
            return nil
        }
        do {
            try journal.replay { epoch, sequence, payload in
                let isSame =
                    truth[sequence]?.epoch == epoch
                    && truth.withBytes(sequence) { areEqual($0, payload) }
                if !isSame { fail(.recoveredIsWhatWasWritten, "record \(sequence) came back as another one") }
                kernel.replay(
                    try JournalRecord(decoding: payload, limits: .stored), epoch: epoch, sequence: sequence)
            }
        } catch {
            fail(.recoveredIsWhatWasWritten, "\(error)")
            return nil
        }
        if last < truth.lastSequence { truth.truncate(to: last) }
        return kernel
    }

    /// Eight bytes at a time: a long history is compared at every start.
    private func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        var offset = 0
        while offset + 8 <= a.count {
            if a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                != b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            {
                return false
            }
            offset += 8
        }
        while offset < a.count {
            if a[offset] != b[offset] { return false }
            offset += 1
        }
        return true
    }

    /// What anybody was told has to be in the kernel that came back.
    private func checkPromises(_ kernel: Kernel) {
        for (graph, known) in ledger.graphs {
            guard let found = kernel.graph(graph) else {
                fail(.answeredSurvives, "graph \(graph) was acknowledged to agent \(known.owner) and is gone")
                continue
            }
            if found.owner != known.owner || found.tasks != known.tasks {
                fail(.answeredSurvives, "graph \(graph) of \(known.owner) is now of \(found.owner)")
            }
        }
        for (task, end) in ledger.ends where kernel.taskState(task) != end.state {
            fail(
                .endedStaysEnded,
                "task \(task) was told to have ended as \(end.state), now it is \(kernel.taskState(task) as Any)")
        }
        if lastDrain.sequence > 0, truth.drains.last == lastDrain.sequence, kernel.isDraining != lastDrain.draining {
            fail(.answeredSurvives, "record \(lastDrain.sequence) was answered, and draining is \(kernel.isDraining)")
        }
        for (identity, id) in ledger.identities where kernel.agentID(uid: identity.uid, name: identity.name) != id {
            fail(.identityStays, "\(identity.name) was agent \(id)")
        }
    }

    /// The kernel has appended a record.
    func appended(_ payload: UnsafeRawBufferPointer, _ sequence: UInt64, _ epoch: UInt64, _ isDurable: Bool) {
        digest(payload)
        guard sequence == truth.lastSequence + 1 else {
            return fail(.recoveredIsWhatWasWritten, "record \(sequence) appended after \(truth.lastSequence)")
        }
        guard let record = try? JournalRecord(decoding: payload, limits: .stored) else {
            return fail(.rebuiltIsTheSame, "record \(sequence) does not parse")
        }
        shadow.replay(record, epoch: epoch, sequence: sequence)
        if let task = truth.append(payload, record, epoch: epoch, isDurable: isDurable) {
            fail(.endedStaysEnded, "task \(task) has ended twice in the journal")
        }
        note(record)
        if case .taskEnded(let ended) = record.effect, let cost = ended.usage?.costMicros, cost > 0,
            ledger.reported[ended.taskID]?.contains(cost) != true
        {
            fail(.budgetsAddUp, "task \(ended.taskID) is said to have cost \(cost), which no executor reported")
        }
    }

    private func note(_ record: JournalRecord) {
        guard step == runStarted else { return }
        switch record.effect {
        case .taskRequeued: coverage.note(.taskRequeuedAfterCrash)
        case .taskEnded(let ended) where ended.state == .outcomeUnknown: coverage.note(.outcomeUnknownAfterCrash)
        default: break
        }
    }
}
