// The journal on the disk: appended to from the reactor's thread, written and synced by a thread of its own.

public import Crypto
internal import Journal
internal import Linux
public import Reactor

/// An append-only journal of records that cannot be changed unnoticed.
///
/// # Use
/// `open` reads and checks what is there, `JournalRecovery.replay` gives it back, `append` takes records (copied into a
/// buffer), and `flush`, at the end of a turn, hands the buffer to the writer's thread. That thread writes it with one
/// `pwrite` and, if somebody waits for one of the records, calls one `fdatasync` for all of them; then `onDurable` says
/// on the reactor's thread how far the journal is on the disk. While it syncs the next group gathers. A record nobody
/// waits for is on the disk 100 ms later at most. All methods belong to the reactor's thread.
///
/// # On the disk
/// A folder (0700) with these files:
///
/// | file | what it is |
/// |---|---|
/// | `<first sequence, 20 digits>.camj` | a segment: a header of one page (`SegmentHeader`), then frames (`JournalFrame`), one after another without gaps, then zeroes |
/// | `head` | two copies of the signed head (`SignedHead`), a page each, written in turn |
/// | `spare` | the next segment, its space reserved; no part of the journal until it gets a segment's name |
/// | `lock` | held with `flock` by the one process that writes |
///
/// All integers are little-endian, all checksums CRC-32C. Sequences begin at 1 and have no gaps within the journal; the
/// epoch of a record is never smaller than that of the one before. The format's version stands in every segment and in
/// the head; a reader refuses any other.
///
/// **Space.** A segment (16 MiB unless set otherwise) is reserved with `fallocate` before it is needed and reads as zeroes,
/// so a full disk shows before a record is accepted and never while one is written. (File systems that copy on write, Btrfs
/// for one, do not promise that; there a full disk can fail a write, which stops the journal.) 32 zero bytes are no frame,
/// because an epoch is never zero: they are the end. When a record does not fit any more, the segment is synced, cut to what
/// it holds, and the spare one gets its header and then its name, each step durable before the next. So everything before
/// the last segment is always whole.
///
/// **Interruption.** The bytes at the end of the last segment that form no whole frame were being written when the
/// writer was stopped. They are overwritten with zeroes at the next opening, with a warning, if nothing shows that the record
/// they begin with had been on the disk: no later frame whose durable-through covers it, no signed head that does. A group's
/// pages may reach the disk in any order; this rule takes the whole group back, and cannot take back what anyone was told
/// of. Everything else that is wrong is damage: the journal does not open, says which file, byte and record, and changes nothing.
///
/// **History.** Record `s` is leaf `s - 1` of an RFC 9162 Merkle tree with SHA-256; a leaf is the hash of 0x00, epoch,
/// sequence and payload, 16 bytes of the frame's header and all that follows. Every segment's header carries the frontier
/// of the tree before it, so that it can be checked alone. The tree's head is signed with Ed25519 when the journal begins,
/// at most once a second while records are written, and when it is closed. Whoever changes a record and all its checksums
/// cannot sign the head that results; records since the last signature, about a second's worth after a crash, have only
/// their checksums. Opening needs the key's owner: a head that is missing, or signed by another key, is refused.
///
/// # Failure
/// A failed write or sync is never retried, because nobody can know what the disk holds then: `onFailure` is called once,
/// nothing is accepted any more, and the way on is a new process that opens the journal. A full disk is no failure: `roomBytes`
/// shrinks, and grows again when there is space. Who appends more than `roomBytes` on a full disk makes it one.
public final class JournalFile {
    private let writerMailbox: JournalMailbox
    private var thread: WorkerThread?
    private var lock: FileDescriptor?
    private let reactor: Reactor
    private let options: JournalOptions

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
    private var patience: TimerToken?
    private var lastEpoch: UInt64
    private var readNumber: UInt64 = 0
    private var readers: [UInt64: (JournalLookup) -> Void] = [:]

    /// Of the last record that was appended; 0 for none.
    public private(set) var lastSequence: UInt64
    /// Every record up to this one is on the disk; 0 for none.
    public private(set) var durableThrough: UInt64
    /// Why the journal stopped; nil while it works.
    public private(set) var failure: JournalFailure?

