// YAML to values. Aliases cost what they stand for, so that no document is larger than the budget; depth is bounded.

internal import CYAML

/// Reads the first document of a text.
struct YAMLReader {
    /// A value, how many values it is made of, and whether it was the word `<<`.
    private struct Node {
        var value: Value
        var size = 1
        var isMerge = false
    }

    private var parser: UnsafeMutablePointer<yaml_parser_t>
    private var event = yaml_event_t()
    private var anchors: [String: Node] = [:]
    private var depth = 0

    private init(_ parser: UnsafeMutablePointer<yaml_parser_t>) { self.parser = parser }

    static func value(of text: String, _ context: inout BuiltinContext) throws(BuiltinError) -> Value {
        try context.charge(text.utf8.count / 4)
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) != 0 else { throw .failed("out of memory") }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        // libyaml takes no null pointer, which an empty text may have.
        if text.isEmpty { return .null }
        return try Array(text.utf8).withUnsafeBufferPointer { (bytes) throws(BuiltinError) in
            yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            var reader = YAMLReader(parser)
            defer { yaml_event_delete(&reader.event) }
            return try reader.document(&context)
        }
    }

    private mutating func document(_ context: inout BuiltinContext) throws(BuiltinError) -> Value {
        try next()
        try next()
        // A stream without documents is null.
        if event.type == YAML_STREAM_END_EVENT { return .null }
        try next()
        return try node(&context).value
    }

    private mutating func next() throws(BuiltinError) {
        yaml_event_delete(&event)
        guard yaml_parser_parse(parser, &event) != 0 else {
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
            throw .failed("yaml: line \(parser.pointee.problem_mark.line + 1): \(problem)")
        }
    }

    /// Reads the node that the current event begins; its last event is the current one afterwards.
    private mutating func node(_ context: inout BuiltinContext) throws(BuiltinError) -> Node {
        switch event.type {
        case YAML_ALIAS_EVENT:
            let name = string(event.data.alias.anchor) ?? ""
            guard let node = anchors[name] else { throw .failed("yaml: unknown anchor '\(name)' referenced") }
            try context.charge(node.size)
            return node
        case YAML_SCALAR_EVENT:
            try context.charge(1)
            let anchor = string(event.data.scalar.anchor)
            let node = try scalar()
            return keep(node, anchor)
        case YAML_SEQUENCE_START_EVENT:
            let anchor = string(event.data.sequence_start.anchor)
            let node = try nested(&context) { (reader, context) throws(BuiltinError) in try reader.sequence(&context) }
            return keep(node, anchor)
        case YAML_MAPPING_START_EVENT:
            let anchor = string(event.data.mapping_start.anchor)
            let node = try nested(&context) { (reader, context) throws(BuiltinError) in try reader.mapping(&context) }
            return keep(node, anchor)
        default: throw .failed("yaml: unexpected end")
        }
    }

    private mutating func keep(_ node: Node, _ anchor: String?) -> Node {
        if let anchor { anchors[anchor] = node }
        return node
    }

    private mutating func nested(
        _ context: inout BuiltinContext,
        _ read: (inout YAMLReader, inout BuiltinContext) throws(BuiltinError) -> Node
    ) throws(BuiltinError) -> Node {
        guard depth < JSONReader.depthMax else { throw .failed("yaml: nested deeper than \(JSONReader.depthMax)") }
        try context.charge(1)
        depth += 1
        defer { depth -= 1 }
        return try read(&self, &context)
    }

    private mutating func sequence(_ context: inout BuiltinContext) throws(BuiltinError) -> Node {
        var items: [Value] = []
        var size = 1
        try next()
        while event.type != YAML_SEQUENCE_END_EVENT {
            let item = try node(&context)
            items.append(item.value)
            size += item.size
            try next()
        }
        return Node(value: .array(items), size: size)
    }

    private mutating func mapping(_ context: inout BuiltinContext) throws(BuiltinError) -> Node {
        var members: [(Value, Value)] = []
        var merged: [(Value, Value)] = []
        var size = 1
        try next()
        while event.type != YAML_MAPPING_END_EVENT {
            let key = try node(&context)
            try next()
            let value = try node(&context)
            try next()
            size += key.size + value.size
            if key.isMerge {
                // Of several the first counts, and what is written out before all of them.
                merged = try YAMLReader.members(of: value.value) + merged
            } else {
                members.append((try YAMLReader.name(key.value), value.value))
            }
        }
        return Node(value: .object(ObjectValue(replacing: merged + members)), size: size)
    }

    /// What `<<` brings in, what counts less first.
    private static func members(of value: Value) throws(BuiltinError) -> [(Value, Value)] {
        switch value {
        case .object(let object): return object.members
        case .array(let items):
            var members: [(Value, Value)] = []
            for item in items.reversed() {
                guard case .object(let object) = item else { break }
                members += object.members
            }
            if items.allSatisfy({ $0.kind == .object }) { return members }
        default: break
        }
        throw .failed("yaml: map merge requires map or sequence of maps as the value")
    }

    /// Keys are texts, as in JSON.
    private static func name(_ key: Value) throws(BuiltinError) -> Value {
        switch key {
        case .string: return key
        case .int, .decimal, .bool: return .string(key.jsonText)
        default: throw .failed("yaml: unsupported map key of type \(key.kind.name)")
        }
    }

    // MARK: Scalars

    private func scalar() throws(BuiltinError) -> Node {
        let scalar = event.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        let prefix = "tag:yaml.org,2002:"
        let tag = string(scalar.tag).map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : "!" }
        switch tag {
        case nil where scalar.style == YAML_PLAIN_SCALAR_STYLE: break
        case "int", "float", "bool", "null", "merge": break
        case "binary":
            guard let bytes = Base64.decode(text, Base64.standard, mayLackPadding: false) else {
                throw .failed("yaml: !!binary value contains invalid base64 data")
            }
            return Node(value: .string(String(decoding: bytes, as: UTF8.self)))
        default: return Node(value: .string(text))
        }
        switch YAMLScalar(plain: text) {
        case .value(let value):
            guard tag.map({ YAMLReader.fits(value, $0) }) ?? true else { throw mismatch(text, tag) }
            return Node(value: value)
        case .merge: return Node(value: .string(text), isMerge: true)
        case .notFinite: throw .failed("yaml: \(text) is no JSON number")
        case .string:
            guard tag == nil else { throw mismatch(text, tag) }
            return Node(value: .string(text))
        }
    }

    private static func fits(_ value: Value, _ tag: String) -> Bool {
        switch (tag, value) {
        case ("int", .int), ("float", .int), ("float", .decimal), ("bool", .bool), ("null", .null): true
        case ("int", .decimal(let decimal)): decimal.isInteger
        default: false
        }
    }

    private func mismatch(_ text: String, _ tag: String?) -> BuiltinError {
        .failed("yaml: cannot decode '\(text)' as a !!\(tag ?? "str")")
    }

    private func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: UnsafePointer($0)) }
    }
}
