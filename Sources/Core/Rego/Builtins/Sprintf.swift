// sprintf as Go's fmt does it, for the verbs that make sense for JSON values.

struct Sprintf {
    private let format: [Unicode.Scalar]
    private let arguments: [Value]
    private var at = 0
    private var next = 0
    private var out = ""

    /// Longer fields are not padded: a width comes from policy text and costs memory.
    private static let widthMax = 1000

    private struct Field {
        var minus = false
        var plus = false
        var sharp = false
        var space = false
        var zero = false
        var width: Int?
        var precision: Int?
    }

    init(_ format: String, _ arguments: [Value]) {
        self.format = Array(format.unicodeScalars)
        self.arguments = arguments
    }

    mutating func run() -> String {
        while at < format.count {
            if format[at] != "%" {
                out.unicodeScalars.append(format[at])
                at += 1
                continue
            }
            at += 1
            formatField()
        }
        if next < arguments.count {
            let extra = arguments[next...].map { "\(Sprintf.goType($0))=\(Sprintf.plain($0))" }
            out += "%!(EXTRA \(extra.joined(separator: ", ")))"
        }
        return out
    }

    private mutating func formatField() {
        var field = Field()
        flags: while at < format.count {
            switch format[at] {
            case "-": field.minus = true
            case "+": field.plus = true
            case "#": field.sharp = true
            case " ": field.space = true
            case "0": field.zero = true
            default: break flags
            }
            at += 1
        }
        field.width = number()
        if at < format.count, format[at] == "." {
            at += 1
            field.precision = number() ?? 0
        }
        guard at < format.count else {
            out += "%!(NOVERB)"
            return
        }
        let verb = format[at]
        at += 1
        if verb == "%" {
            out += "%"
            return
        }
        guard next < arguments.count else {
            out += "%!\(verb)(MISSING)"
            return
        }
        let value = arguments[next]
        next += 1
        pad(text(value, verb, field), field, isNumber: value.kind == .number)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while at < format.count, let digit = format[at].properties.numericType != nil ? Int(String(format[at])) : nil {
            value = min((value ?? 0) * 10 + digit, Sprintf.widthMax)
            at += 1
        }
        return value
    }

    private mutating func pad(_ text: String, _ field: Field, isNumber: Bool) {
        let missing = (field.width ?? 0) - text.unicodeScalars.count
        guard missing > 0 else {
            out += text
            return
        }
        if field.minus {
            out += text + String(repeating: " ", count: missing)
        } else if field.zero, isNumber {
            let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
            out += sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
        } else {
            out += String(repeating: field.zero ? "0" : " ", count: missing) + text
        }
    }

    private func text(_ value: Value, _ verb: Unicode.Scalar, _ field: Field) -> String {
        switch (verb, value) {
        case ("v", _): return signed(Sprintf.plain(value), value, field)
        case ("s", .int), ("s", .decimal): return Sprintf.plain(value)
        case ("s", _): return cut(Sprintf.plain(value), field)
        case ("q", .string(let string)): return Sprintf.quoted(string)
        case ("d", .int), ("d", .decimal): return integer(value, verb, field)
        case ("x", .int), ("X", .int), ("o", .int), ("b", .int), ("c", .int): return integer(value, verb, field)
        case ("x", .string(let string)), ("X", .string(let string)): return hex(string, upper: verb == "X")
        case ("t", .bool(let bool)): return bool ? "true" : "false"
        case ("f", .int), ("f", .decimal), ("F", .int), ("F", .decimal):
            return signed(Sprintf.fixed(value, field.precision ?? 6), value, field)
        case ("e", .int), ("e", .decimal), ("E", .int), ("E", .decimal), ("g", .int), ("g", .decimal):
            return signed(exponential(value, verb, field), value, field)
        case ("T", _): return Sprintf.goType(value)
        default: return "%!\(verb)(\(Sprintf.goType(value))=\(Sprintf.plain(value)))"
        }
    }

    private func signed(_ text: String, _ value: Value, _ field: Field) -> String {
        guard value.kind == .number, !text.hasPrefix("-") else { return text }
        return (field.plus ? "+" : field.space ? " " : "") + text
    }

    private func cut(_ text: String, _ field: Field) -> String {
        guard let precision = field.precision else { return text }
        return Bytes.string(text.unicodeScalars.prefix(precision))
    }

    private func integer(_ value: Value, _ verb: Unicode.Scalar, _ field: Field) -> String {
        if case .decimal(let decimal) = value {
            guard decimal.isInteger else { return "%!\(verb)(float64=\(Sprintf.plain(value)))" }
            return signed(decimal.text, value, field)
        }
        guard case .int(let int) = value else { return Sprintf.plain(value) }
        let text: String
        switch verb {
        case "x": text = String(int, radix: 16)
        case "X": text = String(int, radix: 16, uppercase: true)
        case "o": text = String(int, radix: 8)
        case "b": text = String(int, radix: 2)
        case "c": text = Unicode.Scalar(UInt32(truncatingIfNeeded: int)).map { String($0) } ?? "\u{FFFD}"
        default: text = String(int)
        }
        return signed((field.sharp && (verb == "x" || verb == "X") ? "0\(verb)" : "") + text, value, field)
    }

    private func hex(_ text: String, upper: Bool) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16, uppercase: upper)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private func exponential(_ value: Value, _ verb: Unicode.Scalar, _ field: Field) -> String {
        guard let decimal = Decimal(value) else { return "" }
        if verb == "g" { return decimal.text }
        let digits = decimal.magnitude.digits
        let places = field.precision ?? 6
        var exponent = digits.count - 1 + decimal.exponent
        // Rounded to one digit before the point and `places` after it.
        let scaled = Decimal(
            isNegative: false, magnitude: decimal.magnitude, exponent: decimal.exponent - exponent)
        var text = Sprintf.fixed(scaled.value, places)
        if text.hasPrefix("10") {
            exponent += 1
            text = "1" + text.dropFirst(2)
        }
        let size = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
        let mark = verb == "E" ? "E" : "e"
        return (decimal.isNegative ? "-" : "") + text + mark + (exponent < 0 ? "-" : "+") + size
    }

    /// Decimal notation with a fixed number of places, half away from zero on the exact value.
    static func fixed(_ value: Value, _ places: Int) -> String {
        guard let decimal = Decimal(value) else { return "" }
        let scaled = Decimal(
            isNegative: decimal.isNegative, magnitude: decimal.magnitude, exponent: decimal.exponent + places)
        guard let whole = Decimal(Arithmetic.round(scaled.value, .halfAwayFromZero)) else { return "" }
        var digits = whole.scaled(to: 0).digits
        while digits.count <= places { digits.insert(48, at: 0) }
        let point = digits.count - places
        let text = String(decoding: digits[..<point], as: UTF8.self)
        let fraction = places > 0 ? "." + String(decoding: digits[point...], as: UTF8.self) : ""
        return (decimal.isNegative ? "-" : "") + text + fraction
    }

    /// `%v`: strings as they are, everything else as Rego writes it.
    private static func plain(_ value: Value) -> String {
        if case .string(let string) = value { return string }
        return value.description
    }

    private static func quoted(_ string: String) -> String { Value.string(string).description }

    private static func goType(_ value: Value) -> String {
        switch value {
        case .int: "int"
        case .decimal(let decimal): decimal.isInteger ? "*big.Int" : "float64"
        default: "string"
        }
    }
}
