// `# METADATA` blocks: what a module's author says about rules and packages, in YAML within comments.

struct Annotation: Sendable {
    enum Scope: String, Sendable {
        case rule, document, package, subpackages
    }

    let scope: Scope
    /// Where the package or rule begins that it stands before.
    let target: Int
    /// What `rego.metadata.*` give.
    let value: Value

    /// The blocks of a module, in order; what is wrong with one is noted.
    static func all(
        in source: SourceFile, package: Span, imports: [Import], rules: [Rule], _ errors: inout [RegoError]
    ) -> [Annotation] {
        guard startsAny(in: source) else { return [] }
        let starts = ([package.start] + imports.map(\.span.start) + rules.map(\.span.start)).sorted()
        let ruleStarts = Set(rules.map(\.span.start))
        var annotations: [Annotation] = []
        for block in blocks(of: source) {
            guard let target = starts.first(where: { $0 > block.offset }) else { continue }
            do throws(AnnotationReader.Invalid) {
                let reader = try AnnotationReader(block.text)
                let isRule = ruleStarts.contains(target)
                let scope = try reader.scope ?? (isRule ? (reader.isEntryPoint ? .document : .rule) : .package)
                guard isRule == (scope == .rule || scope == .document), isRule || target == package.start else {
                    throw AnnotationReader.Invalid(
                        message: "annotation scope '\(scope.rawValue)' does not fit what it stands before")
                }
                annotations.append(Annotation(scope: scope, target: target, value: try reader.value(scope)))
            } catch {
                errors.append(
                    RegoError(code: .parse, message: error.message, location: source.location(block.offset)))
            }
        }
        return annotations
    }

    /// Whether there is a block at all, which is cheaper to know than where the comments are.
    private static func startsAny(in source: SourceFile) -> Bool {
        var isAtLineStart = true
        for (offset, byte) in source.bytes.enumerated() {
            if isAtLineStart, byte == UInt8(ascii: "#"), isHeader(source.bytes[(offset + 1)...].prefix { $0 != 10 }) {
                return true
            }
            isAtLineStart = byte == 10
        }
        return false
    }

    private static func isHeader(_ text: some Sequence<UInt8>) -> Bool {
        text.filter { ![32, 9, 13].contains($0) }.elementsEqual("METADATA".utf8)
    }

    /// Comments at the beginning of lines that follow one another, from a header on.
    private static func blocks(of source: SourceFile) -> [(offset: Int, text: String)] {
        var blocks: [(offset: Int, text: String)] = []
        var lastLine: Int?
        for comment in Comment.all(in: source) {
            let text = comment.text.dropFirst()
            guard source.location(comment.offset).column == 1 else {
                lastLine = nil
                continue
            }
            if isHeader(text.utf8) {
                blocks.append((comment.offset, ""))
                lastLine = comment.line
            } else if let line = lastLine, comment.line == line + 1 {
                blocks[blocks.count - 1].text += text + "\n"
                lastLine = comment.line
            } else {
                lastLine = nil
            }
        }
        return blocks
    }
}

/// One block's YAML, checked field by field.
struct AnnotationReader {
    struct Invalid: Error {
        let message: String
    }

    private let fields: ObjectValue

    /// Steps that reading a block may cost; aliases make more of a text than there is.
    private static let steps: UInt64 = 1_000_000

    init(_ text: String) throws(Invalid) {
        var context = BuiltinContext(
            wallNanoseconds: 0, stepsLeft: AnnotationReader.steps, memoryLeft: AnnotationReader.steps * 64)
        let value: Value
        do throws(BuiltinError) {
            value = try YAMLReader.value(of: text, &context)
        } catch {
            throw Invalid(message: "annotation is no YAML: \(error.message)")
        }
        guard case .object(let fields) = value else {
            throw Invalid(message: "expected YAML members after METADATA")
        }
        self.fields = fields
    }

    var scope: Annotation.Scope? {
        get throws(Invalid) {
            guard let name = try text("scope", in: fields) else { return nil }
            guard let scope = Annotation.Scope(rawValue: name) else {
                throw Invalid(message: "invalid scope '\(name)' specified")
            }
            return scope
        }
    }

    var isEntryPoint: Bool { fields[.string("entrypoint")] == .bool(true) }

