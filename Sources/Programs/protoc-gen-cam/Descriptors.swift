// The parts of google/protobuf/descriptor.proto and compiler/plugin.proto that the generator needs, decoded by hand with
// ProtobufWire: the generator cannot depend on what it generates.

import ProtobufWire

/// Reads the fields of a message that is nested in the reader's current field.
protocol Descriptor {
    init()
    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError)
}

extension Descriptor {
    init(_ bytes: [UInt8]) throws(ProtobufError) {
        self.init()
        let limits = DecodeLimits(bytesMax: 256 << 20, depthMax: 64, elementBytesMax: 1 << 30)
        let result = bytes.withUnsafeBytes { buffer -> Result<Self, ProtobufError> in
            Result { () throws(ProtobufError) in
                var value = Self()
                var reader = try ProtobufReader(buffer, limits: limits)
                while let tag = try reader.nextTag() { try value.read(tag, from: &reader) }
                return value
            }
        }
        self = try result.get()
    }

    /// Descriptors are few and small, so each nested one is copied out and read with a reader of its own.
    static func next(_ reader: inout ProtobufReader) throws(ProtobufError) -> Self {
        try Self(try reader.byteArray())
    }
}

struct CodeGeneratorRequest: Descriptor {
    var filesToGenerate: [String] = []
    var parameter = ""
    var files: [FileDescriptor] = []

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 10: filesToGenerate.append(try reader.text().string)
        case 18: parameter = try reader.text().string
        case 122: files.append(try .next(&reader))
        default: try reader.skip()
        }
    }
}

struct FileDescriptor: Descriptor {
    var name = ""
    var package = ""
    var messages: [MessageDescriptor] = []
    var enums: [EnumDescriptor] = []
    var serviceCount = 0
    var extensionCount = 0
    var comments = SourceComments()
    var syntax = ""

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 10: name = try reader.text().string
        case 18: package = try reader.text().string
        case 34: messages.append(try .next(&reader))
        case 42: enums.append(try .next(&reader))
        case 50:
            serviceCount += 1
            try reader.skip()
        case 58:
            extensionCount += 1
            try reader.skip()
        case 74: comments = try .next(&reader)
        case 98: syntax = try reader.text().string
        default: try reader.skip()
        }
    }
}

struct MessageDescriptor: Descriptor {
    var name = ""
    var fields: [FieldDescriptor] = []
    var messages: [MessageDescriptor] = []
    var enums: [EnumDescriptor] = []
    var oneofs: [OneofDescriptor] = []
    var isMapEntry = false

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 10: name = try reader.text().string
        case 18: fields.append(try .next(&reader))
        case 26: messages.append(try .next(&reader))
        case 34: enums.append(try .next(&reader))
        case 58: isMapEntry = try MessageOptions.next(&reader).isMapEntry
        case 66: oneofs.append(try .next(&reader))
        default: try reader.skip()
        }
    }
}

struct MessageOptions: Descriptor {
    var isMapEntry = false

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 56: isMapEntry = try reader.varint()
        default: try reader.skip()
        }
    }
}

struct FieldDescriptor: Descriptor {
    var name = ""
    var number: Int32 = 0
    var isRepeated = false
    /// `google.protobuf.FieldDescriptorProto.Type`.
    var type: Int32 = 0
    /// With a leading dot, where the type is a message or an enum.
    var typeName = ""
    var oneofIndex: Int?
    var hasExplicitPresence = false
    /// `[packed = …]`, where the file says.
    var packed: Bool?

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 10: name = try reader.text().string
        case 24: number = try reader.varint()
        case 32: isRepeated = try reader.varint() as Int32 == 3
        case 40: type = try reader.varint()
        case 50: typeName = try reader.text().string
        case 66: packed = try FieldOptions.next(&reader).packed
        case 72: oneofIndex = Int(try reader.varint() as Int32)
        case 136: hasExplicitPresence = try reader.varint()
        default: try reader.skip()
        }
    }
}

struct FieldOptions: Descriptor {
    var packed: Bool?

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 16: packed = try reader.varint()
        default: try reader.skip()
        }
    }
}

struct OneofDescriptor: Descriptor {
    var name = ""

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 10: name = try reader.text().string
        default: try reader.skip()
        }
    }
}

struct EnumDescriptor: Descriptor {
    var name = ""
    var values: [EnumValueDescriptor] = []

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 10: name = try reader.text().string
        case 18: values.append(try .next(&reader))
        default: try reader.skip()
        }
    }
}

struct EnumValueDescriptor: Descriptor {
    var name = ""
    var number: Int32 = 0

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 10: name = try reader.text().string
        case 16: number = try reader.varint()
        default: try reader.skip()
        }
    }
}

/// `SourceCodeInfo`: the comments of a file by the path of what they stand at.
struct SourceComments: Descriptor {
    var byPath: [[Int32]: String] = [:]

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        guard tag == 10 else { return try reader.skip() }
        let location = try SourceLocation.next(&reader)
        let comment = location.leading.isEmpty ? location.trailing : location.leading
        if !comment.isEmpty { byPath[location.path] = comment }
    }
}

struct SourceLocation: Descriptor {
    var path: [Int32] = []
    var leading = ""
    var trailing = ""

    mutating func read(_ tag: UInt32, from reader: inout ProtobufReader) throws(ProtobufError) {
        switch tag {
        case 8: try reader.append(&path)
        case 10: try reader.appendPacked(&path)
        case 26: leading = try reader.text().string
        case 34: trailing = try reader.text().string
        default: try reader.skip()
        }
    }
}
