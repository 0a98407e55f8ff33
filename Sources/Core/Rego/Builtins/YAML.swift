// yaml.*: JSON's values in YAML 1.1, through libyaml. Which plain words mean what is as in Go's yaml.v2.

extension Builtins {
    static let yaml: [Builtin] = [
        Builtin("yaml.marshal", [.any], .string) { (arguments, context) throws(BuiltinError) in
            guard let text = YAMLWriter.text(of: arguments[0]) else { throw .failed("the value cannot be written") }
            try context.charge(text.utf8.count / 4)
            return .string(text)
        },
        Builtin("yaml.unmarshal", [.string], .any) { (arguments, context) throws(BuiltinError) in
            try YAMLReader.value(of: try arguments.string(0), &context)
        },
        Builtin("yaml.is_valid", [.any], .boolean) { (arguments, context) throws(BuiltinError) in
            guard case .string(let text) = arguments[0] else { return .bool(false) }
            do throws(BuiltinError) {
                _ = try YAMLReader.value(of: text, &context)
                return .bool(true)
            } catch {
                if error.kind == .budget { throw error }
                return .bool(false)
            }
        },
    ]
}

/// What an unquoted word means.
enum YAMLScalar: Equatable {
    case value(Value)
    /// Not a number, or an infinite one: no value of Rego.
    case notFinite
    case string
    /// `<<`
    case merge

    private static let words: [String: YAMLScalar] = {
        var words: [String: YAMLScalar] = ["<<": .merge]
        for word in ["", "~", "null", "Null", "NULL"] { words[word] = .value(.null) }
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            words[word] = .value(.bool(true))
        }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            words[word] = .value(.bool(false))
        }
        for word in [".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"] { words[word] = .notFinite }
        for sign in ["+", "-"] {
            for word in [".inf", ".Inf", ".INF"] { words[sign + word] = .notFinite }
        }
        return words
    }()

    init(plain text: String) {
        if let word = YAMLScalar.words[text] {
            self = word
        } else if let first = text.utf8.first, (43...57).contains(first), let number = YAMLScalar.number(text) {
            self = .value(number)
        } else {
            self = .string
        }
    }

    /// Whether a text must be quoted to stay one. Dates and times of day were numbers once, and are for some readers.
    static func needsQuotes(_ text: String) -> Bool {
        guard YAMLScalar(plain: text) == .string else { return true }
        guard let first = text.utf8.first, (43...57).contains(first) else { return false }
        return text.utf8.contains(UInt8(ascii: ":")) || text.utf8.dropFirst(4).first == UInt8(ascii: "-")
    }

    private static func number(_ text: String) -> Value? {
        let bytes = text.utf8.filter { $0 != UInt8(ascii: "_") }
        let isNegative = bytes.first == UInt8(ascii: "-")
        let isSigned = isNegative || bytes.first == UInt8(ascii: "+")
        let digits = String(decoding: bytes.dropFirst(isSigned ? 1 : 0), as: UTF8.self)
        if let whole = integer(digits) { return isNegative ? Arithmetic.negate(whole) : whole }
        return isDecimal(Array(digits.utf8)) ? Builtins.number(bytes[...]) : nil
    }

    /// `0x1F`, `0o17`, `017`, `0b101`; decimal ones too, but those with leading zeros that are not octal.
    private static func integer(_ digits: String) -> Value? {
        let prefixes = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2), ("0", 8)]
        for (prefix, radix) in prefixes where digits.hasPrefix(prefix) && digits != "0" {
            let rest = digits.dropFirst(prefix.count)
            guard let first = rest.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else {
                return nil
            }
            return UInt64(rest, radix: radix).map { Value(exactly: $0) }
        }
        return digits.utf8.allSatisfy { (48...57).contains($0) } ? Decimal.parse(digits.utf8) : nil
    }

    /// Digits with at most one point, then perhaps an exponent.
    private static func isDecimal(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        func digits() -> Int {
            let count = rest.prefix { (48...57).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        let whole = digits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            if digits() == 0, whole == 0 { return false }
        } else if whole == 0 {
            return false
        }
        guard let mark = rest.first else { return true }
        guard mark | 0x20 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return digits() > 0 && rest.isEmpty
    }
}
