// Strings. Positions and lengths count Unicode code points, as in Go.

extension Builtins {
    static let strings: [Builtin] = stringTests + stringParts + stringChanges

    private static let stringTests: [Builtin] = [
        Builtin("contains", [.string, .string], .boolean) { (arguments, _) throws(BuiltinError) in
            .bool(Bytes.first(try arguments.string(1), in: try arguments.string(0)) != nil)
        },
        Builtin("startswith", [.string, .string], .boolean) { (arguments, _) throws(BuiltinError) in
            .bool(try arguments.string(0).utf8.starts(with: try arguments.string(1).utf8))
        },
        Builtin("endswith", [.string, .string], .boolean) { (arguments, _) throws(BuiltinError) in
            .bool(Bytes.ends(try arguments.string(0), with: try arguments.string(1)))
        },
        Builtin("strings.any_prefix_match", [[.string, .array, .set], [.string, .array, .set]], .boolean) {
            (arguments, context) throws(BuiltinError) in
            try anyMatch(arguments, &context) { $0.utf8.starts(with: $1.utf8) }
        },
        Builtin("strings.any_suffix_match", [[.string, .array, .set], [.string, .array, .set]], .boolean) {
            (arguments, context) throws(BuiltinError) in
            try anyMatch(arguments, &context) { Bytes.ends($0, with: $1) }
        },
        Builtin("indexof", [.string, .string], .number) { (arguments, _) throws(BuiltinError) in
            let text = try arguments.string(0)
            let part = try arguments.string(1)
            guard !part.isEmpty else { throw .failed("empty search character") }
            return .int(Bytes.first(part, in: text).map { Bytes.scalars(in: text, before: $0) } ?? -1)
        },
        Builtin("indexof_n", [.string, .string], .array) { (arguments, _) throws(BuiltinError) in
            let text = try arguments.string(0)
            let part = try arguments.string(1)
            guard !part.isEmpty else { throw .failed("empty search character") }
            return .array(Bytes.positions(of: part, in: text).map { .int($0) })
        },
        Builtin("strings.count", [.string, .string], .number) { (arguments, _) throws(BuiltinError) in
            let text = try arguments.string(0)
            let part = try arguments.string(1)
            if part.isEmpty { return .int(text.unicodeScalars.count + 1) }
            return .int(Bytes.all(part, in: text, overlapping: false).count)
        },
    ]

