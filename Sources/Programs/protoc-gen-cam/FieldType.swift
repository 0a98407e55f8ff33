// The types a field may have, and which ProtobufWire calls each one becomes.

/// A supported `google.protobuf.FieldDescriptorProto.Type`.
enum FieldType {
    case double, int64, uint64, int32, bool, text, message, bytes, uint32, enumeration

    init?(_ number: Int32) {
        switch number {
        case 1: self = .double
        case 3: self = .int64
        case 4: self = .uint64
        case 5: self = .int32
        case 8: self = .bool
        case 9: self = .text
        case 11: self = .message
        case 12: self = .bytes
        case 13: self = .uint32
        case 14: self = .enumeration
        default: return nil
        }
    }

    /// The low three bits of a tag, for one value by itself.
    var wireType: UInt32 {
        switch self {
        case .double: 1
        case .text, .message, .bytes: 2
        case .int64, .uint64, .int32, .bool, .uint32, .enumeration: 0
        }
    }

    /// Whether repeated values share one length-delimited field.
    var isPacked: Bool { wireType != 2 }

    /// The name of a built-in type; messages and enums have names of their own.
    var swiftName: String? {
        switch self {
        case .double: "Double"
        case .int64: "Int64"
        case .uint64: "UInt64"
        case .int32: "Int32"
        case .bool: "Bool"
        case .text: "Text"
        case .bytes: "[UInt8]"
        case .uint32: "UInt32"
        case .message, .enumeration: nil
        }
    }

    /// The reader's method that returns one value.
    var readCall: String {
        switch self {
        case .double: "double()"
        case .text: "text()"
        case .bytes: "byteArray()"
        case .message: preconditionFailure("messages are merged, not returned")
        case .int64, .uint64, .int32, .bool, .uint32, .enumeration: "varint()"
        }
    }

    /// The kind of value in the names of the writer's methods and, with a small first letter, of `ProtobufSize`.
    var kind: String {
        switch self {
        case .double: "Double"
        case .text: "Text"
        case .bytes: "Bytes"
        case .message: "Message"
        case .int64, .uint64, .int32, .bool, .uint32, .enumeration: "Varint"
        }
    }

    var repeatedKind: String {
        switch self {
        case .text: "Texts"
        case .bytes: "ByteArrays"
        case .message: "Messages"
        case .double, .int64, .uint64, .int32, .bool, .uint32, .enumeration: "Packed"
        }
    }
}
