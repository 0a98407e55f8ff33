// One pass of `JournalVerification` over the folder.

internal import Crypto
internal import Journal
internal import JournalFile
internal import Linux

struct VerificationPass {
    /// camd may be writing while we read: the pages of a segment are not read at one moment, so later records can be
    /// seen without earlier ones. Real damage is still there after a pause.
    private static let attemptsMax = 4
    private static let pauseNanoseconds: UInt64 = 20_000_000

    private let folder: JournalFolder
    private var report: JournalReport
    private var audit = JournalAudit(signed: nil)
    /// Whether `audit` stands at the end of the segment before the next one.
    private var isChainKnown = true
    private var lastOffset = 0

    init(folder: JournalFolder) {
        self.folder = folder
        report = JournalReport(directory: folder.path)
    }

    mutating func run(expecting key: Ed25519.PublicKey?) throws(JournalOpenError) -> JournalReport {
        // The head first: what it covers was on disk before it was, so it is in what is read after it.
        let content = try readHead()
        audit = JournalAudit(signed: content?.newest)
        let names = try folder.segmentNames()
        for name in names { try check(name, isLast: name == names.last) }
        if report.problems.isEmpty {
            do throws(JournalDamage) {
                try audit.finish(
                    file: names.last ?? JournalFormat.segmentName(firstSequence: JournalFormat.firstSequence),
                    offset: lastOffset)
            } catch {
                add(error)
            }
            report.head = audit.frontier.head
        }
        report.signature = signature(content, expecting: key)
        return report
    }

    private mutating func readHead() throws(JournalOpenError) -> HeadFile.Content? {
        let content = try folder.readHead()
        if let content, content.unreadableSlots > 0, content.newest != nil {
            report.warnings.append(.headCopyUnreadable(path: folder.headPath))
        }
        return content
    }

    private func signature(_ content: HeadFile.Content?, expecting key: Ed25519.PublicKey?) -> JournalReport.Signature {
        guard let content else { return .missing }
        guard let head = content.newest else { return content.unreadableSlots > 0 ? .unreadable : .missing }
        if let key, key != head.publicKey { return .foreign(publicKey: head.publicKey) }
        guard report.problems.isEmpty, audit.isSignedHeadConfirmed else {
            return .unconfirmed(treeSize: head.treeSize, publicKey: head.publicKey)
        }
        return .valid(
            treeSize: head.treeSize, epoch: head.epoch, wallNanoseconds: head.wallNanoseconds,
            publicKey: head.publicKey)
    }

    private mutating func check(_ name: String, isLast: Bool) throws(JournalOpenError) {
        let before = self
        for attempt in 1... {
            try checkOnce(name, isLast: isLast)
            let isNew = report.problems.count > before.report.problems.count
            guard isNew, isLast, attempt < Self.attemptsMax else { break }
            self = before
            Clock.sleep(nanoseconds: Self.pauseNanoseconds)
        }
    }

    private mutating func checkOnce(_ name: String, isLast: Bool) throws(JournalOpenError) {
        let segment = try folder.read(name)
        report.segmentCount += 1
        report.fileByteCount += segment.bytes.count
        do throws(JournalDamage) {
            let header = try JournalScan.header(of: segment.bytes, file: name, sequence: audit.lastSequence + 1)
            begin(header, name)
            isChainKnown = false
            try checkRecords(segment.bytes, name, header, isLast: isLast)
            isChainKnown = true
        } catch {
            isChainKnown = false
            add(error)
        }
    }

    /// Behind damage a segment is checked against what its own header says came before it.
    private mutating func begin(_ header: SegmentHeader, _ name: String) {
        guard isChainKnown else {
            audit.resume(at: header)
            return
        }
        do throws(JournalDamage) {
            try audit.begin(header, file: name)
        } catch {
            add(error)
            audit.resume(at: header)
        }
    }

    private mutating func checkRecords(
        _ bytes: UnsafeRawBufferPointer, _ name: String, _ header: SegmentHeader, isLast: Bool
    ) throws(JournalDamage) {
        var scan = SegmentScan(
            bytes, file: name, header: header, isLast: isLast, lastEpoch: audit.lastEpoch,
            signedThrough: audit.signedThrough)
        defer {
            report.usedByteCount += scan.offset
            lastOffset = scan.offset
        }
        while let frame = try scan.next() {
            count(frame)
            do throws(JournalDamage) {
                try audit.accept(frame, file: name)
            } catch {
                // Records that are not those that were signed: the rest is still worth reading.
                add(error)
            }
        }
        if case .torn(let byteCount) = scan.end {
            report.warnings.append(
                .tornTail(file: name, offset: scan.offset, byteCount: byteCount, sequence: scan.expectedSequence))
        }
    }

    private mutating func count(_ frame: JournalFrame) {
        report.recordCount += 1
        if report.firstSequence == 0 { report.firstSequence = frame.sequence }
        report.lastSequence = frame.sequence
        if report.epochs.last?.epoch == frame.epoch {
            report.epochs[report.epochs.count - 1].lastSequence = frame.sequence
        } else {
            report.epochs.append(
                JournalReport.Epoch(
                    epoch: frame.epoch, firstSequence: frame.sequence, lastSequence: frame.sequence))
        }
    }

    /// The report's head stays that of the part before the first problem.
    private mutating func add(_ damage: JournalDamage) {
        if report.problems.isEmpty { report.head = audit.frontier.head }
        report.problems.append(damage)
    }
}
