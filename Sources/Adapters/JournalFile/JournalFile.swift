// The journal on the disk: appended to from the reactor's thread, written and synced by a thread of its own.

internal import ABI
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
/// writer was stopped. They are cut off at the next opening, with a warning, if nothing shows that the record they begin
/// with had been on the disk: no later frame whose durable-through covers it, no signed head that does. A group's pages may
/// reach the disk in any order; this rule takes the whole group back, and cannot take back what anyone was told of. Records
/// that nothing shows to be on the disk are written again: pages over which a sync failed only look as if they were. Everything else that is wrong is damage: the journal does not open, says which file, byte and record, and changes nothing.
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
    private let appender: JournalAppender
    private let mailbox: JournalMailbox
    private var thread: WorkerThread?
    private var lock: FileDescriptor?
    private let reactor: Reactor
    private var handOver: TimerToken?
    private var readNumber: UInt64 = 0
    private var readers: [UInt64: (JournalLookup) -> Void] = [:]

    /// Of the last record that was appended; 0 for none.
    public var lastSequence: UInt64 { appender.lastSequence }
    /// Every record up to this one is on the disk; 0 for none.
    public var durableThrough: UInt64 { appender.durableThrough }
    /// Why the journal stopped; nil while it works.
    public var failure: JournalFailure? { appender.failure }

    /// All records up to this sequence are on the disk. Sequences only grow from call to call.
    public var onDurable: (UInt64) -> Void = { _ in }
    /// The journal has stopped for good. Called once.
    public var onFailure: (JournalFailure) -> Void = { _ in }
    /// `roomBytes` is another than when this was last called, or than that less what was appended since.
    public var onRoom: (Int) -> Void = { _ in }

    /// Bytes of frames (`JournalFrame.byteCount(ofPayload:)`) that can be appended for certain, in records of any sizes:
    /// their space is reserved on the disk. Whoever decides asks first, and keeps back what it wants for emergencies.
    public var roomBytes: Int { appender.roomBytes }

    /// What the writer has done so far.
    public var statistics: JournalStatistics { mailbox.currentStatistics() }

    /// Opens the journal in `directory`, which is made when it is missing, and reads and checks all of it.
    ///
    /// - Parameters:
    ///   - key: signs the head; the same for the journal's whole life.
    /// - Throws: `JournalOpenError`; only a torn tail is mended, everything else is left as it is.
    public static func open(
        directory: String, key: Ed25519.KeyPair, reactor: Reactor, options: JournalOptions = JournalOptions()
    ) throws(JournalOpenError) -> (JournalFile, JournalRecovery) {
        let folder = JournalFolder(path: directory)
        try JournalOpenError.naming("make", directory) { () throws(Errno) in
            try Directory.makeAll(directory)
            try Directory.sync(Directory.parent(of: directory))
        }
        let lock = try folder.lock()
        let start = try JournalStart(opening: folder, key: key, options: options, wallNanoseconds: Clock.wall())
        do {
            return (try JournalFile(start, lock, key, reactor, options), JournalRecovery(start.scan, folder))
        } catch {
            throw .system(operation: "start the writer of", path: directory, error)
        }
    }

    private init(
        _ start: JournalStart<JournalFolder>, _ lock: consuming FileDescriptor, _ key: Ed25519.KeyPair,
        _ reactor: Reactor, _ options: JournalOptions
    ) throws(Errno) {
        self.lock = consume lock
        self.reactor = reactor
        let listener = Listener()
        let wakeUp = try reactor.wakeUp { listener.journal?.takeNews() }
        let mailbox = JournalMailbox { wakeUp.post() }
        self.mailbox = mailbox
        appender = JournalAppender(start.scan, options: options, mailbox: mailbox)
        let writer = JournalWriter(start, options: options, key: key, mailbox: mailbox, now: Self.now)
        thread = try WorkerThread(name: "cam-journal") {
            while writer.runRound(now: Self.now) { mailbox.waitForWork(until: writer.deadline) }
        }
        listener.journal = self
    }

    private static var now: Instant { Instant(monotonic: Clock.monotonic(), wall: Clock.wall()) }

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
        appender.append(payload, sequence: sequence, epoch: epoch, durable: durable)
    }

    @discardableResult
    public func append(_ payload: [UInt8], sequence: UInt64, epoch: UInt64, durable: Bool) -> Bool {
        payload.withUnsafeBytes { append($0, sequence: sequence, epoch: epoch, durable: durable) }
    }

    /// Hands what was appended to the writer: at once where somebody waits for a record, within 5 ms otherwise. Call it at
    /// the end of every turn; with nothing to hand over it costs nothing, and asks for space again where there was none.
    public func flush() {
        appender.flush(now: reactor.now, tell)
        guard let deadline = appender.handOverDeadline, handOver == nil else { return }
        handOver = reactor.schedule(at: deadline) { [weak self] in
            self?.handOver = nil
            self?.appender.handOver()
        }
    }

    // MARK: Reading

    /// Looks a record up by its sequence, also one that was appended a moment ago, and answers on the reactor's thread in
    /// a later turn, after the records appended so far were written.
    public func read(sequence: UInt64, _ completion: @escaping (JournalLookup) -> Void) {
        guard appender.isOpen else {
            reactor.nextTurn { completion(.unreadable(reason: "the journal is closed")) }
            return
        }
        readNumber += 1
        readers[readNumber] = completion
        appender.read(sequence: sequence, number: readNumber)
        flush()
    }

    // MARK: Ending

    /// Writes, syncs and signs what is there, and ends the writer's thread; the last `onDurable` comes before this returns.
    /// Waits for the disk.
    public func close() {
        if let handOver { reactor.cancel(handOver) }
        endWriter()
        takeNews()
        appender.failReaders("the journal is closed", tell)
    }

    private func endWriter() {
        guard let running = thread.take() else { return }
        appender.close()
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

    private func takeNews() { appender.takeNews(tell) }

    private func tell(_ news: JournalNews) {
        switch news {
        case .room(let bytes): onRoom(bytes)
        case .durable(let sequence): onDurable(sequence)
        case .read(let number, let lookup): readers.removeValue(forKey: number)?(lookup)
        case .failed(let failure): onFailure(failure)
        }
    }
}
