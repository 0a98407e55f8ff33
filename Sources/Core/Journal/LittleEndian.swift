// Integers in the journal's byte order, little-endian, wherever they lie.

extension UnsafeRawBufferPointer {
    @inline(__always)
    func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type = Value.self)
        -> Value
    {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// Whether no bit is set. Sixty-four bytes at a time: a preallocated segment is mostly this.
    var isAllZero: Bool {
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
    @inline(__always)
    func storeLittleEndian<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}
