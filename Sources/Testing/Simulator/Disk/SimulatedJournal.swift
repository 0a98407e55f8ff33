// The journal of the simulated kernel: the real appender, writer and recovery on a simulated disk, with one thread.

package import ABI
package import Crypto
package import JournalFile

/// What `JournalFile` is for camd, without its thread, its reactor and its clock: whoever owns it says when the writer's
/// thread gets to run, and what time it is.
package final class SimulatedJournal {
    private let appender: JournalAppender
    private let writer: JournalWriter<SimulatedFolder>
    private let mailbox: JournalMailbox
    private let recovery: JournalRecovery
    private let bell = Bell()
    private var isWriterAtWork = true
    /// The first round makes the spare segment.
    private var hasWriterBegun = false

    private init(
        _ start: JournalStart<SimulatedFolder>, _ folder: SimulatedFolder, key: Ed25519.KeyPair,
        options: JournalOptions, now: Instant
    ) {
        mailbox = JournalMailbox { [bell] in bell.hasRung = true }
        appender = JournalAppender(start.scan, options: options, mailbox: mailbox)
        writer = JournalWriter(start, options: options, key: key, mailbox: mailbox, now: now)
        recovery = JournalRecovery(start.scan, folder)
    }

    /// Opens the journal on `disk` as a new process does: reads and checks everything, and cuts a torn tail.
    package static func open(
        on disk: SimulatedDisk, key: Ed25519.KeyPair, options: JournalOptions, now: Instant
    ) throws(JournalOpenError) -> SimulatedJournal {
        let folder = disk.folder()
        disk.counts.openings += 1
        let start = try JournalStart(opening: folder, key: key, options: options, wallNanoseconds: now.wall)
        let journal = SimulatedJournal(start, folder, key: key, options: options, now: now)
        for case .tornTail in journal.recovery.warnings { disk.counts.tailsCut += 1 }
        return journal
    }

    // MARK: What was there at opening

    package var lastEpoch: UInt64 { recovery.lastEpoch }
    package var lastSequence: UInt64 { recovery.lastSequence }
    package var warnings: [JournalWarning] { recovery.warnings }

    package func replay(
        _ body: (_ epoch: UInt64, _ sequence: UInt64, _ payload: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try recovery.replay(body)
    }

    // MARK: The kernel's side

    /// - Returns: false when the journal has failed or is closed.
    @discardableResult
    package func append(_ payload: UnsafeRawBufferPointer, sequence: UInt64, epoch: UInt64, durable: Bool) -> Bool {
        appender.append(payload, sequence: sequence, epoch: epoch, durable: durable)
    }

    /// The end of a turn of the reactor. May tell of another room.
    package func flush(now: Instant, _ tell: (JournalNews) -> Void) { appender.flush(now: now.monotonic, tell) }

    /// Asks for a record; it is answered with `.read(number: token, …)` in a later turn. Not on a failed journal.
    package func read(sequence: UInt64, token: UInt64, now: Instant, _ tell: (JournalNews) -> Void) {
        guard appender.isOpen else { return tell(.read(number: token, .unreadable(reason: "the journal is closed"))) }
        appender.read(sequence: sequence, number: token)
        appender.flush(now: now.monotonic, tell)
    }

    package var roomBytes: Int { appender.roomBytes }
    package var failure: JournalFailure? { appender.failure }
    /// Whether the writer has told something: the reactor would be woken to take it.
    package var hasNews: Bool { bell.hasRung }
    /// Tells it in the order in which `JournalFile` does. The owner may append meanwhile.
    package func takeNews(_ tell: (JournalNews) -> Void) {
        bell.hasRung = false
        appender.takeNews(tell)
    }

    // MARK: The writer's side

    /// Whether the writer's thread would be awake: something was handed over and not carried out, or a deadline has come.
    package func writerHasWork(now: Instant) -> Bool {
        guard isWriterAtWork else { return false }
        return !hasWriterBegun || mailbox.hasWork || writer.deadline.map { now.monotonic >= $0 } ?? false
    }

    /// One round of the writer's thread. After the journal failed or was closed there is none.
    package func runWriter(now: Instant) {
        guard isWriterAtWork else { return }
        hasWriterBegun = true
        isWriterAtWork = writer.runRound(now: now)
    }

    /// Every record up to this one is on the disk, whether anybody was told or not.
    package var durableThrough: UInt64 { writer.durableThrough }

    /// When `flush` or the writer has to run although nobody asks, monotonic nanoseconds.
    package var nextDeadline: UInt64? {
        guard isWriterAtWork else { return nil }
        switch (appender.handOverDeadline, writer.deadline) {
        case (let flush?, let round?): return min(flush, round)
        case (let flush, let round): return flush ?? round
        }
    }

    /// Writes, syncs and signs what is there, as an orderly end does.
    package func close(now: Instant, _ tell: (JournalNews) -> Void) {
        appender.close()
        while isWriterAtWork { runWriter(now: now) }
        appender.takeNews(tell)
        appender.failReaders("the journal is closed", tell)
    }
}

/// What wakes the reactor in camd.
///
/// `@unchecked Sendable`: the simulated world has one thread.
private final class Bell: @unchecked Sendable {
    var hasRung = false
}
