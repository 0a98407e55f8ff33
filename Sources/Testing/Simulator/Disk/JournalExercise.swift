// The journal alone against a disk that does its worst: random work and faults from a seed, and what must hold all the time.

import ABI
import Crypto
import Journal
import JournalFile
import Linux

/// What a journal did that it must never do.
package struct JournalFinding: Error, CustomStringConvertible {
    package var seed: UInt64
    package var step: Int
    package var what: String
    package var description: String { "seed \(seed), step \(step): \(what)" }
}

/// Appends, reads, syncs, fills the disk, makes calls fail, kills and cuts the power, and opens again, again and again.
///
/// What is checked: the journal opens whenever the disk let it; what it holds is what was appended, byte for byte and in
/// order, up to some record; nothing is missing that anyone was told of, or that an earlier opening gave back; whoever keeps
/// to `roomBytes` is never failed by a full disk; lookups answer with the record.
package struct JournalExercise {
    private let seed: UInt64
    private let allowsFaults: Bool
    private var random: SimulatedRandom
    private let disk: SimulatedDisk
    private let key: Ed25519.KeyPair
    private var options = JournalOptions()
    private let durableOneIn: Int
    /// Crashes come so many times more seldom.
    private let calm: Int
    private var now = Instant(monotonic: 1_000_000_000, wall: 1_700_000_000_000_000_000)
    private var step = 0

    private var journal: SimulatedJournal?
    private var epoch: UInt64 = 0
    /// Of record i + 1.
    private var payloads: [[UInt8]] = []
    private var epochs: [UInt64] = []
    /// What may never be missing again.
    private var acknowledged: UInt64 = 0
    /// Whether this journal may stop: a call was made to fail, or more was appended than there was room for.
    private var mayFail = false
    private var hasFailed = false
    private var expectedReads: [UInt64: UInt64] = [:]
    private var lastToken: UInt64 = 0

    /// - Parameter allowsFaults: whether calls fail; kills, power losses and a full disk come always.
    package init(seed: UInt64, allowsFaults: Bool = true) {
        self.seed = seed
        self.allowsFaults = allowsFaults
        random = SimulatedRandom(seed: seed)
        disk = SimulatedDisk(random: random.split())
        var keySeed = [UInt8](repeating: 7, count: 32)
        key = Ed25519.KeyPair(seed: SecretKey(moving: &keySeed))
        options.segmentBytes = random.pick(9...32) << 10
        options.headIntervalMilliseconds = UInt64(random.pick(1...400))
        options.spaceProbeMilliseconds = UInt64(random.pick(1...50))
        durableOneIn = random.chance(2) ? random.pick(1...8) : 1000
        calm = random.pick(1...12)
        if random.chance(4) { options.maximumBytes = options.segmentBytes * random.pick(3...6) }
    }

    /// - Returns: what happened on the disk, and what is on it at the end.
    /// - Throws: `JournalFinding`.
    package mutating func run(
        steps: Int
    ) throws(JournalFinding) -> (counts: SimulatedDiskCounts, contents: [(name: String, bytes: [UInt8])]) {
        try open()
        while step < steps {
            step += 1
            now.monotonic += UInt64(random.below(random.chance(20) ? 200_000_000 : 2_000_000))
            try act()
        }
        try crash(powerLoss: true)
        return (disk.counts, disk.contents)
    }

    private mutating func act() throws(JournalFinding) {
        switch random.below(100) {
        case 0..<35: try append()
        case 35..<60: try runWriter()
        case 60..<75: try takeNews()
        case 75..<85: try endTurn()
        case 85..<90: try read()
        case 90..<93: disk.isFull = random.chance(2)
        case 93..<94: if allowsFaults { failSomething() }
        case 94..<97: if random.chance(calm) { try crash(powerLoss: random.chance(2)) }
        case 97..<98: if random.chance(calm) { try close() }
        default: if random.chance(2) { try settle() }
        }
        if hasFailed || disk.isProcessDead { try crash(powerLoss: random.chance(2)) }
    }

    // MARK: Work

    private mutating func append() throws(JournalFinding) {
        guard let journal else { return }
        for _ in 0...random.below(6) {
            let frame = JournalFormat.frameHeaderByteCount
            let count: Int
            switch random.below(40) {
            case 0: count = 0
            case 1...3: count = max(0, journal.roomBytes - frame)
            case 4: count = max(0, journal.roomBytes - frame - random.below(40))
            case 5: count = random.below(2 * options.segmentBytes)
            case 6...20: count = 100
            default: count = random.below(1500)
            }
            guard count < 3 * options.segmentBytes else { continue }
            if journal.roomBytes < JournalFrame.byteCount(ofPayload: count) {
                // Now and then somebody does not ask first.
                guard random.chance(20) else { continue }
                mayFail = true
            }
            let payload = payload(count)
            payloads.append(payload)
            epochs.append(epoch)
            let sequence = UInt64(payloads.count)
            let isTaken = payload.withUnsafeBytes {
                journal.append($0, sequence: sequence, epoch: epoch, durable: random.chance(durableOneIn))
            }
            if !isTaken { return try fail("record \(sequence) was refused by a journal that works") }
        }
        if random.chance(2) { try endTurn() }
    }

    /// Of many lengths, each different, and none that is zeroes.
    private mutating func payload(_ count: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(random.pick(1...255)), count: count)
    }

    private mutating func endTurn() throws(JournalFinding) {
        guard let journal else { return }
        let news = collect { journal.flush(now: now, $0) }
        try hear(news)
    }

    private mutating func runWriter() throws(JournalFinding) {
        guard let journal, journal.writerHasWork(now: now) else { return }
        if random.chance(10 * calm) { disk.die(afterOperations: random.pick(1...4)) }
        journal.runWriter(now: now)
        if disk.isProcessDead { try crash(powerLoss: random.chance(2)) }
    }

    private mutating func takeNews() throws(JournalFinding) {
        guard let journal, journal.hasNews else { return }
        try hear(collect { journal.takeNews($0) })
    }

    private mutating func read() throws(JournalFinding) {
        guard let journal, !payloads.isEmpty else { return }
        lastToken += 1
        let sequence = UInt64(random.pick(1...payloads.count))
        expectedReads[lastToken] = sequence
        let token = lastToken
        try hear(collect { journal.read(sequence: sequence, token: token, now: now, $0) })
    }

    /// Everything that was asked for is done: nobody waits for ever.
    private mutating func settle() throws(JournalFinding) {
        guard let journal else { return }
        for _ in 0..<10 {
            now.monotonic += 20_000_000
            try endTurn()
            try runWriter()
            try takeNews()
            if hasFailed || self.journal !== journal { return }
        }
        if acknowledged < UInt64(payloads.count) {
            try fail("record \(payloads.count) is not durable after 200 ms; \(acknowledged) is")
        }
        if !expectedReads.isEmpty { try fail("\(expectedReads.count) lookups without an answer") }
        if journal.durableThrough != UInt64(payloads.count) { try fail("the writer counts \(journal.durableThrough)") }
    }

    private func collect(_ body: ((JournalNews) -> Void) -> Void) -> [JournalNews] {
        var news: [JournalNews] = []
        body { news.append($0) }
        return news
    }

    private mutating func hear(_ news: [JournalNews]) throws(JournalFinding) {
        if disk.isProcessDead { return }
        for item in news {
            switch item {
            case .room: break
            case .durable(let sequence):
                if sequence <= acknowledged { try fail("record \(sequence) was told after \(acknowledged)") }
                if sequence > UInt64(payloads.count) {
                    try fail("record \(sequence) is durable and was never appended")
                }
                acknowledged = sequence
            case .read(let token, let lookup): try check(lookup, expectedReads.removeValue(forKey: token))
            case .failed(let failure):
                hasFailed = true
                if !mayFail { try fail("\(failure), within the room and with nothing made to fail") }
            }
        }
    }

    private func check(_ lookup: JournalLookup, _ sequence: UInt64?) throws(JournalFinding) {
        guard let sequence else { return try fail("an answer that nobody waits for") }
        switch lookup {
        case .found(let epoch, let payload):
            if payload != payloads[Int(sequence) - 1] { try fail("record \(sequence) was read with other bytes") }
            if epoch != epochs[Int(sequence) - 1] { try fail("record \(sequence) was read with epoch \(epoch)") }
        case .absent: try fail("record \(sequence) was not found")
        case .unreadable(let reason): if !mayFail { try fail("record \(sequence) was not read: \(reason)") }
        }
    }

    // MARK: Faults

    private mutating func failSomething() {
        disk.failNextWriteOrSync()
        mayFail = true
    }

    private mutating func close() throws(JournalFinding) {
        guard let journal else { return }
        try hear(collect { journal.close(now: now, $0) })
        if !hasFailed, !disk.isProcessDead, acknowledged < UInt64(payloads.count) {
            try fail("closed with \(acknowledged) of \(payloads.count)")
        }
        try crash(powerLoss: random.chance(2))
    }

    private mutating func crash(powerLoss: Bool) throws(JournalFinding) {
        acknowledged = max(acknowledged, journal?.durableThrough ?? 0)
        journal = nil
        expectedReads = [:]
        disk.crash(powerLoss: powerLoss)
        try open()
    }

    // MARK: Opening

    private mutating func open() throws(JournalFinding) {
        mayFail = false
        hasFailed = false
        for _ in 0..<20 {
            var isMadeToFail = allowsFaults && random.chance(20)
            if isMadeToFail { failSomething() }
            if random.chance(10) {
                disk.die(afterOperations: random.pick(1...12))
                isMadeToFail = true
            }
            let opened = Result { () throws(JournalOpenError) in
                try SimulatedJournal.open(on: disk, key: key, options: options, now: now)
            }
            switch opened {
            case .success(let journal):
                if try check(journal) { return }
            case .failure(.system(_, _, let code)) where isMadeToFail || (disk.isFull && code == .ENOSPC):
                // A new journal needs space.
                if code == .ENOSPC { disk.isFull = false }
                disk.crash(powerLoss: random.chance(3))
            case .failure(let error): try fail("does not open: \(error)")
            }
        }
        try fail("does not open")
    }

    /// Whether what the journal holds could be checked before the process was stopped.
    private mutating func check(_ journal: SimulatedJournal) throws(JournalFinding) -> Bool {
        let count = journal.lastSequence
        if count < acknowledged { try fail("record \(count + 1) is gone, \(acknowledged) were acknowledged") }
        if count > UInt64(payloads.count) { try fail("\(count) records, \(payloads.count) were appended") }
        var next: UInt64 = 1
        var wrong: String?
        do {
            try journal.replay { [payloads, epochs] epoch, sequence, payload in
                if sequence != next { wrong = wrong ?? "record \(sequence) in place of \(next)" }
                next += 1
                if epochs[Int(sequence) - 1] != epoch { wrong = wrong ?? "record \(sequence) has epoch \(epoch)" }
                let isEqual = payloads[Int(sequence) - 1].withUnsafeBytes { ConstantTime.areEqual($0, payload) }
                if !isEqual { wrong = wrong ?? "record \(sequence) has other bytes" }
            }
        } catch {
            wrong = wrong ?? "\(error)"
        }
        if disk.isProcessDead {
            disk.crash(powerLoss: random.chance(2))
            return false
        }
        if let wrong { try fail(wrong) }
        if next != count + 1 { try fail("\(next - 1) records of \(count) are replayed") }
        payloads.removeLast(payloads.count - Int(count))
        epochs.removeLast(epochs.count - Int(count))
        acknowledged = count
        epoch = journal.lastEpoch + 1
        self.journal = journal
        return true
    }

    private func fail(_ what: String) throws(JournalFinding) {
        throw JournalFinding(seed: seed, step: step, what: what)
    }
}
