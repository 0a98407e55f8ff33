// Writes the table of all messages by name that the tests of the codec use to reach every type.

struct RegistryEmitter {
    let files: [FileDescriptor]
    let schema: Schema

    func emit(into source: inout SwiftSource) {
        source.line("import ABI")
        source.line("import ProtobufWire")
        source.line()
        source.line("/// Every message of the ABI by its full name in the .proto files.")
        source.block("enum MessageRegistry") { source in
            source.line("static let types: [(name: String, type: any ProtobufMessage.Type)] = [")
            for file in files {
                for message in file.messages { emit(message, ".\(file.package)", into: &source) }
            }
            source.line("]")
        }
    }

    private func emit(_ message: MessageDescriptor, _ scope: String, into source: inout SwiftSource) {
        let fullName = "\(scope).\(message.name)"
        source.line("    (\"\(fullName.dropFirst())\", ABI.\(schema.swiftName(fullName)).self),")
        for nested in message.messages { emit(nested, fullName, into: &source) }
    }
}