    /// The fields that are known, in their long forms.
    func value(_ scope: Annotation.Scope) throws(Invalid) -> Value {
        var members: [(String, Value)] = [("scope", .string(scope.rawValue))]
        for name in ["title", "description"] {
            if let text = try text(name, in: fields), !text.isEmpty { members.append((name, .string(text))) }
        }
        guard !isEntryPoint || scope == .document || scope == .package else {
            throw Invalid(message: "annotation entrypoint applied to non-document or package scope '\(scope.rawValue)'")
        }
        if isEntryPoint { members.append(("entrypoint", .bool(true))) }
        try add("organizations", to: &members) { (item) throws(Invalid) in
            guard case .string = item else { throw Invalid(message: "organizations must be strings") }
            return item
        }
        try add("related_resources", to: &members) { (item) throws(Invalid) in try resource(item) }
        try add("authors", to: &members) { (item) throws(Invalid) in try author(item) }
        try add("schemas", to: &members) { (item) throws(Invalid) in try schema(item) }
        if let custom = fields[.string("custom")], custom != .null {
            guard case .object(let object) = custom else { throw Invalid(message: "custom must be a mapping") }
            if object.count > 0 { members.append(("custom", custom)) }
        }
        return .object(members: members)
    }

    private func text(_ name: String, in object: ObjectValue) throws(Invalid) -> String? {
        guard let value = object[.string(name)], value != .null else { return nil }
        guard case .string(let text) = value else { throw Invalid(message: "\(name) must be a string") }
        return text
    }

    private func add(
        _ name: String, to members: inout [(String, Value)], _ read: (Value) throws(Invalid) -> Value
    ) throws(Invalid) {
        guard let value = fields[.string(name)], value != .null else { return }
        guard case .array(let items) = value else { throw Invalid(message: "\(name) must be a list") }
        let list = try items.map { (item) throws(Invalid) in try read(item) }
        if !list.isEmpty { members.append((name, .array(list))) }
    }

    /// A URL, or an object of a URL and a description.
    private func resource(_ item: Value) throws(Invalid) -> Value {
        switch item {
        case .string(let place) where !place.isEmpty: return .object(members: [("ref", item)])
        case .object(let object):
            guard let place = try text("ref", in: object), !place.isEmpty else {
                throw Invalid(message: "'ref' value required in object")
            }
            var members: [(String, Value)] = [("ref", .string(place.trimmed))]
            if let text = try text("description", in: object), !text.isEmpty {
                members.append(("description", .string(text)))
            }
            return .object(members: members)
        default: throw Invalid(message: "related_resources must be URLs or objects")
        }
    }

    /// `name <address>`, or an object of the two, of which one may be missing.
    private func author(_ item: Value) throws(Invalid) -> Value {
        var name = ""
        var address = ""
        switch item {
        case .string(let text):
            var words = text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map(String.init)
            if let last = words.last, last.hasPrefix("<"), last.hasSuffix(">") {
                address = String(last.dropFirst().dropLast())
                words.removeLast()
            }
            name = words.joined(separator: " ")
        case .object(let object):
            name = (try text("name", in: object) ?? "").trimmed
            address = (try text("email", in: object) ?? "").trimmed
        default: throw Invalid(message: "authors must be strings or objects")
        }
        let members = [("name", name), ("email", address)].filter { !$0.1.isEmpty }
        guard !members.isEmpty else { throw Invalid(message: "'name' and/or 'email' values required in object") }
        return .object(members: members.map { ($0.0, .string($0.1)) })
    }

    /// A path and the schema of what is there: the path of a schema, or the schema itself.
    private func schema(_ item: Value) throws(Invalid) -> Value {
        guard case .object(let object) = item, object.count == 1, case .string(let path) = object.keys[0] else {
            throw Invalid(message: "invalid schema declaration")
        }
        func words(_ text: String) -> Value {
            .array(text.split(separator: ".").map { .string(String($0)) })
        }
        switch object.values[0] {
        case .string(let name): return .object(members: [("path", words(path)), ("schema", words(name))])
        case .object: return .object(members: [("path", words(path)), ("definition", object.values[0])])
        default: throw Invalid(message: "invalid schema declaration")
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        Bytes.trim(self, left: true, right: true) { $0.properties.isWhitespace }
    }
}
