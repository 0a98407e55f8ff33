// Integers as bytes, in the order that a format names, wherever they lie.

extension UnsafeRawBufferPointer {
    /// The integer at `offset`, least byte first.
    @inlinable
    @inline(__always)
    public func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Value.Type = Value.self
    ) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// Whether no bit is set. Sixty-four bytes at a time: a preallocated file is mostly this.
    public var isAllZero: Bool {
        var offset = 0
        while count - offset >= 64 {
            guard loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self) == .zero else { return false }
            offset += 64
        }
        while offset < count {
            guard self[offset] == 0 else { return false }
            offset += 1
        }
        return true
    }
}

extension UnsafeMutableRawBufferPointer {
    @inlinable
    @inline(__always)
    public func storeLittleEndian<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}

extension [UInt8] {
    /// Least byte first.
    @inlinable
    public mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// Network order.
    @inlinable
    public mutating func append(bigEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}

extension ArraySlice<UInt8> {
    /// All bytes, at most eight, as one number in network order.
    @inlinable public var bigEndianNumber: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
}
