// The scalars that travel as variable-length integers: one generic path, specialised by the compiler, for all of them.

/// A value that is one varint on the wire.
public protocol ProtobufVarint: Sendable, Equatable {
    /// Takes the low bits it has room for, as every protobuf implementation does.
    init(varint: UInt64)
    var varint: UInt64 { get }
}

extension UInt64: ProtobufVarint {
    @inlinable public init(varint: UInt64) { self = varint }
    @inlinable public var varint: UInt64 { self }
}

extension UInt32: ProtobufVarint {
    @inlinable public init(varint: UInt64) { self.init(truncatingIfNeeded: varint) }
    @inlinable public var varint: UInt64 { UInt64(self) }
}

extension Int64: ProtobufVarint {
    @inlinable public init(varint: UInt64) { self.init(bitPattern: varint) }
    @inlinable public var varint: UInt64 { UInt64(bitPattern: self) }
}

extension Int32: ProtobufVarint {
    @inlinable public init(varint: UInt64) { self.init(truncatingIfNeeded: varint) }
    /// Sign-extended to ten bytes when negative, so that a reader may widen the field to int64.
    @inlinable public var varint: UInt64 { UInt64(bitPattern: Int64(self)) }
}

extension Bool: ProtobufVarint {
    @inlinable public init(varint: UInt64) { self = varint != 0 }
    @inlinable public var varint: UInt64 { self ? 1 : 0 }
}

/// A proto3 enum: open, so that a number from a newer peer is kept and passed on.
public protocol ProtobufEnum: ProtobufVarint, Hashable, CustomStringConvertible {
    init(rawValue: Int32)
    var rawValue: Int32 { get }
}

extension ProtobufEnum {
    @inlinable public init(varint: UInt64) { self.init(rawValue: Int32(varint: varint)) }
    @inlinable public var varint: UInt64 { rawValue.varint }
}
