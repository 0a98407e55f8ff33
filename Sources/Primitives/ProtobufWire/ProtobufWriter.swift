// Encodes fields in one pass into a buffer that the caller keeps and uses again.

/// Appends encoded fields to `bytes`. Fields at their default are left out, as proto3 demands, unless told otherwise.
@frozen
public struct ProtobufWriter {
    public var bytes: [UInt8]

    @inlinable
    public init() {
        bytes = []
    }

    /// Appends behind what `buffer` holds, in its capacity where nobody else holds it; a frame header may stand there.
    @inlinable
    public init(reusing buffer: consuming [UInt8]) {
        bytes = buffer
    }

    /// Hands over what was written and leaves the writer empty.
    @inlinable
    public mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        return taken
    }

    @inlinable
    public mutating func writeVarint(
        _ tag: UInt32, _ value: some ProtobufVarint, evenIfDefault: Bool = false
    ) {
        let bits = value.varint
        if bits == 0 && !evenIfDefault { return }
        appendVarint(UInt64(tag))
        appendVarint(bits)
    }

    @inlinable
    public mutating func writeDouble(_ tag: UInt32, _ value: Double, evenIfDefault: Bool = false) {
        // By bits: minus zero is not the default.
        if value.bitPattern == 0 && !evenIfDefault { return }
        appendVarint(UInt64(tag))
        appendDouble(value)
    }

    @inlinable
    public mutating func writeText(_ tag: UInt32, _ value: Text, evenIfDefault: Bool = false) {
        if value.isEmpty && !evenIfDefault { return }
        appendVarint(UInt64(tag))
        value.withBytes { contents in
            appendVarint(UInt64(contents.count))
            bytes.append(contentsOf: contents)
        }
    }

    @inlinable
    public mutating func writeBytes(_ tag: UInt32, _ value: [UInt8], evenIfDefault: Bool = false) {
        if value.isEmpty && !evenIfDefault { return }
        appendVarint(UInt64(tag))
        appendVarint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// The length is filled in afterwards: one pass however deep messages nest, for a move of those over 127 bytes.
    @inlinable
    public mutating func writeMessage(_ tag: UInt32, _ value: some ProtobufMessage) {
        appendVarint(UInt64(tag))
        let lengthOffset = bytes.count
        bytes.append(0)
        value.encode(into: &self)
        fillInLength(at: lengthOffset)
    }
}

// MARK: Repeated fields

extension ProtobufWriter {
    @inlinable
    public mutating func writePacked<Value: ProtobufVarint>(_ tag: UInt32, _ values: [Value]) {
        if values.isEmpty { return }
        appendVarint(UInt64(tag))
        appendVarint(UInt64(ProtobufSize.packedContents(values)))
        for value in values { appendVarint(value.varint) }
    }

    @inlinable
    public mutating func writePacked(_ tag: UInt32, _ values: [Double]) {
        if values.isEmpty { return }
        appendVarint(UInt64(tag))
        appendVarint(UInt64(values.count * 8))
        for value in values { appendDouble(value) }
    }

    @inlinable
    public mutating func writeTexts(_ tag: UInt32, _ values: [Text]) {
        for value in values { writeText(tag, value, evenIfDefault: true) }
    }

    @inlinable
    public mutating func writeByteArrays(_ tag: UInt32, _ values: [[UInt8]]) {
        for value in values { writeBytes(tag, value, evenIfDefault: true) }
    }

    @inlinable
    public mutating func writeMessages<Message: ProtobufMessage>(_ tag: UInt32, _ values: [Message]) {
        for value in values { writeMessage(tag, value) }
    }
}

// MARK: Parts of a field

extension ProtobufWriter {
    @inlinable
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    @inlinable
    mutating func appendDouble(_ value: Double) {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    @usableFromInline
    mutating func fillInLength(at lengthOffset: Int) {
        let start = lengthOffset + 1
        let length = bytes.count - start
        if length < 0x80 {
            bytes[lengthOffset] = UInt8(length)
            return
        }
        let moreBytes = ProtobufSize.varint(UInt64(length)) - 1
        for _ in 0..<moreBytes { bytes.append(0) }
        bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else {
                preconditionFailure("a buffer that was just appended to is empty")
            }
            (base + start + moreBytes).copyMemory(from: base + start, byteCount: length)
            var rest = length
            for offset in lengthOffset..<(lengthOffset + moreBytes) {
                buffer[offset] = UInt8(truncatingIfNeeded: rest) | 0x80
                rest >>= 7
            }
            buffer[lengthOffset + moreBytes] = UInt8(rest)
        }
    }
}
