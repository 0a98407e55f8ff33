// How many bytes a field takes once encoded. Mirrors ProtobufWriter line by line: a field at its default takes none.

/// Encoded sizes in bytes, tags included.
public enum ProtobufSize {
    @inlinable
    public static func varint(_ value: UInt64) -> Int {
        // One byte for every seven significant bits begun; 0 takes one.
        (64 - (value | 1).leadingZeroBitCount + 6) / 7
    }

    @inlinable
    public static func tag(_ tag: UInt32) -> Int {
        varint(UInt64(tag))
    }

    @inlinable
    static func delimited(_ tag: UInt32, _ count: Int) -> Int {
        self.tag(tag) + varint(UInt64(count)) + count
    }

    @inlinable
    public static func varint(_ tag: UInt32, _ value: some ProtobufVarint, evenIfDefault: Bool = false) -> Int {
        let bits = value.varint
        return bits == 0 && !evenIfDefault ? 0 : self.tag(tag) + varint(bits)
    }

    @inlinable
    public static func double(_ tag: UInt32, _ value: Double, evenIfDefault: Bool = false) -> Int {
        value.bitPattern == 0 && !evenIfDefault ? 0 : self.tag(tag) + 8
    }

    @inlinable
    public static func text(_ tag: UInt32, _ value: Text, evenIfDefault: Bool = false) -> Int {
        value.isEmpty && !evenIfDefault ? 0 : delimited(tag, value.utf8Count)
    }

    @inlinable
    public static func bytes(_ tag: UInt32, _ value: [UInt8], evenIfDefault: Bool = false) -> Int {
        value.isEmpty && !evenIfDefault ? 0 : delimited(tag, value.count)
    }

    @inlinable
    public static func message(_ tag: UInt32, _ value: some ProtobufMessage) -> Int {
        delimited(tag, value.encodedSize())
    }

    @inlinable
    public static func packed<Value: ProtobufVarint>(_ tag: UInt32, _ values: [Value]) -> Int {
        values.isEmpty ? 0 : delimited(tag, packedContents(values))
    }

    @inlinable
    static func packedContents<Value: ProtobufVarint>(_ values: [Value]) -> Int {
        var count = 0
        for value in values { count += varint(value.varint) }
        return count
    }

    @inlinable
    public static func packed(_ tag: UInt32, _ values: [Double]) -> Int {
        values.isEmpty ? 0 : delimited(tag, values.count * 8)
    }

    @inlinable
    public static func texts(_ tag: UInt32, _ values: [Text]) -> Int {
        var count = 0
        for value in values { count += delimited(tag, value.utf8Count) }
        return count
    }

    @inlinable
    public static func byteArrays(_ tag: UInt32, _ values: [[UInt8]]) -> Int {
        var count = 0
        for value in values { count += delimited(tag, value.count) }
        return count
    }

    @inlinable
    public static func messages<Message: ProtobufMessage>(_ tag: UInt32, _ values: [Message]) -> Int {
        var count = 0
        for value in values { count += message(tag, value) }
        return count
    }
}
