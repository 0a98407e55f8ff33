// Writing records: the one way in which durable state changes.

import ABI
import ProtobufWire

extension Kernel {
    /// What a record costs in the journal beyond its payload.
    static let recordOverhead = 32
    /// The part of the reserve that is for administration and drivers alone, in bytes.
    var administrationReserve: Int { settings.journalReserveBytes / 2 }

    /// Appends a record and applies its effect.
    /// - Returns: its sequence number.
    @discardableResult
    mutating func write(
        _ decision: Decision?, _ effect: JournalRecord.EffectChoice?, durable: Bool, folded: UInt32 = 0
    ) -> UInt64 {
        let record = JournalRecord(atNs: now.wall, decision: decision, folded: folded, effect: effect)
        let sequence = state.sequence + 1
        let range = encode(record)
        journalRoom -= range.count + Self.recordOverhead
        counters.records += 1
        if durable { lastDurable = sequence }
        counters.recordBytes += UInt64(range.count)
        out.list.append(.append(range, sequence: sequence, durable: durable))
        state.apply(record, epoch: state.epoch, sequence: sequence)
        return sequence
    }

    /// Encodes a message into the buffer of directives.
    mutating func encode(_ message: some ProtobufMessage) -> Range<Int> {
        let start = out.bytes.count
        var writer = ProtobufWriter(reusing: takeBytes())
        message.encode(into: &writer)
        out.bytes = writer.take()
        return start..<out.bytes.count
    }

    /// Takes the byte buffer out, so that a writer can grow it in place without a copy.
    mutating func takeBytes() -> [UInt8] {
        var bytes: [UInt8] = []
        swap(&bytes, &out.bytes)
        return bytes
    }

    /// True while `bytes` more fit in front of the reserve that is kept for denials and administration.
    func hasRoom(_ bytes: Int, reserved: Bool = false) -> Bool {
        journalRoom - bytes - 1024 >= (reserved ? 0 : settings.journalReserveBytes)
    }

    /// Room for what admitted work has to record: it may use the reserve, but for what administrators need to get in and
    /// make room. Where there is none the work waits for it.
    mutating func hasRoomForWork(_ bytes: Int) -> Bool {
        if hasRoom(bytes + administrationReserve, reserved: true) { return true }
        isWaitingForRoom = true
        return false
    }

    /// Records a decision that changes nothing and may be repeated: the same again within a second becomes a count,
    /// unless it stands `alone`.
    /// - Returns: the record that stands for it, nil where the journal has no room (the omission itself is recorded later).
    mutating func fold(
        _ key: FoldKey, durable: Bool, alone: Bool = false, _ decision: (Kernel) -> Decision
    ) -> UInt64? {
        if !alone, let sequence = folds.count(key) { return sequence }
        // Denials may use the reserve, but for what administrators need to get in and mend it.
        guard hasRoom(512) || (!key.allowed && hasRoom(512 + administrationReserve, reserved: true)) else {
            omitted += 1
            return nil
        }
        let sequence = write(decision(self), nil, durable: durable)
        if alone { return sequence }
        if folds.isEmpty { timers.add(at: now.monotonic + Limits.foldWindowNanoseconds, .foldSweep) }
        folds.begin(key, sequence: sequence, now: now.monotonic)
        return sequence
    }

    /// Records the counts of the windows that are over, a slice at a time.
    mutating func sweepFolds() {
        for _ in 0..<512 {
            guard let (key, entry) = folds.popEnded(now: now.monotonic) else { break }
            guard entry.again > 0 else { continue }
            guard hasRoom(512) else {
                omitted += UInt64(entry.again)
                continue
            }
            let decision = Decision(
                call: UInt32(key.call.rawValue), agentID: key.agent, action: key.action, resource: key.resource,
                allowed: key.allowed, status: UInt32(key.status),
                cause: DecisionID(epoch: state.epoch, sequence: entry.sequence))
            write(decision, nil, durable: false, folded: entry.again)
        }
        if let next = folds.nextEnd { timers.add(at: max(next, now.monotonic + 1_000_000), .foldSweep) }
    }

    mutating func onJournalRoom(_ bytes: Int) {
        journalRoom = bytes
        if isWaitingForRoom {
            isWaitingForRoom = false
            let ends = unrecordedEnds
            unrecordedEnds.removeAll()
            for (ended, cause) in ends { recordEnd(ended, cause: cause) }
            if !hasRequeuedTasks { for task in requeueTasks() { makeReady(task) } }
            for place in executors.indices { pump(place) }
        }
        guard omitted > 0, hasRoom(4096) else { return }
        write(nil, .recordsOmitted(RecordsOmitted(count: omitted)), durable: false)
        omitted = 0
    }

    func decisionID(_ sequence: UInt64) -> DecisionID { DecisionID(epoch: state.epoch, sequence: sequence) }
}

extension DecisionID {
    /// As people read and type it.
    var text: Text { "\(epoch)-\(sequence)" }
}
