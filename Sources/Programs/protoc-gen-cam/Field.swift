// One field of a message as the emitters need it: Swift names, tags and presence worked out once.

struct Field {
    enum Presence {
        /// Absent and default are the same.
        case implicit
        /// Swift's Optional: `optional` scalars and messages.
        case explicit
        case repeated
        /// A case of the oneof with this index.
        case oneof(Int)
    }

    let name: String
    /// The type of one value.
    let valueType: String
    let type: FieldType
    let number: UInt32
    let presence: Presence
    let comment: String
    /// The default value as an expression.
    let defaultValue: String

    init(_ descriptor: FieldDescriptor, comment: String, schema: Schema) {
        guard let type = FieldType(descriptor.type) else {
            preconditionFailure("the schema lets no other type through")
        }
        self.type = type
        name = Names.lowerCamel(descriptor.name)
        valueType = type.swiftName ?? schema.swiftName(descriptor.typeName)
        number = UInt32(descriptor.number)
        self.comment = comment
        presence =
            if descriptor.isRepeated {
                .repeated
            } else if let index = descriptor.oneofIndex, !descriptor.hasExplicitPresence {
                .oneof(index)
            } else if descriptor.hasExplicitPresence || type == .message { .explicit } else { .implicit }
        defaultValue = Self.defaultValue(descriptor, type, presence, schema)
    }

    var escapedName: String { Names.escaped(name) }

    /// The tag that the writer uses.
    var tag: UInt32 {
        if case .repeated = presence, type.isPacked { return number << 3 | 2 }
        return unpackedTag
    }

    var unpackedTag: UInt32 { number << 3 | type.wireType }

    /// The type of the stored property.
    var storedType: String {
        switch presence {
        case .implicit: valueType
        case .explicit, .oneof: "\(valueType)?"
        case .repeated: "[\(valueType)]"
        }
    }

    private static func defaultValue(
        _ descriptor: FieldDescriptor, _ type: FieldType, _ presence: Presence, _ schema: Schema
    ) -> String {
        switch presence {
        case .explicit, .oneof: return "nil"
        case .repeated: return "[]"
        case .implicit: break
        }
        switch type {
        case .double, .int64, .uint64, .int32, .uint32: return "0"
        case .bool: return "false"
        case .text: return "\"\""
        case .bytes: return "[]"
        case .enumeration: return ".\(schema.zeroCase(descriptor.typeName))"
        case .message: preconditionFailure("a message has explicit presence")
        }
    }
}
