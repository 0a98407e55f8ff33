// What the journal's own thread does: writes groups of records, syncs once for all of them, hashes, signs.

package import ABI
package import Crypto
internal import Journal
internal import Linux
internal import Planted

/// Everything about the files once the journal is open.
///
/// `@unchecked Sendable`: made on the reactor's thread, then given to the writer's thread, which alone touches it until
/// it is joined. The mailbox is the only way in and out. It knows no thread and no clock: whoever owns it runs its rounds.
package final class JournalWriter<Files: JournalFiles>: @unchecked Sendable {
    let files: Files
    let options: JournalOptions
    private let key: Ed25519.KeyPair
    private let mailbox: JournalMailbox
    /// Of the round that runs.
    private var now = Instant(monotonic: 0, wall: 0)

    /// In the order of their records; the last one is being written.
    var segments: [SegmentSummary]
    var active: SegmentFile<Files.OpenFile>
    private var spare: SegmentFile<Files.OpenFile>?
    private var rollCount: UInt64 = 0
    private var wantsSpare = true

    private var batch = JournalBatch()
    /// How much of `batch` is in `frontier`, bytes.
    private var hashedByteCount = 0
    private var frontier: MerkleFrontier
    private(set) var writtenThrough: UInt64
    /// Every record up to this one is on the disk, whether anybody was told or not.
    package private(set) var durableThrough: UInt64
    private var lastEpoch: UInt64
    /// When the oldest record that is written and not synced was written, monotonic nanoseconds.
    private var unsyncedSince: UInt64?
    private var syncNumber: UInt64 = 0

    private let headFile: Files.OpenFile
    private var headSlot: Int
    private var signedThrough: UInt64
    /// Monotonic nanoseconds.
    private var lastHeadAt: UInt64

    package init(
        _ start: JournalStart<Files>, options: JournalOptions, key: Ed25519.KeyPair, mailbox: JournalMailbox,
        now: Instant
    ) {
        files = start.files
        self.options = options
        self.key = key
        self.mailbox = mailbox
        segments = start.scan.segments
        frontier = start.scan.audit.frontier
        writtenThrough = frontier.size
        durableThrough = frontier.size
        lastEpoch = max(1, start.scan.audit.lastEpoch)
        headSlot = start.scan.head?.nextSlot ?? 0
        lastHeadAt = now.monotonic
        signedThrough = start.scan.head?.newest?.treeSize ?? 0
        active = start.active
        headFile = start.headFile
    }

    // MARK: The loop

    /// One round: carries out what was handed over and what is due, without waiting for either.
    /// - Returns: false when it was the last one, because the journal is closed or has failed.
    package func runRound(now: Instant) -> Bool {
        self.now = now
        do throws(JournalFailure) {
            try makeSpareIfWanted()
            let work = mailbox.take(&batch)
            try carryOut(work)
            if work.isClosing { try syncIfNeeded() }
            try makeSpareIfWanted()
            try signHeadIfDue(isClosing: work.isClosing)
            return !work.isClosing
        } catch {
            mailbox.tell { news, _ in news.failure = error }
            return false
        }
    }

    private func carryOut(_ work: JournalMailbox.Work) throws(JournalFailure) {
        if !batch.isEmpty {
            try writeBatch()
            if batch.needsSync { try sync() }
        }
        if let unsyncedSince, now.monotonic >= unsyncedSince + options.bufferedSyncNanoseconds { try sync() }
        answer(work.reads)
        // After everybody who waits has been told: the tree is in nobody's way.
        if !batch.isEmpty {
            hash(upTo: batch.bytes.count)
            batch.reset()
            hashedByteCount = 0
        }
        wantsSpare = wantsSpare || work.wantsSpare
    }

    /// When there is something to do although nobody asks, monotonic nanoseconds.
    package var deadline: UInt64? {
        var earliest = unsyncedSince.map { $0 + options.bufferedSyncNanoseconds }
        // While records are unsynced the head has to wait for them anyway.
        if earliest == nil, durableThrough > signedThrough {
            earliest = lastHeadAt + options.headIntervalNanoseconds
        }
        return earliest
    }

    // MARK: Records

    private func writeBatch() throws(JournalFailure) {
        var start = 0
        for roll in batch.rolls {
            try writeFrames(start..<roll)
            try beginNextSegment(firstFrameAt: roll)
            start = roll
        }
        try writeFrames(start..<batch.bytes.count)
        lastEpoch = batch.lastEpoch
        let (recordCount, byteCount) = (batch.recordCount, UInt64(batch.bytes.count))
        mailbox.count { statistics in
            statistics.recordCount += recordCount
            statistics.writtenByteCount += byteCount
        }
    }

    private func writeFrames(_ range: Range<Int>) throws(JournalFailure) {
        if range.isEmpty { return }
        if unsyncedSince == nil { unsyncedSince = now.monotonic }
        let place = segments[segments.count - 1].usedByteCount
        seal(range)
        try JournalFailure.naming(.write, activePath) { () throws(Errno) in
            try batch.bytes.withBytes { bytes throws(Errno) in
                try active.file.write(UnsafeRawBufferPointer(rebasing: bytes[range]), at: place)
            }
        }
    }

    private func seal(_ range: Range<Int>) {
        let last = segments.count - 1
        batch.bytes.withUnsafeMutableBytes { bytes in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<range.upperBound])
                let count = JournalFrame.seal(rest, durableThrough: durableThrough)
                segments[last].add(frameByteCount: count)
                offset += count
                writtenThrough += 1
            }
        }
    }

    private func syncIfNeeded() throws(JournalFailure) {
        if unsyncedSince != nil { try sync() }
    }

    /// One fdatasync for every record that is written; then all who wait are told at once.
    private func sync() throws(JournalFailure) {
        syncNumber += 1
        try JournalFailure.naming(.sync, activePath) { () throws(Errno) in
            if let fault = options.syncFault?(syncNumber) { throw fault }
            try active.file.sync()
        }
        if options.syncDelayMilliseconds > 0 {
            Clock.sleep(nanoseconds: options.syncDelayMilliseconds * 1_000_000)
        }
        unsyncedSince = nil
        durableThrough = writtenThrough
        let (durable, number) = (durableThrough, syncNumber)
        mailbox.tell { news, statistics in
            news.durableThrough = durable
            statistics.syncCount = number
        }
    }

    /// Takes the batch's records up to `end` (bytes) into the tree.
    private func hash(upTo end: Int) {
        batch.bytes.withUnsafeBytes { bytes in
            while hashedByteCount < end {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[hashedByteCount..<end])
                let count = JournalFrame.fields(rest).byteCount
                frontier.append(JournalFrame.leaf(ofFrame: UnsafeRawBufferPointer(rebasing: rest[..<count])))
                hashedByteCount += count
            }
        }
    }

    // MARK: Segments

    /// Leaves the current segment for good: what it holds is durable before the next one exists under its name, so only
    /// the last segment can ever have a torn tail.
    private func beginNextSegment(firstFrameAt offset: Int) throws(JournalFailure) {
        try syncIfNeeded()
        hash(upTo: offset)
        try giveBackRest()
        let frame = batch.bytes.withUnsafeBytes { bytes in
            JournalFrame.fields(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
        }
        let next = try takeSpare(for: frame.byteCount)
        let header = SegmentHeader(epoch: frame.epoch, firstSequence: writtenThrough + 1, frontier: frontier)
        try JournalFailure.naming(.create, files.sparePath) { () throws(Errno) in try next.begin(header, in: files) }
        segments.append(
            SegmentSummary(
                name: JournalFormat.segmentName(firstSequence: header.firstSequence),
                firstSequence: header.firstSequence, capacity: next.capacity))
        active = next
        rollCount += 1
        wantsSpare = true
        mailbox.count { statistics in
            statistics.writtenByteCount += UInt64(JournalFormat.segmentHeaderByteCount)
        }
    }

    /// The spare segment, or one made on the spot for a frame that is larger or came before there was a spare.
    private func takeSpare(for frameByteCount: Int) throws(JournalFailure) -> SegmentFile<Files.OpenFile> {
        if let waiting = spare.take(), frameByteCount <= waiting.recordCapacity { return waiting }
        let capacity = max(options.segmentBytes, JournalFormat.segmentHeaderByteCount + frameByteCount)
        guard isWithinMaximum(adding: capacity) else {
            throw JournalFailure(operation: .grow, path: files.path, code: .ENOSPC)
        }
        return try JournalFailure.naming(.grow, files.sparePath) { () throws(Errno) in
            try SegmentFile.spare(in: files, capacity: capacity)
        }
    }

    /// A closed segment keeps only what it holds.
    private func giveBackRest() throws(JournalFailure) {
        let last = segments.count - 1
        try JournalFailure.naming(.truncate, activePath) { () throws(Errno) in
            try active.file.truncate(to: segments[last].usedByteCount - (isPlanted(.segmentOffByOne) ? 1 : 0))
        }
        segments[last].capacity = segments[last].usedByteCount
    }

    private func isWithinMaximum(adding byteCount: Int) -> Bool {
        guard let maximum = options.maximumBytes else { return true }
        return fileByteCount + byteCount <= maximum
    }

    private var fileByteCount: Int { segments.reduce(0) { $0 + $1.capacity } }

    /// Reserves the next segment ahead of its need. A full disk is no failure here: there is less room, and the
    /// reactor asks again when somebody needs it.
    private func makeSpareIfWanted() throws(JournalFailure) {
        guard wantsSpare else { return }
        wantsSpare = false
        if spare == nil, isWithinMaximum(adding: options.segmentBytes) {
            do {
                spare = try SegmentFile.spare(in: files, capacity: options.segmentBytes)
            } catch {
                guard error == .ENOSPC || error == .EDQUOT || error == .EFBIG else {
                    throw JournalFailure(operation: .create, path: files.sparePath, code: error)
                }
            }
        }
        let byteCount = spare?.recordCapacity ?? 0
        let (rolls, segmentCount) = (rollCount, UInt64(segments.count))
        let allocated = UInt64(fileByteCount + (byteCount > 0 ? options.segmentBytes : 0))
        mailbox.tell { news, statistics in
            news.spare = (byteCount, rolls)
            statistics.segmentCount = segmentCount
            statistics.fileByteCount = allocated
        }
    }

    // MARK: The signed head

    /// Signs what is durable, if it is time and something is new.
    private func signHeadIfDue(isClosing: Bool) throws(JournalFailure) {
        guard frontier.size == durableThrough, frontier.size > signedThrough else { return }
        guard isClosing || now.monotonic >= lastHeadAt + options.headIntervalNanoseconds else { return }
        let head = SignedHead(signing: frontier, epoch: lastEpoch, wallNanoseconds: now.wall, with: key)
        try JournalFailure.naming(.sync, files.headPath) { () throws(Errno) in
            try HeadFile.write(head, slot: headSlot, to: headFile)
        }
        headSlot = (headSlot + 1) % HeadFile.slotCount
        signedThrough = frontier.size
        lastHeadAt = now.monotonic
        mailbox.count { statistics in statistics.signedHeadCount += 1 }
    }

    // MARK: Reading

    private func answer(_ requests: [(number: UInt64, sequence: UInt64)]) {
        if requests.isEmpty { return }
        let answers = requests.map { (number: $0.number, lookup: lookUp($0.sequence)) }
        mailbox.tell { news, _ in news.answers.append(contentsOf: answers) }
    }

    private var activePath: String { files.path(of: segments[segments.count - 1].name) }
}
