// The side of the journal that appends: it gathers records, keeps account of the room for them, and hears from the writer.

internal import Journal
internal import Linux

/// What the owner of a journal is told.
package enum JournalNews {
    /// `roomBytes` is another than when this was last told, or than that less what was appended since.
    case room(Int)
    /// All records up to this sequence are on the disk; only grows.
    case durable(UInt64)
    case read(number: UInt64, JournalLookup)
    /// The journal has stopped for good. Told once.
    case failed(JournalFailure)
}

/// Belongs to one thread, and knows neither that thread nor a clock. What it tells its owner comes while `flush`,
/// `takeNews` or `failReaders` runs; the owner may append meanwhile.
package final class JournalAppender {
    private let options: JournalOptions
    private let mailbox: JournalMailbox

    private var filling = JournalBatch()
    private var work = JournalMailbox.Work()
    private var room: JournalRoom
    private var toldRoomBytes: Int
    /// The same less what was appended since: what a listener believes that counts its own records down.
    private var countedRoomBytes: Int
    private var lastProbe: UInt64 = 0
    /// Records that nobody waits for are handed over together: waking the writer for each turn costs more than the turn.
    private static let patienceNanoseconds: UInt64 = 5_000_000
    private static let patientBytes = 64 << 10
    /// When what was appended has to be handed over although nobody waits for it, monotonic nanoseconds.
    package private(set) var handOverDeadline: UInt64?
    private var lastEpoch: UInt64
    /// Numbers of lookups without an answer, oldest first.
    private var waitingReads: [UInt64] = []
    private var isClosed = false

    package private(set) var lastSequence: UInt64
    package private(set) var durableThrough: UInt64
    package private(set) var failure: JournalFailure?

    package var isOpen: Bool { failure == nil && !isClosed }
    package var roomBytes: Int { failure == nil ? room.guaranteedByteCount : 0 }

    package init(_ scan: JournalScan, options: JournalOptions, mailbox: JournalMailbox) {
        self.options = options
        self.mailbox = mailbox
        lastSequence = scan.audit.lastSequence
        lastEpoch = scan.audit.lastEpoch
        durableThrough = lastSequence
        room = JournalRoom(
            currentByteCount: scan.segments[scan.segments.count - 1].freeByteCount, spareByteCount: 0,
            usualByteCount: options.segmentBytes - JournalFormat.segmentHeaderByteCount)
        toldRoomBytes = room.guaranteedByteCount
        countedRoomBytes = toldRoomBytes
    }

    // MARK: Writing

    package func append(_ payload: UnsafeRawBufferPointer, sequence: UInt64, epoch: UInt64, durable: Bool) -> Bool {
        // Who hears of the end in the middle of its work goes on for a moment; its records do not follow on any here.
        guard isOpen else { return false }
        precondition(sequence == lastSequence + 1, "record \(sequence) appended after record \(lastSequence)")
        precondition(epoch >= max(1, lastEpoch), "record of epoch \(epoch) appended in epoch \(lastEpoch)")
        let frameByteCount = JournalFrame.byteCount(ofPayload: payload.count)
        let place = room.place(frameByteCount: frameByteCount)
        countedRoomBytes -= frameByteCount
        filling.append(payload, epoch: epoch, sequence: sequence, place: place, isDurable: durable)
        lastSequence = sequence
        lastEpoch = epoch
        return true
    }

    /// - Parameter now: monotonic nanoseconds.
    package func flush(now: UInt64, _ tell: (JournalNews) -> Void) {
        guard isOpen else { return }
        if room.spareByteCount == 0, now >= lastProbe + options.spaceProbeNanoseconds {
            lastProbe = now
            work.wantsSpare = true
        }
        if filling.needsSync || filling.bytes.count >= Self.patientBytes || !work.isEmpty
            || handOverDeadline.map({ now >= $0 }) ?? false
        {
            handOver()
        } else if !filling.isEmpty, handOverDeadline == nil {
            handOverDeadline = now + Self.patienceNanoseconds
        }
        tellRoom(tell)
    }

    package func handOver() {
        handOverDeadline = nil
        guard isOpen, !filling.isEmpty || !work.isEmpty else { return }
        mailbox.put(&filling, work: work)
        work = JournalMailbox.Work()
    }

    /// Looks a record up with the next `flush`, while the journal is open.
    package func read(sequence: UInt64, number: UInt64) {
        waitingReads.append(number)
        work.reads.append((number, sequence))
    }

    /// Hands over what there is and asks the writer to end.
    package func close() {
        isClosed = true
        work.isClosing = true
        mailbox.put(&filling, work: work)
    }

    // MARK: News from the writer

    package func takeNews(_ tell: (JournalNews) -> Void) {
        let news = mailbox.takeNews()
        if let spare = news.spare {
            room.noteSpare(byteCount: spare.byteCount, afterRolls: spare.rollCount)
            tellRoom(tell)
        }
        if news.durableThrough > durableThrough {
            durableThrough = news.durableThrough
            tell(.durable(durableThrough))
        }
        for answer in news.answers {
            waitingReads.removeAll { $0 == answer.number }
            tell(.read(number: answer.number, answer.lookup))
        }
        guard let failure = news.failure else { return }
        self.failure = failure
        filling.reset()
        tellRoom(tell)
        failReaders(failure.description, tell)
        tell(.failed(failure))
    }

    /// Answers those whom the writer cannot answer any more.
    package func failReaders(_ reason: String, _ tell: (JournalNews) -> Void) {
        let waiting = waitingReads
        waitingReads = []
        for number in waiting { tell(.read(number: number, .unreadable(reason: reason))) }
    }

    private func tellRoom(_ tell: (JournalNews) -> Void) {
        let bytes = roomBytes
        // A full spare segment keeps the room as it is while the current one fills up: without being told again, a
        // listener that counts down would refuse everything in front of an empty segment.
        guard bytes != toldRoomBytes || bytes != countedRoomBytes else { return }
        toldRoomBytes = bytes
        countedRoomBytes = bytes
        tell(.room(bytes))
    }
}
