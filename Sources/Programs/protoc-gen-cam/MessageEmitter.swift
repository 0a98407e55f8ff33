// Writes a message as a struct: its properties and initialisers here, the codec in MessageEmitter+Codec.

struct MessageEmitter {
    let descriptor: MessageDescriptor
    let schema: Schema
    let comments: SourceComments
    /// Where the message stands in its file, as `SourceCodeInfo` counts.
    let path: [Int32]
    let fields: [Field]

    /// A stored property: a field, or a oneof with the fields that are its cases.
    enum Property {
        case field(Field)
        case oneof(name: String, typeName: String, comment: String, cases: [Field])
    }

    let properties: [Property]

    init(_ descriptor: MessageDescriptor, path: [Int32], comments: SourceComments, schema: Schema) {
        self.descriptor = descriptor
        self.schema = schema
        self.comments = comments
        self.path = path
        let fields = descriptor.fields.enumerated().map { index, field in
            Field(field, comment: comments.byPath[path + [2, Int32(index)]] ?? "", schema: schema)
        }
        self.fields = fields
        var properties: [Property] = []
        var seenOneofs: Set<Int> = []
        for field in fields {
            guard case .oneof(let index) = field.presence else {
                properties.append(.field(field))
                continue
            }
            guard seenOneofs.insert(index).inserted else { continue }
            let name = descriptor.oneofs[index].name
            let cases = fields.filter { if case .oneof(index) = $0.presence { true } else { false } }
            properties.append(
                .oneof(
                    name: Names.lowerCamel(name), typeName: "\(Names.upperCamel(name))Choice",
                    comment: comments.byPath[path + [8, Int32(index)]] ?? "", cases: cases))
        }
        self.properties = properties
    }

    func emit(into source: inout SwiftSource) {
        source.comment(comments.byPath[path] ?? "")
        source.block("public struct \(descriptor.name): ProtobufMessage") { source in
            for property in properties { emit(property, into: &source) }
            emitInitialisers(into: &source)
            source.line()
            emitDecode(into: &source)
            source.line()
            emitEncode(into: &source)
            source.line()
            emitEncodedSize(into: &source)
            emitNested(into: &source)
        }
    }

    private func emit(_ property: Property, into source: inout SwiftSource) {
        switch property {
        case .field(let field):
            source.comment(field.comment)
            source.line("public var \(field.escapedName): \(field.storedType) = \(field.defaultValue)")
        case .oneof(let name, let typeName, let comment, _):
            source.comment(comment)
            source.line("public var \(Names.escaped(name)): \(typeName)? = nil")
        }
    }

    private func emitInitialisers(into source: inout SwiftSource) {
        if !properties.isEmpty { source.line() }
        source.line("public init() {}")
        guard !properties.isEmpty else { return }
        source.line()
        let parameters = properties.map { property in
            switch property {
            case .field(let field): "\(field.escapedName): \(field.storedType) = \(field.defaultValue)"
            case .oneof(let name, let typeName, _, _): "\(Names.escaped(name)): \(typeName)? = nil"
            }
        }
        source.line("public init(")
        for (index, parameter) in parameters.enumerated() {
            source.line("    \(parameter)\(index == parameters.count - 1 ? "" : ",")")
        }
        source.block(")") { source in
            for property in properties {
                switch property {
                case .field(let field): source.line("self.\(field.name) = \(field.escapedName)")
                case .oneof(let name, _, _, _): source.line("self.\(name) = \(Names.escaped(name))")
                }
            }
        }
    }

    private func emitNested(into source: inout SwiftSource) {
        for property in properties {
            guard case .oneof(_, let typeName, _, let cases) = property else { continue }
            source.line()
            source.block("public enum \(typeName): Sendable, Equatable") { source in
                for field in cases {
                    source.comment(field.comment)
                    source.line("case \(field.escapedName)(\(field.valueType))")
                }
            }
        }
        for (index, nested) in descriptor.enums.enumerated() {
            let nestedPath = path + [4, Int32(index)]
            source.line()
            EnumEmitter(
                descriptor: nested, comment: comments.byPath[nestedPath] ?? "",
                valueComment: { comments.byPath[nestedPath + [2, Int32($0)]] ?? "" }
            ).emit(into: &source)
        }
        for (index, nested) in descriptor.messages.enumerated() {
            source.line()
            MessageEmitter(nested, path: path + [3, Int32(index)], comments: comments, schema: schema)
                .emit(into: &source)
        }
    }
}
