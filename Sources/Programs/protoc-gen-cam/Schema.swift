// All messages and enums that protoc handed over, checked against what the generator and the ABI allow.

/// Why a file is refused, with the place in it and what to do.
struct SchemaError: Error, CustomStringConvertible {
    let description: String

    init(_ file: String, _ place: String, _ what: String) {
        description = "\(file): \(place): \(what)"
    }
}

/// Messages by their full name, with a leading dot as in `FieldDescriptor.typeName`.
struct Schema {
    private(set) var messages: [String: MessageDescriptor] = [:]
    private var swiftNames: [String: String] = [:]
    private var zeroCases: [String: String] = [:]

    init(_ files: [FileDescriptor]) throws(SchemaError) {
        for file in files {
            guard file.syntax == "proto3" else {
                throw SchemaError(file.name, "syntax", "is not proto3; say syntax = \"proto3\";")
            }
            guard file.serviceCount == 0, file.extensionCount == 0 else {
                throw SchemaError(file.name, "file", "services and extensions are not supported; the calls are frames")
            }
            for message in file.messages { try add(message, file, proto: ".\(file.package)", swift: []) }
            for enumeration in file.enums { try add(enumeration, file, proto: ".\(file.package)", swift: []) }
        }
        for file in files {
            for message in file.messages {
                try refuseRecursion(".\(file.package).\(message.name)", in: file, above: [])
            }
        }
    }

    /// The Swift name of a message or enum, from the outermost type on.
    func swiftName(_ typeName: String) -> String {
        guard let name = swiftNames[typeName] else { preconditionFailure("protoc named no type \(typeName)") }
        return name
    }

    /// The case of an enum that is its default.
    func zeroCase(_ typeName: String) -> String {
        guard let name = zeroCases[typeName] else { preconditionFailure("proto3 gives enum \(typeName) a zero") }
        return name
    }

    private mutating func add(
        _ message: MessageDescriptor, _ file: FileDescriptor, proto: String, swift: [String]
    ) throws(SchemaError) {
        let fullName = "\(proto).\(message.name)"
        guard !message.isMapEntry else {
            throw SchemaError(
                file.name, fullName,
                "map fields are not supported, because their order on the wire is not defined; use a "
                    + "repeated message with a name and a value")
        }
        try refuseTakenName(message.name, file, fullName)
        guard !swift.contains(message.name) else {
            throw SchemaError(file.name, fullName, "has the name of a message around it; rename one")
        }
        messages[fullName] = message
        let path = swift + [message.name]
        swiftNames[fullName] = path.joined(separator: ".")
        for field in message.fields { try check(field, file, fullName) }
        for nested in message.messages { try add(nested, file, proto: fullName, swift: path) }
        for nested in message.enums { try add(nested, file, proto: fullName, swift: path) }
    }

    private mutating func add(
        _ enumeration: EnumDescriptor, _ file: FileDescriptor, proto: String, swift: [String]
    ) throws(SchemaError) {
        let fullName = "\(proto).\(enumeration.name)"
        try refuseTakenName(enumeration.name, file, fullName)
        swiftNames[fullName] = (swift + [enumeration.name]).joined(separator: ".")
        let prefix = Names.enumPrefix(enumeration.name)
        var numbers: Set<Int32> = []
        for value in enumeration.values {
            guard value.name.hasPrefix(prefix) else {
                throw SchemaError(file.name, "\(fullName).\(value.name)", "must begin with \(prefix)")
            }
            guard numbers.insert(value.number).inserted else {
                throw SchemaError(file.name, "\(fullName).\(value.name)", "aliases are not supported; remove one")
            }
            if value.number == 0 {
                zeroCases[fullName] = Names.escaped(Names.lowerCamel(String(value.name.dropFirst(prefix.count))))
            }
        }
    }

    private func refuseTakenName(_ name: String, _ file: FileDescriptor, _ fullName: String) throws(SchemaError) {
        guard !Names.taken.contains(name) else {
            throw SchemaError(file.name, fullName, "the name is needed by generated code; choose another")
        }
    }

    private func check(_ field: FieldDescriptor, _ file: FileDescriptor, _ message: String) throws(SchemaError) {
        let place = "\(message).\(field.name)"
        guard FieldType(field.type) != nil else {
            throw SchemaError(
                file.name, place,
                "type number \(field.type) is not supported; use bool, int32, int64, uint32, uint64, double, string, "
                    + "bytes, an enum or a message, or teach ProtobufWire and protoc-gen-cam the type first")
        }
        guard !Names.impossible.contains(Names.lowerCamel(field.name)) else {
            throw SchemaError(
                file.name, place, "Swift cannot name a property so, not even in back-ticks; rename the field")
        }
        guard field.packed != false else {
            throw SchemaError(file.name, place, "[packed = false] is not supported; remove it")
        }
    }

    /// A struct cannot hold itself, and a decoder that recurses only as deep as the types do needs no stack guard.
    private func refuseRecursion(_ name: String, in file: FileDescriptor, above: [String]) throws(SchemaError) {
        guard !above.contains(name) else {
            throw SchemaError(
                file.name, name,
                "is recursive (\((above + [name]).joined(separator: " → "))); refer to it by an id instead")
        }
        guard let message = messages[name] else { return }
        for field in message.fields where FieldType(field.type) == .message {
            try refuseRecursion(field.typeName, in: file, above: above + [name])
        }
        for nested in message.messages {
            try refuseRecursion("\(name).\(nested.name)", in: file, above: [])
        }
    }
}
