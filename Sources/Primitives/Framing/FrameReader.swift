// Bytes in, frames out, as a value: no copy, no allocation, no state but the limit.

/// What a peer may send.
@frozen
public struct FrameLimits: Sendable, Hashable {
    /// Bytes of one frame's payload at most.
    public var payloadBytesMax: Int

    @inlinable
    public init(payloadBytesMax: Int) {
        precondition(payloadBytesMax >= 0 && payloadBytesMax <= Int(UInt32.max) - FrameHeader.countedByteCount)
        self.payloadBytesMax = payloadBytesMax
    }

    /// A peer that has registered: 16 MiB.
    public static let registered = FrameLimits(payloadBytesMax: 16 << 20)
    /// A stranger, before its registration: the whole frame's length field is at most 64 KiB.
    public static let unregistered = FrameLimits(payloadBytesMax: (64 << 10) - FrameHeader.countedByteCount)
}

/// One frame. Its payload points into the bytes that were read and is valid as long as they are.
@frozen
public struct Frame {
    public var header: FrameHeader
    public var payload: UnsafeRawBufferPointer
    /// Bytes that the frame took: header and payload.
    public var consumed: Int

    @inlinable
    init(header: FrameHeader, payload: UnsafeRawBufferPointer, consumed: Int) {
        self.header = header
        self.payload = payload
        self.consumed = consumed
    }
}

/// Cuts frames from the front of a buffer.
@frozen
public struct FrameReader: Sendable {
    /// May be raised when the peer has registered.
    public var limits: FrameLimits

    @inlinable
    public init(limits: FrameLimits) {
        self.limits = limits
    }

    /// The frame at the start of `bytes`; nil when it is not complete yet. A wrong header is refused as soon as the
    /// byte that is wrong is there, so a peer cannot make anybody wait for the rest of it.
    @inlinable
    public func next(in bytes: UnsafeRawBufferPointer) throws(FramingError) -> Frame? {
        try Self.next(in: bytes, limits: limits)
    }

    /// The same without a reader.
    @inlinable
    public static func next(
        in bytes: UnsafeRawBufferPointer, limits: FrameLimits
    ) throws(FramingError) -> Frame? {
        guard bytes.count >= FrameHeader.byteCount else {
            try checkBeginning(bytes, limits)
            return nil
        }
        let head = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        let length = UInt32(truncatingIfNeeded: head)
        try checkLength(length, limits)
        let version = UInt8(truncatingIfNeeded: head >> 32)
        guard version == FrameHeader.version else { throw .unsupportedVersion(version) }
        let kindByte = UInt8(truncatingIfNeeded: head >> 40)
        guard let kind = FrameKind(rawValue: kindByte) else { throw .unknownKind(kindByte) }
        let payloadCount = Int(length) - FrameHeader.countedByteCount
        let total = FrameHeader.byteCount + payloadCount
        guard bytes.count >= total else { return nil }
        let header = FrameHeader(
            kind: kind, call: UInt8(truncatingIfNeeded: head >> 48),
            flagsOrStatus: UInt8(truncatingIfNeeded: head >> 56),
            requestID: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            payloadCount: payloadCount)
        let payload = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.byteCount..<total])
        return Frame(header: header, payload: payload, consumed: total)
    }

    @inlinable
    static func checkLength(_ length: UInt32, _ limits: FrameLimits) throws(FramingError) {
        if length < UInt32(FrameHeader.countedByteCount) { throw .lengthTooSmall(length) }
        let limit = UInt32(truncatingIfNeeded: limits.payloadBytesMax + FrameHeader.countedByteCount)
        if length > limit { throw .lengthTooLarge(length, limit: limit) }
    }

    /// Fewer than sixteen bytes: checks the fields that are there.
    @inline(never)
    @usableFromInline
    static func checkBeginning(_ bytes: UnsafeRawBufferPointer, _ limits: FrameLimits) throws(FramingError) {
        guard bytes.count >= 4 else { return }
        try checkLength(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)), limits)
        guard bytes.count >= 5 else { return }
        if bytes[4] != FrameHeader.version { throw .unsupportedVersion(bytes[4]) }
        guard bytes.count >= 6 else { return }
        if FrameKind(rawValue: bytes[5]) == nil { throw .unknownKind(bytes[5]) }
    }
}