    private static let stringParts: [Builtin] = [
        Builtin("substring", [.string, .number, .number], .string) { (arguments, _) throws(BuiltinError) in
            let scalars = Array(try arguments.string(0).unicodeScalars)
            let start = try arguments.int(1)
            let length = try arguments.int(2)
            guard start >= 0 else { throw .failed("negative offset") }
            guard start < scalars.count else { return .string("") }
            let end = length < 0 ? scalars.count : min(scalars.count, start + min(length, scalars.count))
            return .string(Bytes.string(scalars[start..<end]))
        },
        Builtin("split", [.string, .string], .array) { (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            let delimiter = try arguments.string(1)
            try context.charge(text.utf8.count / 8)
            if delimiter.isEmpty { return .array(text.unicodeScalars.map { .string(String($0)) }) }
            return .array(Bytes.split(text, at: delimiter).map { .string($0) })
        },
        Builtin("concat", [.string, .collection], .string) { (arguments, context) throws(BuiltinError) in
            let delimiter = try arguments.string(0)
            let parts = try arguments.strings(1)
            try context.charge(parts.count)
            try context.needMemory(parts.reduce(0) { $0 + $1.utf8.count } + (parts.count - 1) * delimiter.utf8.count)
            return .string(parts.joined(separator: delimiter))
        },
        Builtin("strings.reverse", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(Bytes.string(try arguments.string(0).unicodeScalars.reversed()))
        },
    ]

    private static let stringChanges: [Builtin] = [
        Builtin("lower", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(Bytes.mapCase(try arguments.string(0), Bytes.lower))
        },
        Builtin("upper", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(Bytes.mapCase(try arguments.string(0), Bytes.upper))
        },
        Builtin("replace", [.string, .string, .string], .string) { (arguments, context) throws(BuiltinError) in
            let old = try arguments.string(1)
            let new = try arguments.string(2)
            let text = try arguments.string(0)
            // The result may be much longer than what it is made of.
            let places = old.isEmpty ? text.utf8.count + 1 : Bytes.all(old, in: text, overlapping: false).count
            let (added, overflow) = places.multipliedReportingOverflow(by: new.utf8.count)
            try context.charge((text.utf8.count + (overflow ? Int.max / 2 : added)) / 8)
            try context.chargeMemory(overflow ? .max : added)
            return .string(Bytes.replace(old, by: new, in: text))
        },
        Builtin("strings.replace_n", [.object, .string], .string) { (arguments, context) throws(BuiltinError) in
            try replaceMany(arguments, &context)
        },
        trim("trim", left: true, right: true), trim("trim_left", left: true, right: false),
        trim("trim_right", left: false, right: true),
        Builtin("trim_space", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(Bytes.trim(try arguments.string(0), left: true, right: true) { $0.properties.isWhitespace })
        },
        Builtin("trim_prefix", [.string, .string], .string) { (arguments, _) throws(BuiltinError) in
            let text = try arguments.string(0)
            let part = try arguments.string(1)
            return .string(
                text.utf8.starts(with: part.utf8) ? String(Substring(text.utf8.dropFirst(part.utf8.count))) : text)
        },
        Builtin("trim_suffix", [.string, .string], .string) { (arguments, _) throws(BuiltinError) in
            let text = try arguments.string(0)
            let part = try arguments.string(1)
            return .string(Bytes.ends(text, with: part) ? String(Substring(text.utf8.dropLast(part.utf8.count))) : text)
        },
        Builtin("sprintf", [.string, .array], .string) { (arguments, context) throws(BuiltinError) in
            return .string(try Sprintf.text(try arguments.string(0), try arguments.array(1), &context))
        },
    ]

    private static func trim(_ name: String, left: Bool, right: Bool) -> Builtin {
        Builtin(name, [.string, .string], .string) { (arguments, _) throws(BuiltinError) in
            let cut = Set(try arguments.string(1).unicodeScalars)
            return .string(Bytes.trim(try arguments.string(0), left: left, right: right) { cut.contains($0) })
        }
    }

    private static func anyMatch(
        _ arguments: BuiltinArguments, _ context: inout BuiltinContext, _ matches: (String, String) -> Bool
    ) throws(BuiltinError) -> Value {
        let texts = try oneOrMany(arguments, 0)
        let parts = try oneOrMany(arguments, 1)
        try context.charge(texts.count * parts.count)
        return .bool(texts.contains { text in parts.contains { matches(text, $0) } })
    }

    private static func oneOrMany(_ arguments: BuiltinArguments, _ index: Int) throws(BuiltinError) -> [String] {
        switch arguments[index] {
        case .string(let string): return [string]
        case .array, .set: return try arguments.strings(index)
        default: throw arguments.wrong(index, [.string, .array, .set])
        }
    }

    /// At each place the first old string in key order that matches is replaced, as Go's Replacer does. An empty one
    /// matches before each character and at the end.
    private static func replaceMany(
        _ arguments: BuiltinArguments, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> Value {
        let object = try arguments.object(0)
        let text = Array(try arguments.string(1).utf8)
        var pairs: [(old: [UInt8], new: [UInt8])] = []
        for (key, value) in object.members {
            guard case .string(let old) = key else {
                throw BuiltinError(kind: .type, message: "operand 1 non-string key found in pattern object")
            }
            guard case .string(let new) = value else {
                throw BuiltinError(kind: .type, message: "operand 1 non-string value found in pattern object")
            }
            pairs.append((Array(old.utf8), Array(new.utf8)))
        }
        try context.charge(text.count * max(pairs.count, 1) / 8)
        var result: [UInt8] = []
        var at = 0
        var wasEmpty = false
        while at <= text.count {
            let isBoundary = at == text.count || text[at] & 0xC0 != 0x80
            let found = pairs.first { $0.old.isEmpty ? isBoundary && !wasEmpty : text[at...].starts(with: $0.old) }
            wasEmpty = found?.old.isEmpty ?? false
            if let found {
                try context.charge(found.new.count / 8)
                try context.chargeMemory(found.new.count)
                result += found.new
                at += found.old.count
            } else {
                if at < text.count { result.append(text[at]) }
                at += 1
            }
        }
        return .string(String(decoding: result, as: UTF8.self))
    }
}