    /// All records up to this sequence are on the disk. Sequences only grow from call to call.
    public var onDurable: (UInt64) -> Void = { _ in }
    /// The journal has stopped for good. Called once.
    public var onFailure: (JournalFailure) -> Void = { _ in }
    /// `roomBytes` is another than when this was last called, or than that less what was appended since.
    public var onRoom: (Int) -> Void = { _ in }

    /// Bytes of frames (`JournalFrame.byteCount(ofPayload:)`) that can be appended for certain, in records of any sizes:
    /// their space is reserved on the disk. Whoever decides asks first, and keeps back what it wants for emergencies.
    public var roomBytes: Int { failure == nil ? room.guaranteedByteCount : 0 }

    /// What the writer has done so far.
    public var statistics: JournalStatistics { writerMailbox.currentStatistics() }

    /// Opens the journal in `directory`, which is made when it is missing, and reads and checks all of it.
    ///
    /// - Parameters:
    ///   - key: signs the head; the same for the journal's whole life.
    /// - Throws: `JournalOpenError`; only a torn tail is mended, everything else is left as it is.
    public static func open(
        directory: String, key: Ed25519.KeyPair, reactor: Reactor, options: JournalOptions = JournalOptions()
    ) throws(JournalOpenError) -> (JournalFile, JournalRecovery) {
        precondition(
            options.segmentBytes > 2 * JournalFormat.segmentHeaderByteCount, "segments of \(options.segmentBytes) bytes"
        )
        let folder = JournalFolder(path: directory)
        do {
            try Directory.makeAll(directory)
        } catch {
            throw .system(operation: "make", path: directory, error)
        }
        let lock = try folder.lock()
        let start = try JournalStart(opening: folder, key: key, options: options)
        let recovery = JournalRecovery(start.scan, folder: folder)
        do {
            let journal = try JournalFile(start, lock, folder, key, reactor, options)
            return (journal, recovery)
        } catch {
            throw .system(operation: "start the writer of", path: directory, error)
        }
    }

    private init(
        _ start: consuming JournalStart, _ lock: consuming FileDescriptor, _ folder: JournalFolder,
        _ key: Ed25519.KeyPair, _ reactor: Reactor, _ options: JournalOptions
    ) throws(Errno) {
        self.lock = consume lock
        self.reactor = reactor
        self.options = options
        lastSequence = start.scan.audit.lastSequence
        lastEpoch = start.scan.audit.lastEpoch
        durableThrough = lastSequence
        room = JournalRoom(
            currentByteCount: start.scan.segments[start.scan.segments.count - 1].freeByteCount, spareByteCount: 0,
            usualByteCount: options.segmentBytes - JournalFormat.segmentHeaderByteCount)
        toldRoomBytes = room.guaranteedByteCount
        countedRoomBytes = toldRoomBytes
        let mailbox = JournalMailbox()
        writerMailbox = mailbox
        let listener = Listener()
        let wakeUp = try reactor.wakeUp { listener.journal?.takeNews() }
        let writer = JournalWriter(
            start, folder: folder, options: options, key: key, mailbox: mailbox, wakeUp: wakeUp)
        thread = try WorkerThread(name: "cam-journal") { writer.run() }
        listener.journal = self
    }

    /// The reactor keeps its handlers for ever; through this one they do not keep the journal.
    private final class Listener {
        weak var journal: JournalFile?
    }

    deinit {
        endWriter()
    }

    // MARK: Writing

    /// Copies a record into the buffer that the next `flush` hands over.
    ///
    /// - Parameters:
    ///   - payload: at most `JournalFormat.recordBytesMax` bytes.
    ///   - sequence: one more than the last record's.
    ///   - epoch: at least 1 and never smaller than the last record's.
    ///   - durable: whether somebody waits for `onDurable` to reach this record.
    /// - Returns: false when the journal has failed or is closed; nothing is written then.
    @discardableResult
    public func append(_ payload: UnsafeRawBufferPointer, sequence: UInt64, epoch: UInt64, durable: Bool) -> Bool {
        precondition(sequence == lastSequence + 1, "record \(sequence) appended after record \(lastSequence)")
        precondition(epoch >= max(1, lastEpoch), "record of epoch \(epoch) appended in epoch \(lastEpoch)")
        guard failure == nil, thread != nil else { return false }
        let frameByteCount = JournalFrame.byteCount(ofPayload: payload.count)
        let place = room.place(frameByteCount: frameByteCount)
        countedRoomBytes -= frameByteCount
        filling.append(payload, epoch: epoch, sequence: sequence, place: place, isDurable: durable)
        lastSequence = sequence
        lastEpoch = epoch
        return true
    }

