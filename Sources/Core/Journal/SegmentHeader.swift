// The first page of a segment: what it continues, so that it can be checked without the segments before it.

internal import Bytes
public import Crypto

/// A segment's header.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 8 | magic |
/// | 8 | 4 | format version |
/// | 12 | 4 | number of peaks in the frontier |
/// | 16 | 8 | epoch that began the segment |
/// | 24 | 8 | first sequence |
/// | 32 | 32 | head of the tree over all records before the segment |
/// | 64 | 32 × peaks | the frontier of that tree, largest first |
/// | … | | zeroes |
/// | 4092 | 4 | CRC-32C of the 4092 bytes before |
public struct SegmentHeader: Sendable, Equatable {
    public var epoch: UInt64
    public var firstSequence: UInt64
    /// The tree over all records before this segment.
    public var frontier: MerkleFrontier

    public init(epoch: UInt64, firstSequence: UInt64, frontier: MerkleFrontier) {
        precondition(frontier.size == firstSequence - 1, "segment \(firstSequence) after \(frontier.size) records")
        self.epoch = epoch
        self.firstSequence = firstSequence
        self.frontier = frontier
    }

    /// Why bytes are no header.
    public enum Flaw: Error, Equatable, Sendable {
        case tooShort
        case notASegment
        case version(UInt32)
        case checksum
        /// The fields contradict each other although the checksum holds: written by something else.
        case inconsistent
    }

    private enum Offset {
        static let version = 8
        static let peakCount = 12
        static let epoch = 16
        static let firstSequence = 24
        static let head = 32
        static let peaks = 64
        static let checksum = JournalFormat.segmentHeaderByteCount - 4
    }

    public func encoded() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: JournalFormat.segmentHeaderByteCount)
        bytes.withUnsafeMutableBytes { target in
            target.copyBytes(from: JournalFormat.segmentMagic)
            target.storeLittleEndian(JournalFormat.version, at: Offset.version)
            target.storeLittleEndian(UInt32(frontier.peaks.count), at: Offset.peakCount)
            target.storeLittleEndian(epoch, at: Offset.epoch)
            target.storeLittleEndian(firstSequence, at: Offset.firstSequence)
            Self.store(frontier.head, at: Offset.head, in: target)
            for (index, peak) in frontier.peaks.enumerated() {
                Self.store(peak, at: Offset.peaks + index * Digest32.byteCount, in: target)
            }
            let covered = UnsafeRawBufferPointer(rebasing: target[..<Offset.checksum])
            target.storeLittleEndian(CRC32C.checksum(covered), at: Offset.checksum)
        }
        return bytes
    }

    /// Reads the header at the start of `bytes`.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(Flaw) {
        guard bytes.count >= JournalFormat.segmentHeaderByteCount else { throw .tooShort }
        guard bytes.prefix(8).elementsEqual(JournalFormat.segmentMagic) else { throw .notASegment }
        let version: UInt32 = bytes.littleEndian(at: Offset.version)
        guard version == JournalFormat.version else { throw .version(version) }
        let covered = UnsafeRawBufferPointer(rebasing: bytes[..<Offset.checksum])
        guard CRC32C.checksum(covered) == bytes.littleEndian(at: Offset.checksum, as: UInt32.self) else {
            throw .checksum
        }
        epoch = bytes.littleEndian(at: Offset.epoch)
        firstSequence = bytes.littleEndian(at: Offset.firstSequence)
        let peakCount = Int(bytes.littleEndian(at: Offset.peakCount, as: UInt32.self))
        guard epoch > 0, 1...UInt64(Int64.max) ~= firstSequence, peakCount <= 64 else { throw .inconsistent }
        let peaks = (0..<peakCount).map { Self.digest(at: Offset.peaks + $0 * Digest32.byteCount, in: bytes) }
        guard let frontier = MerkleFrontier(size: firstSequence - 1, peaks: peaks),
            frontier.head == Self.digest(at: Offset.head, in: bytes)
        else { throw .inconsistent }
        self.frontier = frontier
    }

    private static func store(_ digest: Digest32, at offset: Int, in target: UnsafeMutableRawBufferPointer) {
        digest.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyMemory(from: $0) }
    }

    private static func digest(at offset: Int, in bytes: UnsafeRawBufferPointer) -> Digest32 {
        Digest32(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Digest32.byteCount]))!
    }
}
