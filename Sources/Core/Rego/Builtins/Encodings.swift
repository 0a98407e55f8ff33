// JSON, base64, hexadecimal and URL query text.

extension Builtins {
    static let encodings: [Builtin] = jsonTexts + base64s + urlQueries

    private static let jsonTexts: [Builtin] = [
        Builtin("json.marshal", [.any], .string) { (arguments, context) throws(BuiltinError) in
            let text = goJSON(arguments[0])
            try context.charge(text.utf8.count / 8)
            return .string(text)
        },
        Builtin("json.marshal_with_options", [.any, .object], .string) { (arguments, context) throws(BuiltinError) in
            var printer = try IndentedJSON(try arguments.object(1))
            let text = printer.text(of: arguments[0])
            try context.charge(text.utf8.count / 8)
            return .string(text)
        },
        Builtin("json.unmarshal", [.string], .any) { (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            try context.charge(text.utf8.count / 8)
            do throws(JSONError) {
                return try Value(json: text)
            } catch {
                throw .failed(error.message)
            }
        },
        Builtin("json.is_valid", [.any], .boolean) { (arguments, context) throws(BuiltinError) in
            guard case .string(let text) = arguments[0] else { return .bool(false) }
            try context.charge(text.utf8.count / 8)
            return .bool((try? Value(json: text)) != nil)
        },
    ]

    private static let base64s: [Builtin] = [
        Builtin("base64.encode", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(Base64.encode(Array(try arguments.string(0).utf8), Base64.standard, padded: true))
        },
        Builtin("base64.decode", [.string], .string) { (arguments, _) throws(BuiltinError) in
            try text(Base64.decode(try arguments.string(0), Base64.standard, mayLackPadding: false))
        },
        Builtin("base64.is_valid", [.any], .boolean) { arguments, _ in
            guard case .string(let string) = arguments[0] else { return .bool(false) }
            return .bool(Base64.decode(string, Base64.standard, mayLackPadding: false) != nil)
        },
        Builtin("base64url.encode", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(Base64.encode(Array(try arguments.string(0).utf8), Base64.url, padded: true))
        },
        Builtin("base64url.encode_no_pad", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(Base64.encode(Array(try arguments.string(0).utf8), Base64.url, padded: false))
        },
        Builtin("base64url.decode", [.string], .string) { (arguments, _) throws(BuiltinError) in
            try text(Base64.decode(try arguments.string(0), Base64.url, mayLackPadding: true))
        },
        Builtin("hex.encode", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(Hex.encode(Array(try arguments.string(0).utf8)))
        },
        Builtin("hex.decode", [.string], .string) { (arguments, _) throws(BuiltinError) in
            let string = try arguments.string(0)
            guard let bytes = Hex.decode(Array(string.utf8)) else { throw .failed("invalid hexadecimal text") }
            return .string(String(decoding: bytes, as: UTF8.self))
        },
    ]

    private static let urlQueries: [Builtin] = [
        Builtin("urlquery.encode", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(URLQuery.encode(try arguments.string(0)))
        },
        Builtin("urlquery.decode", [.string], .string) { (arguments, _) throws(BuiltinError) in
            let string = try arguments.string(0)
            guard let decoded = URLQuery.decode(string) else { throw .failed("invalid URL escape in \"\(string)\"") }
            return .string(decoded)
        },
        Builtin("urlquery.encode_object", [.object], .string) { (arguments, _) throws(BuiltinError) in
            var parts: [String] = []
            for (key, value) in try arguments.object(0).members {
                guard case .string(let name) = key else { throw .failed("operand 1 must have string keys") }
                for item in try strings(value) { parts.append("\(URLQuery.encode(name))=\(URLQuery.encode(item))") }
            }
            return .string(parts.joined(separator: "&"))
        },
        Builtin("urlquery.decode_object", [.string], .object) { (arguments, _) throws(BuiltinError) in
            var members: [Value: [Value]] = [:]
            for part in try arguments.string(0).split(separator: "&") {
                guard !part.utf8.contains(UInt8(ascii: ";")) else {
                    throw .failed("invalid semicolon separator in query")
                }
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let key = URLQuery.decode(String(pair[0])),
                    let value = URLQuery.decode(pair.count > 1 ? String(pair[1]) : "")
                else { throw .failed("invalid URL escape in \"\(part)\"") }
                members[.string(key), default: []].append(.string(value))
            }
            return .object(ObjectValue(replacing: members.map { ($0.key, .array($0.value)) }))
        },
    ]

    static func goJSON(_ value: Value) -> String {
        var writer = JSONWriter(style: .compact, escapesHTML: true)
        writer.write(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func text(_ bytes: [UInt8]?) throws(BuiltinError) -> Value {
        guard let bytes else { throw .failed("illegal base64 data") }
        return .string(String(decoding: bytes, as: UTF8.self))
    }

    private static func strings(_ value: Value) throws(BuiltinError) -> [String] {
        let items: [Value]
        switch value {
        case .array(let list): items = list
        case .set(let set): items = set.elements
        default: items = [value]
        }
        return try items.map { (item) throws(BuiltinError) in
            guard case .string(let string) = item else {
                throw BuiltinError(
                    kind: .type, message: "operand 1 values must be string, array[string], or set[string]")
            }
            return string
        }
    }
}

/// `json.marshal_with_options`: with line breaks and indentation as asked for.
private struct IndentedJSON {
    private var isPretty = false
    private var indent = "\t"
    private var prefix = ""
    private var out = ""

    init(_ options: ObjectValue) throws(BuiltinError) {
        for (key, value) in options.members {
            switch (key, value) {
            case (.string("pretty"), .bool(let pretty)): isPretty = pretty
            case (.string("indent"), .string(let indent)): self.indent = indent
            case (.string("prefix"), .string(let prefix)): self.prefix = prefix
            case (.string("pretty"), _), (.string("indent"), _), (.string("prefix"), _):
                throw BuiltinError(kind: .type, message: "operand 2 key \(key) has a value of the wrong type")
            default: throw BuiltinError(kind: .type, message: "operand 2 object contained unknown key \(key)")
            }
        }
        // Both are repeated for every value.
        guard indent.utf8.count + prefix.utf8.count <= 1_000 else {
            throw .failed("indent and prefix are more than 1000 bytes")
        }
        let mentionsLayout = options[.string("indent")] != nil || options[.string("prefix")] != nil
        if mentionsLayout, options[.string("pretty")] == nil { isPretty = true }
    }

    mutating func text(of value: Value) -> String {
        if !isPretty { return Builtins.goJSON(value) }
        out = prefix
        append(value, depth: 0)
        return out
    }

    private mutating func newLine(_ depth: Int) { out += "\n" + prefix + String(repeating: indent, count: depth) }

    private mutating func append(_ value: Value, depth: Int) {
        switch value {
        case .array(let items): append(items, depth)
        case .set(let set): append(set.elements, depth)
        case .object(let object):
            if object.count == 0 {
                out += "{}"
                return
            }
            out += "{"
            for (index, (key, member)) in object.members.enumerated() {
                if index > 0 { out += "," }
                newLine(depth + 1)
                if case .string = key {
                    out += Builtins.goJSON(key)
                } else {
                    out += Builtins.goJSON(.string(key.jsonText))
                }
                out += ": "
                append(member, depth: depth + 1)
            }
            newLine(depth)
            out += "}"
        default: out += Builtins.goJSON(value)
        }
    }

    private mutating func append(_ items: [Value], _ depth: Int) {
        if items.isEmpty {
            out += "[]"
            return
        }
        out += "["
        for (index, item) in items.enumerated() {
            if index > 0 { out += "," }
            newLine(depth + 1)
            append(item, depth: depth + 1)
        }
        newLine(depth)
        out += "]"
    }
}
