// What every generated message can do, and the two ways in and out that callers use.

/// A proto3 message. The generated structs of the ABI conform.
public protocol ProtobufMessage: Sendable, Equatable {
    /// Every field at its default.
    init()

    /// Merges the fields up to the end of the reader into this message: scalars and texts are replaced, repeated fields
    /// grow, messages merge. Unknown fields are passed over. After an error the message holds what came before it.
    mutating func decode(_ reader: inout ProtobufReader) throws(ProtobufError)

    /// Appends the fields in the order of their numbers: the same message always gives the same bytes.
    func encode(into writer: inout ProtobufWriter)

    /// How many bytes `encode` appends.
    func encodedSize() -> Int
}

extension ProtobufMessage {
    @inlinable
    public init(decoding bytes: UnsafeRawBufferPointer, limits: DecodeLimits = .standard) throws(ProtobufError) {
        var reader = try ProtobufReader(bytes, limits: limits)
        self.init()
        try decode(&reader)
    }

    @inlinable
    public init(decoding bytes: [UInt8], limits: DecodeLimits = .standard) throws(ProtobufError) {
        // A closure that throws a typed error is not inferred as such, hence the detour through Result.
        let result = bytes.withUnsafeBytes { buffer -> Result<Self, ProtobufError> in
            Result { () throws(ProtobufError) in try Self(decoding: buffer, limits: limits) }
        }
        self = try result.get()
    }

    @inlinable
    public func encoded() -> [UInt8] {
        var writer = ProtobufWriter()
        writer.bytes.reserveCapacity(encodedSize())
        encode(into: &writer)
        return writer.take()
    }
}
