// regex.*: Go's regexp through RE2, with replacement texts and splitting as Go does them.

extension Builtins {
    static let regexes: [Builtin] = [
        Builtin("regex.match", [.string, .string], .boolean) { (arguments, context) throws(BuiltinError) in
            let regex = try regex(arguments, 0, &context)
            let text = try arguments.string(1)
            try context.charge(search: text.utf8.count, by: regex, isFirst: true)
            return .bool(regex.matches(text))
        },
        Builtin("regex.is_valid", [.any], .boolean) { (arguments, context) throws(BuiltinError) in
            guard case .string(let pattern) = arguments[0] else { return .bool(false) }
            do throws(BuiltinError) {
                _ = try compile(pattern, &context)
                return .bool(true)
            } catch {
                if error.kind == .budget { throw error }
                return .bool(false)
            }
        },
        Builtin("regex.find_n", [.string, .string, .number], .array) { (arguments, context) throws(BuiltinError) in
            let text = Array(try arguments.string(1).utf8)
            let found = try find(arguments, groups: false, &context)
            return .array(found.map { .string(part(text, $0[0])) })
        },
        Builtin("regex.find_all_string_submatch_n", [.string, .string, .number], .array) {
            (arguments, context) throws(BuiltinError) in
            let text = Array(try arguments.string(1).utf8)
            let found = try find(arguments, groups: true, &context)
            return .array(found.map { match in .array(match.map { .string(part(text, $0)) }) })
        },
        Builtin("regex.split", [.string, .string], .array) { (arguments, context) throws(BuiltinError) in
            let regex = try regex(arguments, 0, &context)
            let text = Array(try arguments.string(1).utf8)
            if text.isEmpty, try !arguments.string(0).isEmpty { return .array([.string("")]) }
            let found = try all(of: regex, in: text, groups: false, &context)
            return .array(split(text, at: found.compactMap { $0[0] }).map { .string(part(text, $0)) })
        },
        Builtin("regex.replace", [.string, .string, .string], .string) { (arguments, context) throws(BuiltinError) in
            let regex = try regex(arguments, 1, &context)
            let text = Array(try arguments.string(0).utf8)
            let template = ReplacementTemplate(try arguments.string(2), for: regex)
            let found = try all(of: regex, in: text, groups: template.usesGroups, &context)
            var out: [UInt8] = []
            var end = 0
            for match in found {
                guard let whole = match[0] else { continue }
                let before = out.count
                out += text[end..<whole.lowerBound]
                template.append(match, of: text, to: &out)
                end = whole.upperBound
                try context.charge((out.count - before) / 8)
            }
            return .string(String(decoding: out + text[end...], as: UTF8.self))
        },
        Builtin("regex.template_match", [.string, .string, .string, .string], .boolean) {
            (arguments, context) throws(BuiltinError) in
            let pattern = try templatePattern(
                try arguments.string(0), try delimiter(arguments, 2), try delimiter(arguments, 3), &context)
            let regex = try compile(pattern, &context)
            let text = try arguments.string(1)
            try context.charge(search: text.utf8.count, by: regex, isFirst: true)
            return .bool(regex.matches(text))
        },
        Builtin("regex.globs_match", [.string, .string], .boolean) { (arguments, context) throws(BuiltinError) in
            let left = try GlobExpression(try arguments.string(0))
            let right = try GlobExpression(try arguments.string(1))
            return .bool(try left.intersects(right, &context))
        },
    ]

    /// Which argument of which builtin is a pattern that must be one.
    static let patternPositions: [Int: Int] = {
        let names = [
            "regex.match": 0, "regex.find_n": 0, "regex.find_all_string_submatch_n": 0, "regex.split": 0,
            "regex.replace": 1,
        ]
        return Dictionary(
            uniqueKeysWithValues: names.compactMap { name, position in
                index(of: name).map { ($0, position) }
            })
    }()

