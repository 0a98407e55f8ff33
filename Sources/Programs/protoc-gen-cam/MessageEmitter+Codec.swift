// Writes decode, encode and encodedSize of a message. Each is a flat list of calls into ProtobufWire, quick to compile.

extension MessageEmitter {
    func emitDecode(into source: inout SwiftSource) {
        source.block("public mutating func decode(_ reader: inout ProtobufReader) throws(ProtobufError)") { source in
            guard !fields.isEmpty else {
                source.line("while try reader.nextTag() != nil { try reader.skip() }")
                return
            }
            source.block("while let tag = try reader.nextTag()") { source in
                source.line("switch tag {")
                for field in fields { emitDecode(field, into: &source) }
                source.line("default: try reader.skip()")
                source.line("}")
            }
        }
    }

    private func emitDecode(_ field: Field, into source: inout SwiftSource) {
        switch field.presence {
        case .implicit:
            source.line("case \(field.tag): \(field.escapedAtUse) = try reader.\(field.type.readCall)")
        case .explicit where field.type == .message:
            source.line("case \(field.tag): try reader.message(&\(field.escapedAtUse))")
        case .explicit:
            source.line(
                "case \(field.tag): \(field.escapedAtUse) = try reader.\(field.type.readCall) as \(field.valueType)")
        case .repeated:
            if field.type.isPacked {
                source.line("case \(field.tag): try reader.appendPacked(&\(field.escapedAtUse))")
            }
            source.line("case \(field.unpackedTag): try reader.append(&\(field.escapedAtUse))")
        case .oneof(let index):
            let name = "self.\(Names.lowerCamel(descriptor.oneofs[index].name))"
            guard field.type == .message else {
                source.line("case \(field.tag): \(name) = .\(field.name)(try reader.\(field.type.readCall))")
                return
            }
            source.line("case \(field.tag):")
            source.line(
                "    var value: \(field.valueType)? = if case .\(field.name)(let value)? = \(name) { value } else { nil }"
            )
            source.line("    try reader.message(&value)")
            source.line("    \(name) = value.map { .\(field.name)($0) }")
        }
    }

    func emitEncode(into source: inout SwiftSource) {
        source.block("public func encode(into writer: inout ProtobufWriter)") { source in
            for step in inFieldOrder() {
                switch step {
                case .field(let field): source.line(encodeStatement(field))
                case .oneof(let name, let cases):
                    emitSwitch(over: name, cases, covering: step, into: &source) { field in
                        "writer.write\(field.type.kind)(\(field.tag), value\(field.evenIfDefault))"
                    }
                }
            }
        }
    }

    private func encodeStatement(_ field: Field) -> String {
        switch field.presence {
        case .implicit: "writer.write\(field.type.kind)(\(field.tag), \(field.escapedAtUse))"
        case .repeated: "writer.write\(field.type.repeatedKind)(\(field.tag), \(field.escapedAtUse))"
        case .explicit, .oneof:
            "if let value = \(field.escapedAtUse) { writer.write\(field.type.kind)(\(field.tag), value\(field.evenIfDefault)) }"
        }
    }

    func emitEncodedSize(into source: inout SwiftSource) {
        source.block("public func encodedSize() -> Int") { source in
            guard !fields.isEmpty else {
                source.line("0")
                return
            }
            source.line("var size = 0")
            for step in inFieldOrder() {
                switch step {
                case .field(let field): source.line(sizeStatement(field))
                case .oneof(let name, let cases):
                    emitSwitch(over: name, cases, covering: step, into: &source) { field in
                        "size += ProtobufSize.\(field.type.kind.lowercased())(\(field.tag), value\(field.evenIfDefault))"
                    }
                }
            }
            source.line("return size")
        }
    }

    private func sizeStatement(_ field: Field) -> String {
        let kind = field.type.kind.lowercased()
        switch field.presence {
        case .implicit: return "size += ProtobufSize.\(kind)(\(field.tag), \(field.escapedAtUse))"
        case .repeated:
            let repeatedKind = field.type.repeatedKind.prefix(1).lowercased() + field.type.repeatedKind.dropFirst()
            return "size += ProtobufSize.\(repeatedKind)(\(field.tag), \(field.escapedAtUse))"
        case .explicit, .oneof:
            return "if let value = \(field.escapedAtUse) "
                + "{ size += ProtobufSize.\(kind)(\(field.tag), value\(field.evenIfDefault)) }"
        }
    }
}

// MARK: The order of encoding

extension MessageEmitter {
    /// One statement of an encoder.
    private enum Step {
        case field(Field)
        /// A run of a oneof's cases that no other field's number interrupts.
        case oneof(name: String, cases: [Field])
    }

    /// The fields by number, as every implementation writes them, so that equal messages have equal bytes everywhere.
    private func inFieldOrder() -> [Step] {
        var steps: [Step] = []
        for field in fields.sorted(by: { $0.number < $1.number }) {
            guard case .oneof(let index) = field.presence else {
                steps.append(.field(field))
                continue
            }
            let name = Names.lowerCamel(descriptor.oneofs[index].name)
            if case .oneof(name, let cases)? = steps.last {
                steps[steps.count - 1] = .oneof(name: name, cases: cases + [field])
            } else {
                steps.append(.oneof(name: name, cases: [field]))
            }
        }
        return steps
    }

    private func emitSwitch(
        over name: String, _ cases: [Field], covering step: Step, into source: inout SwiftSource,
        _ statement: (Field) -> String
    ) {
        source.line("switch self.\(name) {")
        for field in cases { source.line("case .\(field.name)(let value)?: \(statement(field))") }
        let allCases = fields.filter { field in
            guard case .oneof(let index) = field.presence else { return false }
            return Names.lowerCamel(descriptor.oneofs[index].name) == name
        }
        source.line(allCases.count == cases.count ? "case nil: break" : "default: break")
        source.line("}")
    }
}

extension Field {
    /// The property inside the struct's own methods, where a parameter or local might have the same name.
    var escapedAtUse: String { "self.\(name)" }

    var evenIfDefault: String { type == .message ? "" : ", evenIfDefault: true" }
}