    @discardableResult
    public func append(_ payload: [UInt8], sequence: UInt64, epoch: UInt64, durable: Bool) -> Bool {
        payload.withUnsafeBytes { append($0, sequence: sequence, epoch: epoch, durable: durable) }
    }

    /// Hands what was appended to the writer: at once where somebody waits for a record, within 5 ms otherwise. Call it at
    /// the end of every turn; with nothing to hand over it costs nothing, and asks for space again where there was none.
    public func flush() {
        guard failure == nil, thread != nil else { return }
        if room.spareByteCount == 0, reactor.now >= lastProbe + options.spaceProbeNanoseconds {
            lastProbe = reactor.now
            work.wantsSpare = true
        }
        if filling.needsSync || filling.bytes.count >= Self.patientBytes || !work.isEmpty {
            handOver()
        } else if !filling.isEmpty, patience == nil {
            patience = reactor.schedule(after: Self.patienceNanoseconds) { [weak self] in
                self?.patience = nil
                self?.handOver()
            }
        }
        tellRoom()
    }

    private func handOver() {
        guard failure == nil, thread != nil, !filling.isEmpty || !work.isEmpty else { return }
        writerMailbox.put(&filling, work: work)
        work = JournalMailbox.Work()
    }

    // MARK: Reading

    /// Looks a record up by its sequence, also one that was appended a moment ago, and answers on the reactor's thread in
    /// a later turn, after the records appended so far were written.
    public func read(sequence: UInt64, _ completion: @escaping (JournalLookup) -> Void) {
        guard failure == nil, thread != nil else {
            reactor.nextTurn { completion(.unreadable(reason: "the journal is closed")) }
            return
        }
        readNumber += 1
        readers[readNumber] = completion
        work.reads.append(JournalMailbox.ReadRequest(number: readNumber, sequence: sequence))
        flush()
    }

    // MARK: Ending

    /// Writes, syncs and signs what is there, and ends the writer's thread; the last `onDurable` comes before this returns.
    /// Waits for the disk.
    public func close() {
        handOver()
        if let patience { reactor.cancel(patience) }
        endWriter()
        takeNews()
        failReaders("the journal is closed")
    }

    private func endWriter() {
        guard let running = thread.take() else { return }
        writerMailbox.put(&filling, work: JournalMailbox.Work(isClosing: true))
        running.join()
        guard let lock = lock.take() else { return }
        // Closing alone would not do: a child that is just being spawned has the same open file until it executes.
        do {
            try File.unlock(lock.rawValue)
        } catch {
            preconditionFailure("the journal's lock could not be released: \(error)")
        }
    }

    // MARK: News from the writer

    private func takeNews() {
        let news = writerMailbox.takeNews()
        if let spare = news.spare {
            room.noteSpare(byteCount: spare.byteCount, afterRolls: spare.rollCount)
            tellRoom()
        }
        if news.durableThrough > durableThrough {
            durableThrough = news.durableThrough
            onDurable(durableThrough)
        }
        for answer in news.answers {
            readers.removeValue(forKey: answer.number)?(answer.lookup)
        }
        if let failure = news.failure { fail(failure) }
    }

    private func fail(_ failure: JournalFailure) {
        self.failure = failure
        filling.reset()
        tellRoom()
        failReaders(failure.description)
        onFailure(failure)
    }

    private func failReaders(_ reason: String) {
        let waiting = readers.sorted { $0.key < $1.key }
        readers = [:]
        for (_, completion) in waiting { completion(.unreadable(reason: reason)) }
    }

    private func tellRoom() {
        let bytes = roomBytes
        // A full spare segment keeps the room as it is while the current one fills up: without being told again, a
        // listener that counts down would refuse everything in front of an empty segment.
        guard bytes != toldRoomBytes || bytes != countedRoomBytes else { return }
        toldRoomBytes = bytes
        countedRoomBytes = bytes
        onRoom(bytes)
    }
}
