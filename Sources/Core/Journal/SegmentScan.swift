// Reading a segment: its records one by one, and at its end the difference between a torn tail and damage.

internal import Bytes

/// Walks over the bytes of one segment.
///
/// What is no valid record ends the walk in one of three ways:
/// - Only zeroes follow: the preallocated rest. A clean end.
/// - It is the last segment, no valid record behind it says that this one had been on disk, and the signed head does
///   not cover it: a torn tail. Whoever wrote it was stopped before anything in it was acknowledged; it may be cut off.
/// - Anything else is damage, thrown with its place. Nothing is ever skipped.
public struct SegmentScan {
    public enum End: Equatable, Sendable {
        case clean
        /// So many bytes from `offset` on are not zero and belong to no record.
        case torn(byteCount: Int)
    }

    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private let isLast: Bool
    private let signedThrough: UInt64

    /// Where the next record begins or would begin, in bytes.
    public private(set) var offset: Int
    public private(set) var expectedSequence: UInt64
    public private(set) var lastEpoch: UInt64
    /// How the segment ends; nil until `next` has returned nil.
    public private(set) var end: End?

    /// - Parameters:
    ///   - bytes: the whole file; outlives this value and every frame from it.
    ///   - file: its name, for errors.
    ///   - isLast: whether the journal has no later segment.
    ///   - lastEpoch: of the record before the segment; 0 at the journal's beginning.
    ///   - signedThrough: the last sequence that the signed head covers; 0 for none.
    public init(
        _ bytes: UnsafeRawBufferPointer, file: String, header: SegmentHeader, isLast: Bool, lastEpoch: UInt64,
        signedThrough: UInt64
    ) {
        self.bytes = bytes
        self.file = file
        self.isLast = isLast
        self.signedThrough = signedThrough
        self.lastEpoch = lastEpoch
        offset = JournalFormat.segmentHeaderByteCount
        expectedSequence = header.firstSequence
    }

    /// The next record, or nil at the end.
    public mutating func next() throws(JournalDamage) -> JournalFrame? {
        guard end == nil else { return nil }
        guard let frame = JournalFrame(at: offset, in: bytes) else {
            end = try endOfRecords()
            return nil
        }
        guard frame.sequence == expectedSequence, frame.epoch >= lastEpoch, frame.durableThrough < frame.sequence else {
            throw damage(.order(epoch: frame.epoch, sequence: frame.sequence))
        }
        offset += frame.byteCount
        expectedSequence += 1
        lastEpoch = frame.epoch
        return frame
    }

    private func endOfRecords() throws(JournalDamage) -> End {
        let unreadCount = bytes.count - offset
        let unread = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        if unread.isAllZero { return .clean }
        guard isLast, signedThrough < expectedSequence else { throw damage(.record) }
        var tornCount = unreadCount
        while unread[tornCount - 1] == 0 { tornCount -= 1 }
        if hasLaterWitness(within: tornCount) { throw damage(.record) }
        return .torn(byteCount: tornCount)
    }

    /// Whether a valid record behind the bad place says that the record missing here had been on disk.
    ///
    /// A group of records is written at once, and a crash may keep its later pages and lose earlier ones; those later
    /// records do not claim that the group was durable, so they are no witnesses and go with the tail.
    private func hasLaterWitness(within tornCount: Int) -> Bool {
        var place = offset + 1
        let last = offset + tornCount - JournalFormat.frameHeaderByteCount
        let sequenceMax = expectedSequence + UInt64(tornCount / JournalFormat.frameHeaderByteCount) + 1
        while place <= last {
            // Cheap conditions first: nearly every place fails them.
            let sequence: UInt64 = bytes.littleEndian(at: place + JournalFrame.Offset.sequence)
            let epoch: UInt64 = bytes.littleEndian(at: place + JournalFrame.Offset.epoch)
            guard sequence >= expectedSequence, sequence <= sequenceMax, epoch >= lastEpoch,
                let frame = JournalFrame(at: place, in: bytes)
            else {
                place += 1
                continue
            }
            if frame.durableThrough >= expectedSequence { return true }
            place += frame.byteCount
        }
        return false
    }

    private func damage(_ kind: JournalDamage.Kind) -> JournalDamage {
        JournalDamage(file: file, offset: offset, sequence: expectedSequence, kind: kind)
    }
}
