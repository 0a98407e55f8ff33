// Reads the value of the field whose tag was just read, one method for each shape that proto3 has.

extension ProtobufReader {
    @inlinable
    public mutating func varint<Value: ProtobufVarint>() throws(ProtobufError) -> Value {
        Value(varint: try rawVarint())
    }

    @inlinable
    public mutating func double() throws(ProtobufError) -> Double {
        let start = offset
        try advance(by: 8)
        return Double(
            bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)))
    }

    @inlinable
    public mutating func text() throws(ProtobufError) -> Text {
        let contents = try lengthDelimited()
        guard let text = Text(validating: contents) else { throw failure(.invalidUTF8) }
        return text
    }

    @inlinable
    public mutating func byteArray() throws(ProtobufError) -> [UInt8] {
        [UInt8](try lengthDelimited())
    }

    /// Merges into what an earlier occurrence of the field set, as proto3 demands.
    @inlinable
    public mutating func message<Message: ProtobufMessage>(_ value: inout Message?) throws(ProtobufError) {
        let outerEnd = try enter()
        if value == nil { value = Message() }
        try value?.decode(&self)
        leave(outerEnd)
    }
}

// MARK: Repeated fields

extension ProtobufReader {
    @inlinable
    public mutating func append<Value: ProtobufVarint>(_ values: inout [Value]) throws(ProtobufError) {
        try charge(MemoryLayout<Value>.stride)
        values.append(try varint())
    }

    @inlinable
    public mutating func appendPacked<Value: ProtobufVarint>(_ values: inout [Value]) throws(ProtobufError) {
        let outerEnd = try narrow()
        while offset < end { try append(&values) }
        end = outerEnd
    }

    @inlinable
    public mutating func append(_ values: inout [Double]) throws(ProtobufError) {
        try charge(MemoryLayout<Double>.stride)
        values.append(try double())
    }

    @inlinable
    public mutating func appendPacked(_ values: inout [Double]) throws(ProtobufError) {
        let outerEnd = try narrow()
        while offset < end { try append(&values) }
        end = outerEnd
    }

    @inlinable
    public mutating func append(_ values: inout [Text]) throws(ProtobufError) {
        try charge(MemoryLayout<Text>.stride)
        values.append(try text())
    }

    @inlinable
    public mutating func append(_ values: inout [[UInt8]]) throws(ProtobufError) {
        // A non-empty array has a header of its own on the heap.
        try charge(MemoryLayout<[UInt8]>.stride + 32)
        values.append(try byteArray())
    }

    @inlinable
    public mutating func append<Message: ProtobufMessage>(_ values: inout [Message]) throws(ProtobufError) {
        try charge(MemoryLayout<Message>.stride)
        let outerEnd = try enter()
        var element = Message()
        try element.decode(&self)
        leave(outerEnd)
        values.append(element)
    }
}
