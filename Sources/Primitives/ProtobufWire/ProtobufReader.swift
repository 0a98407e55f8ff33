// Walks the fields of one encoded message in place. The wire format: https://protobuf.dev/programming-guides/encoding/

/// Reads fields from a buffer that must outlive it. After an error the reader must not be used again.
@frozen
public struct ProtobufReader {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline var offset: Int
    /// Where the message being read ends.
    @usableFromInline var end: Int
    @usableFromInline var tag: UInt32
    @usableFromInline var depthLeft: Int
    @usableFromInline var elementBytesLeft: Int

    /// - Throws: `tooLarge` where `bytes` exceeds the limits.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer, limits: DecodeLimits = .standard) throws(ProtobufError) {
        guard bytes.count <= limits.bytesMax else {
            throw ProtobufError(problem: .tooLarge, offset: limits.bytesMax, fieldNumber: 0)
        }
        self.bytes = bytes
        offset = 0
        end = bytes.count
        tag = 0
        depthLeft = limits.depthMax
        elementBytesLeft = limits.elementBytesMax
    }

    /// The tag (field number times 8 plus wire type) of the next field, or nil at the end of the message.
    @inlinable
    public mutating func nextTag() throws(ProtobufError) -> UInt32? {
        guard offset < end else { return nil }
        let value = try shortVarint()
        guard value <= UInt64(UInt32.max), value >= 8, value & 7 <= 5 else {
            throw failure(.invalidTag)
        }
        tag = UInt32(truncatingIfNeeded: value)
        return tag
    }

    /// Passes over the field whose tag was just read: one that this version does not know.
    public mutating func skip() throws(ProtobufError) {
        switch tag & 7 {
        case 0: _ = try rawVarint()
        case 1: try advance(by: 8)
        case 2: _ = try lengthDelimited()
        case 5: try advance(by: 4)
        default: throw failure(.groupNotSupported)
        }
    }

    @inlinable
    mutating func rawVarint() throws(ProtobufError) -> UInt64 {
        if offset < end {
            let byte = bytes[offset]
            if byte < 0x80 {
                offset += 1
                return UInt64(byte)
            }
        }
        return try longVarint()
    }

    /// A tag or a length: 32 bits, so padding beyond five bytes is accepted by no implementation.
    @inlinable
    mutating func shortVarint() throws(ProtobufError) -> UInt64 {
        let start = offset
        let value = try rawVarint()
        guard offset - start <= 5 else { throw failure(.varintTooLong) }
        return value
    }

    /// Two bytes and more. Padding with zero bits is accepted up to ten bytes, as by every implementation; a bit beyond
    /// the 64th is not, because dropping it would give one value here and another elsewhere.
    @usableFromInline
    mutating func longVarint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end {
            let byte = bytes[offset]
            if shift == 63 && byte > 1 { throw failure(.varintTooLong) }
            offset += 1
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw failure(.truncated)
    }

    @inlinable
    mutating func advance(by count: Int) throws(ProtobufError) {
        guard end - offset >= count else { throw failure(.truncated) }
        offset += count
    }

    /// The contents of a length-delimited field.
    @inlinable
    mutating func lengthDelimited() throws(ProtobufError) -> UnsafeRawBufferPointer {
        let length = try shortVarint()
        guard length <= UInt64(end - offset) else { throw failure(.truncated) }
        let start = offset
        offset += Int(length)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    }

    /// Narrows the reader to the length-delimited contents that begin here; gives the end to go back to afterwards.
    @inlinable
    mutating func narrow() throws(ProtobufError) -> Int {
        let length = try shortVarint()
        guard length <= UInt64(end - offset) else { throw failure(.truncated) }
        let outerEnd = end
        end = offset + Int(length)
        return outerEnd
    }

    /// Narrows the reader to the message that begins here, one level deeper.
    @inlinable
    mutating func enter() throws(ProtobufError) -> Int {
        guard depthLeft > 0 else { throw failure(.tooDeep) }
        depthLeft -= 1
        return try narrow()
    }

    @inlinable
    mutating func leave(_ outerEnd: Int) {
        depthLeft += 1
        end = outerEnd
    }

    /// Pays for one element of a repeated field.
    @inlinable
    mutating func charge(_ byteCount: Int) throws(ProtobufError) {
        guard elementBytesLeft >= byteCount else { throw failure(.tooManyElements) }
        elementBytesLeft -= byteCount
    }

    @usableFromInline
    @inline(never)
    func failure(_ problem: ProtobufError.Problem) -> ProtobufError {
        ProtobufError(problem: problem, offset: offset, fieldNumber: tag >> 3)
    }
}
