// One record as it lies in a segment: a header of 32 bytes and the payload.

internal import Bytes
public import Crypto

/// A record's frame.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 4 | payload byte count |
/// | 4 | 4 | CRC-32C of everything else in the frame: bytes 0–3, then 8 to the end |
/// | 8 | 8 | durable-through: every record up to this sequence was on disk before this frame was written |
/// | 16 | 8 | epoch, at least 1 |
/// | 24 | 8 | sequence, at least 1 |
/// | 32 | … | payload |
///
/// All integers are little-endian. Because an epoch is never zero, 32 zero bytes are no frame: preallocated space
/// reads as the end. Durable-through tells a torn group of records, whose pages reached the disk in another order
/// than they were written, from damage to records that had been acknowledged.
public struct JournalFrame {
    public let durableThrough: UInt64
    public let epoch: UInt64
    public let sequence: UInt64
    /// Lies in the bytes that were scanned and lives no longer than they.
    public let payload: UnsafeRawBufferPointer
    /// Where the frame begins in its segment, in bytes.
    public let offset: Int
    /// The whole frame; lives no longer than the bytes that were scanned.
    private let frame: UnsafeRawBufferPointer

    public var byteCount: Int { frame.count }
    /// The record's leaf in the tree.
    public var leaf: Digest32 { Self.leaf(ofFrame: frame) }

    enum Offset {
        static let length = 0
        static let checksum = 4
        static let durableThrough = 8
        static let epoch = 16
        static let sequence = 24
    }

    @inlinable
    public static func byteCount(ofPayload count: Int) -> Int {
        JournalFormat.frameHeaderByteCount + count
    }

    /// Appends an unsealed frame: everything but checksum and durable-through, which are known when it is written.
    public static func append(
        _ payload: UnsafeRawBufferPointer, epoch: UInt64, sequence: UInt64, to bytes: inout [UInt8]
    ) {
        precondition(epoch > 0 && sequence > 0, "a record with epoch \(epoch) and sequence \(sequence)")
        precondition(payload.count <= JournalFormat.recordBytesMax, "a record of \(payload.count) bytes")
        withUnsafeTemporaryAllocation(byteCount: JournalFormat.frameHeaderByteCount, alignment: 8) { header in
            header.storeLittleEndian(UInt32(payload.count), at: Offset.length)
            header.storeLittleEndian(UInt32(0), at: Offset.checksum)
            header.storeLittleEndian(UInt64(0), at: Offset.durableThrough)
            header.storeLittleEndian(epoch, at: Offset.epoch)
            header.storeLittleEndian(sequence, at: Offset.sequence)
            bytes.append(contentsOf: UnsafeRawBufferPointer(header))
        }
        bytes.append(contentsOf: payload)
    }

    /// Completes the unsealed frame at the start of `bytes`.
    /// - Returns: the frame's byte count.
    @discardableResult
    public static func seal(_ bytes: UnsafeMutableRawBufferPointer, durableThrough: UInt64) -> Int {
        let count = fields(UnsafeRawBufferPointer(bytes)).byteCount
        bytes.storeLittleEndian(durableThrough, at: Offset.durableThrough)
        let frame = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        bytes.storeLittleEndian(checksum(of: frame), at: Offset.checksum)
        return count
    }

    /// What a frame of our own making says about itself, sealed or not, unchecked.
    public struct Fields: Sendable {
        public let byteCount: Int
        public let epoch: UInt64
        public let sequence: UInt64
    }

    /// The fields of the frame at the start of `bytes`, at least a frame header long.
    public static func fields(_ bytes: UnsafeRawBufferPointer) -> Fields {
        Fields(
            byteCount: byteCount(ofPayload: Int(bytes.littleEndian(at: Offset.length, as: UInt32.self))),
            epoch: bytes.littleEndian(at: Offset.epoch), sequence: bytes.littleEndian(at: Offset.sequence))
    }

    /// The leaf of a whole frame: its epoch, sequence and payload, which lie next to each other for this.
    public static func leaf(ofFrame frame: UnsafeRawBufferPointer) -> Digest32 {
        MerkleHash.leaf(UnsafeRawBufferPointer(rebasing: frame[Offset.epoch...]))
    }

    /// Reads the frame at `offset` when one is there, whole and with a matching checksum; nil otherwise.
    public init?(at offset: Int, in bytes: UnsafeRawBufferPointer) {
        guard bytes.count - offset >= JournalFormat.frameHeaderByteCount else { return nil }
        let count = Int(bytes.littleEndian(at: offset + Offset.length, as: UInt32.self))
        guard count <= JournalFormat.recordBytesMax, count <= bytes.count - offset - JournalFormat.frameHeaderByteCount
        else { return nil }
        let epoch: UInt64 = bytes.littleEndian(at: offset + Offset.epoch)
        let sequence: UInt64 = bytes.littleEndian(at: offset + Offset.sequence)
        guard epoch > 0, sequence > 0 else { return nil }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Self.byteCount(ofPayload: count)])
        guard Self.checksum(of: frame) == frame.littleEndian(at: Offset.checksum, as: UInt32.self) else { return nil }
        self.epoch = epoch
        self.sequence = sequence
        self.offset = offset
        durableThrough = frame.littleEndian(at: Offset.durableThrough)
        self.frame = frame
        payload = UnsafeRawBufferPointer(rebasing: frame[JournalFormat.frameHeaderByteCount...])
    }

    private static func checksum(of frame: UnsafeRawBufferPointer) -> UInt32 {
        let length = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[..<Offset.checksum]))
        return CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[Offset.durableThrough...]), continuing: length)
    }
}
