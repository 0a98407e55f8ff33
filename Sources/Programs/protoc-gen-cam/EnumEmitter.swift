// Writes a proto3 enum: open, with the number kept where this version has no name for it.

struct EnumEmitter {
    let descriptor: EnumDescriptor
    let comment: String
    /// The comment at the value with this index.
    let valueComment: (Int) -> String

    func emit(into source: inout SwiftSource) {
        let prefix = Names.enumPrefix(descriptor.name)
        let cases = descriptor.values.map { value in
            let suffix = String(value.name.dropFirst(prefix.count))
            return (name: Names.escaped(Names.lowerCamel(suffix)), number: value.number, word: suffix.lowercased())
        }
        source.comment(comment)
        source.block("public enum \(descriptor.name): ProtobufEnum") { source in
            for (index, value) in cases.enumerated() {
                source.comment(valueComment(index))
                source.line("case \(value.name)")
            }
            source.line("/// A number from a peer that knows more values.")
            source.line("case unrecognized(Int32)")
            source.line()
            source.block("public init(rawValue: Int32)") { source in
                source.line("switch rawValue {")
                for value in cases { source.line("case \(value.number): self = .\(value.name)") }
                source.line("default: self = .unrecognized(rawValue)")
                source.line("}")
            }
            source.line()
            source.block("public var rawValue: Int32") { source in
                source.line("switch self {")
                for value in cases { source.line("case .\(value.name): \(value.number)") }
                source.line("case .unrecognized(let number): number")
                source.line("}")
            }
            source.line()
            source.line("/// The name in the .proto file, in small letters and without the name of the enum.")
            source.block("public var description: String") { source in
                source.line("switch self {")
                for value in cases { source.line("case .\(value.name): \"\(value.word)\"") }
                source.line("case .unrecognized(let number): \"unrecognized(\\(number))\"")
                source.line("}")
            }
        }
    }
}