    private static func regex(
        _ arguments: BuiltinArguments, _ index: Int, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> RegularExpression {
        try compile(try arguments.string(index), &context)
    }

    /// The steps do not depend on whether the cache knows the pattern: an evaluation costs the same whenever it is made.
    private static func compile(
        _ pattern: String, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> RegularExpression {
        try context.charge(8 + pattern.utf8.count / 8)
        let regex: RegularExpression
        do throws(RegularExpression.Failure) {
            regex = try RegularExpression(pattern)
        } catch {
            switch error {
            case .syntax(let message):
                try context.charge(64 + pattern.utf8.count)
                throw .failed("error parsing regexp: \(message)")
            case .tooLarge:
                try context.charge(20_000)
                throw .failed("error parsing regexp: expression too large")
            }
        }
        try context.charge(regex.size <= 2048 ? regex.size / 4 : regex.size)
        return regex
    }

    private static func find(
        _ arguments: BuiltinArguments, groups: Bool, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> [RegularExpression.Match] {
        let regex = try regex(arguments, 0, &context)
        let text = Array(try arguments.string(1).utf8)
        let limit = try arguments.int(2)
        return try all(of: regex, in: text, limit: limit < 0 ? .max : limit, groups: groups, &context)
    }

    private static func all(
        of regex: RegularExpression, in text: [UInt8], limit: Int = .max, groups: Bool,
        _ context: inout BuiltinContext
    ) throws(BuiltinError) -> [RegularExpression.Match] {
        try regex.matches(in: text, limit: limit, groups: groups) { (bytes, isFirst) throws(BuiltinError) in
            try context.charge(search: bytes, by: regex, isFirst: isFirst)
            if groups { try context.charge(regex.groupCount) }
        }
    }

    private static func part(_ text: [UInt8], _ range: Range<Int>?) -> String {
        range.map { String(decoding: text[$0], as: UTF8.self) } ?? ""
    }

    /// What is left between matches. One that ends where the text begins divides nothing.
    private static func split(_ text: [UInt8], at matches: [Range<Int>]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        var end = 0
        for match in matches {
            end = match.lowerBound
            if match.upperBound != 0 { parts.append(start..<end) }
            start = match.upperBound
        }
        if end != text.count { parts.append(start..<text.count) }
        return parts
    }

    private static func delimiter(_ arguments: BuiltinArguments, _ index: Int) throws(BuiltinError) -> UInt8 {
        let text = try arguments.string(index)
        guard let byte = text.utf8.first, text.utf8.count == 1 else {
            let end = index == 2 ? "start" : "end"
            throw .failed("\(end) delimiter has to be exactly one character long but is \(text.utf8.count) long")
        }
        return byte
    }

    /// `urn:{[a-z]+}` as `^urn:([a-z]+)$`; what stands between delimiters must be a pattern by itself.
    private static func templatePattern(
        _ template: String, _ open: UInt8, _ close: UInt8, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> String {
        let bytes = Array(template.utf8)
        var pattern = "^"
        var depth = 0
        var start = 0
        for (place, byte) in bytes.enumerated() {
            if byte == open {
                depth += 1
                if depth == 1 {
                    pattern += quoted(bytes[start..<place])
                    start = place + 1
                }
            } else if byte == close {
                depth -= 1
                if depth == 0 {
                    let inner = String(decoding: bytes[start..<place], as: UTF8.self)
                    _ = try compile("^\(inner)$", &context)
                    pattern += "(\(inner))"
                    start = place + 1
                }
            }
            if depth < 0 { break }
        }
        guard depth == 0 else { throw .failed("unbalanced braces in \"\(template)\"") }
        return pattern + quoted(bytes[start...]) + "$"
    }

    /// A text as a pattern that matches nothing else.
    private static func quoted(_ text: ArraySlice<UInt8>) -> String {
        let special = Set(#"\.+*?()|[]{}^$"#.utf8)
        return String(decoding: text.flatMap { special.contains($0) ? [92, $0] : [$0] }, as: UTF8.self)
    }
}

extension BuiltinContext {
    /// Takes steps for a search through so many bytes. The first may have to keep track of the whole program at each
    /// byte; those after it mostly end soon, and the bound on them keeps their sum from growing with the square.
    fileprivate mutating func charge(
        search bytes: Int, by regex: RegularExpression, isFirst: Bool
    ) throws(BuiltinError) {
        let (work, overflow) = bytes.multipliedReportingOverflow(by: regex.size + 16)
        try charge(overflow ? .max : 1 + work / (isFirst ? 256 : 1024))
    }
}

/// A replacement text as Go expands it: `$1`, `$name`, `${name}`, `$$`.
private struct ReplacementTemplate {
    private enum Piece {
        case text([UInt8])
        case group(Int)
    }

    private var pieces: [Piece] = []

    var usesGroups: Bool { pieces.contains { if case .group(let number) = $0 { number > 0 } else { false } } }

    init(_ template: String, for regex: RegularExpression) {
        let scalars = Array(template.unicodeScalars)
        var literal = ""
        var at = 0
        while at < scalars.count {
            guard scalars[at] == "$" else {
                literal.unicodeScalars.append(scalars[at])
                at += 1
                continue
            }
            at += 1
            if at < scalars.count, scalars[at] == "$" {
                literal += "$"
                at += 1
            } else if let (name, end) = ReplacementTemplate.name(scalars, at) {
                pieces.append(.text(Array(literal.utf8)))
                literal = ""
                at = end
                let number = ReplacementTemplate.number(name)
                if let group = number ?? regex.group(named: name), group <= regex.groupCount {
                    pieces.append(.group(group))
                }
            } else {
                literal += "$"
            }
        }
        pieces.append(.text(Array(literal.utf8)))
    }

    /// The name after a `$`, and where it ends; nil when the `$` stands for itself.
    private static func name(_ scalars: [Unicode.Scalar], _ start: Int) -> (String, Int)? {
        let isBraced = start < scalars.count && scalars[start] == "{"
        let first = isBraced ? start + 1 : start
        var end = first
        while end < scalars.count, isWord(scalars[end]) { end += 1 }
        guard end > first else { return nil }
        let name = Bytes.string(scalars[first..<end])
        if !isBraced { return (name, end) }
        return end < scalars.count && scalars[end] == "}" ? (name, end + 1) : nil
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: scalar == "_"
        }
    }

    /// The number that a name is; one with a leading zero is a name.
    private static func number(_ name: String) -> Int? {
        guard name.utf8.allSatisfy({ (48...57).contains($0) }), name == "0" || !name.hasPrefix("0") else { return nil }
        return Int(name) ?? .max
    }

    func append(_ match: RegularExpression.Match, of text: [UInt8], to out: inout [UInt8]) {
        for piece in pieces {
            switch piece {
            case .text(let bytes): out += bytes
            case .group(let number): if let range = match[number] { out += text[range] }
            }
        }
    }
}
