// The sixteen bytes in front of every payload: WIRE.md as a value.

/// What a frame is for.
@frozen
public enum FrameKind: UInt8, Sendable, Hashable, CaseIterable {
    case request = 1
    case response = 2
    case streamItem = 3
    case cancel = 4
    case upcall = 5
    case upcallResponse = 6
    case credit = 7
    case goodbye = 8

    /// Written out because the synthesised one cannot be inlined into other targets.
    @inlinable
    public init?(rawValue: UInt8) {
        switch rawValue {
        case 1: self = .request
        case 2: self = .response
        case 3: self = .streamItem
        case 4: self = .cancel
        case 5: self = .upcall
        case 6: self = .upcallResponse
        case 7: self = .credit
        case 8: self = .goodbye
        default: return nil
        }
    }
}

/// The flags of a request; other kinds carry a status in the same byte.
public struct RequestFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// One file descriptor comes with this frame.
    public static let descriptor = RequestFlags(rawValue: 1)
    /// No answer is wanted.
    public static let noAnswer = RequestFlags(rawValue: 2)
}

/// A frame's header. On the wire, little-endian: u32 length (12 + payload), u8 version, u8 kind, u8 call,
/// u8 flags or status, u64 request id.
@frozen
public struct FrameHeader: Sendable, Hashable {
    /// Bytes of a header on the wire.
    public static let byteCount = 16
    /// The part of the header that its length field counts.
    public static let countedByteCount = 12
    /// The version of the wire that this code speaks.
    public static let version: UInt8 = 1

    public var kind: FrameKind
    /// The call's number, 1…15; 0 where it means nothing. Not checked here: an unknown call is answered, not malformed.
    public var call: UInt8
    /// A request's flags, a response's status.
    public var flagsOrStatus: UInt8
    /// Chosen by the asking side, unique among its open requests.
    public var requestID: UInt64
    /// Bytes of payload that follow.
    public var payloadCount: Int

    @inlinable
    public init(
        kind: FrameKind, call: UInt8 = 0, flagsOrStatus: UInt8 = 0, requestID: UInt64 = 0, payloadCount: Int = 0
    ) {
        self.kind = kind
        self.call = call
        self.flagsOrStatus = flagsOrStatus
        self.requestID = requestID
        self.payloadCount = payloadCount
    }

    /// Bytes of the whole frame on the wire.
    @inlinable
    public var frameByteCount: Int { Self.byteCount + payloadCount }

    /// Writes the sixteen bytes to the start of `buffer`, which has at least that many.
    @inlinable
    public func write(to buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= Self.byteCount, "a header needs 16 bytes, not \(buffer.count)")
        precondition(payloadCount >= 0 && payloadCount <= Int(UInt32.max) - Self.countedByteCount, "payload too long")
        let length = UInt32(truncatingIfNeeded: payloadCount + Self.countedByteCount)
        let head =
            UInt64(length) | UInt64(Self.version) << 32 | UInt64(kind.rawValue) << 40 | UInt64(call) << 48
            | UInt64(flagsOrStatus) << 56
        buffer.storeBytes(of: head.littleEndian, toByteOffset: 0, as: UInt64.self)
        buffer.storeBytes(of: requestID.littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// Appends the sixteen bytes.
    @inlinable
    public func append(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 8) { buffer in
            write(to: buffer)
            bytes.append(contentsOf: buffer)
        }
    }

    /// The whole frame as bytes.
    public func frame(payload: [UInt8]) -> [UInt8] {
        var header = self
        header.payloadCount = payload.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(header.frameByteCount)
        header.append(to: &bytes)
        bytes.append(contentsOf: payload)
        return bytes
    }
}
