// What a journal held when it was opened, to be applied before anything new is appended.

public import Crypto
internal import Journal

/// The state of a journal at opening. Its records are read again for every replay, one segment at a time.
public struct JournalRecovery: Sendable {
    private let folder: String
    private let segments: [SegmentSummary]
    private let read: @Sendable (_ name: String, _ byteCount: Int) throws(JournalOpenError) -> SegmentBytes

    /// The greatest epoch in the journal; 0 for a new one. The next start uses the next one.
    public let lastEpoch: UInt64
    /// 0 for a new journal.
    public let lastSequence: UInt64
    /// Of the Merkle tree over all records.
    public let head: Digest32
    /// To be told to whoever runs the machine.
    public let warnings: [JournalWarning]

    package init(_ scan: JournalScan, _ files: some JournalFiles) {
        folder = files.path
        read = { (name, count) throws(JournalOpenError) in try files.read(name, byteCount: count) }
        segments = scan.segments
        lastEpoch = scan.audit.lastEpoch
        lastSequence = scan.audit.lastSequence
        head = scan.audit.frontier.head
        warnings = scan.warnings
    }

    /// Gives every record that the journal held at opening to `body`, in order. The bytes are lent for the call.
    /// - Throws: `JournalOpenError` when the disk gives other bytes than a moment ago, or whatever `body` throws.
    public func replay(
        _ body: (_ epoch: UInt64, _ sequence: UInt64, _ payload: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        for summary in segments where summary.recordCount > 0 {
            let segment = try read(summary.name, summary.usedByteCount)
            var offset = JournalFormat.segmentHeaderByteCount
            for sequence in summary.firstSequence..<summary.endSequence {
                guard let frame = JournalFrame(at: offset, in: segment.bytes), frame.sequence == sequence else {
                    throw JournalOpenError.damaged(
                        folder: folder,
                        JournalDamage(file: summary.name, offset: offset, sequence: sequence, kind: .record))
                }
                try body(frame.epoch, frame.sequence, frame.payload)
                offset += frame.byteCount
            }
        }
    }
}
