// What each verb of sprintf makes of each kind of argument.

extension Sprintf {
    static func write(_ argument: Argument, _ verb: Unicode.Scalar, _ flags: Flags) -> String {
        if verb == "T" { return pad(argument.type, flags) }
        let text =
            switch argument {
            case .int(let int): write(int, verb, flags)
            case .big(let decimal): write(big: decimal, verb, flags)
            case .float(let decimal): write(float: decimal, verb, flags)
            case .text(let text): write(text, verb, flags)
            }
        if let text { return text }
        // A verb that does not fit is said, with the value as it is.
        if case .big(let decimal) = argument { return "%!\(verb)(big.Int=\(decimal.scaledText))" }
        return "%!\(verb)(\(argument.type)=\(write(argument, "v", flags)))"
    }

    private static func pad(_ text: String, _ flags: Flags, zero: Bool? = nil) -> String {
        let missing = (flags.width ?? 0) - text.unicodeScalars.count
        guard missing > 0 else { return text }
        if flags.minus { return text + String(repeating: " ", count: missing) }
        return String(repeating: zero ?? flags.zero ? "0" : " ", count: missing) + text
    }

    // MARK: Texts

    private static func write(_ text: String, _ verb: Unicode.Scalar, _ flags: Flags) -> String? {
        let cut = flags.precision.map { Bytes.string(text.unicodeScalars.prefix($0)) } ?? text
        switch verb {
        case "v": return pad(flags.isSyntax ? quoted(cut, flags) : cut, flags)
        case "s": return pad(cut, flags)
        case "q": return pad(quoted(cut, flags), flags)
        case "x", "X": return pad(hexadecimal(text, verb, flags), flags)
        default: return nil
        }
    }

    private static func hexadecimal(_ text: String, _ verb: Unicode.Scalar, _ flags: Flags) -> String {
        let bytes = Array(text.utf8).prefix(flags.precision ?? .max)
        let prefix = flags.sharp ? "0\(verb)" : ""
        let pairs = bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: verb == "X")
            return digits.utf8.count == 1 ? "0" + digits : digits
        }
        if pairs.isEmpty { return "" }
        return prefix + pairs.joined(separator: flags.space ? " " + prefix : "")
    }

    /// A string as Go writes it in its source.
    private static func quoted(_ text: String, _ flags: Flags) -> String {
        if flags.sharp, !text.unicodeScalars.contains(where: { $0 == "`" || $0 == "\u{FEFF}" || !isPlain($0) }) {
            return "`\(text)`"
        }
        return "\"" + text.unicodeScalars.map { escaped($0, quote: "\"", flags) }.joined() + "\""
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\t" || scalar.value >= 32 && scalar.value != 127
    }

    private static func escaped(_ scalar: Unicode.Scalar, quote: Unicode.Scalar, _ flags: Flags) -> String {
        switch scalar {
        case quote, "\\": return "\\\(scalar)"
        case "\u{7}": return "\\a"
        case "\u{8}": return "\\b"
        case "\u{C}": return "\\f"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\u{B}": return "\\v"
        default: break
        }
        let isShown = scalar.isASCII ? isPlain(scalar) : !flags.plus && isPrintable(scalar)
        if isShown { return String(scalar) }
        let digits = String(scalar.value, radix: 16)
        let (mark, width) = scalar.value < 128 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + mark + String(repeating: "0", count: width - digits.utf8.count) + digits
    }

    /// Letters, marks, numbers, punctuation and symbols, as Go's IsPrint.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
            .paragraphSeparator:
            false
        default: true
        }
    }

    // MARK: Integers

    private static func write(_ int: Int, _ verb: Unicode.Scalar, _ flags: Flags) -> String? {
        switch verb {
        case "c", "q", "U": return write(character: int, verb, flags)
        default: break
        }
        guard verb != "s", let base = base(of: verb) else { return nil }
        var digits = String(int.magnitude, radix: base, uppercase: verb == "X")
        var least = 0
        if let precision = flags.precision {
            if precision == 0, int == 0 { return String(repeating: " ", count: flags.width ?? 0) }
            least = precision
        } else if flags.zero, let width = flags.width {
            least = width - (int < 0 || flags.plus || flags.space ? 1 : 0)
        }
        digits = String(repeating: "0", count: max(0, least - digits.utf8.count)) + digits
        var prefix = verb == "O" ? "0o" : ""
        if flags.sharp {
            switch base {
            case 2: prefix = "0b"
            case 8: if !digits.hasPrefix("0") { digits = "0" + digits }
            case 16: prefix = "0\(verb)"
            default: break
            }
        }
        return pad(sign(int < 0, flags) + prefix + digits, flags, zero: false)
    }

    private static func base(of verb: Unicode.Scalar) -> Int? {
        switch verb {
        case "v", "d", "s": 10
        case "b": 2
        case "o", "O": 8
        case "x", "X": 16
        default: nil
        }
    }

    private static func sign(_ isNegative: Bool, _ flags: Flags) -> String {
        isNegative ? "-" : flags.plus ? "+" : flags.space ? " " : ""
    }

    private static func write(character int: Int, _ verb: Unicode.Scalar, _ flags: Flags) -> String {
        let scalar = UInt32(exactly: int).flatMap { Unicode.Scalar($0) } ?? "\u{FFFD}"
        switch verb {
        case "c": return pad(String(scalar), flags)
        case "q": return pad("'" + escaped(scalar, quote: "'", flags) + "'", flags)
        default:
            let digits = String(UInt(bitPattern: int), radix: 16, uppercase: true)
            let least = max(4, flags.precision ?? 0)
            let text = "U+" + String(repeating: "0", count: max(0, least - digits.utf8.count)) + digits
            return pad(flags.sharp && int >= 0 ? "\(text) '\(scalar)'" : text, flags, zero: false)
        }
    }

    private static func write(big decimal: Decimal, _ verb: Unicode.Scalar, _ flags: Flags) -> String? {
        guard let base = base(of: verb) else { return nil }
        let digits = Builtins.digits(of: decimal.scaled(to: 0), base: base, uppercase: verb == "X")
        let sign = sign(decimal.isNegative, flags)
        let prefix =
            verb == "O" ? "0o" : !flags.sharp || base == 10 ? "" : base == 2 ? "0b" : base == 8 ? "0" : "0\(verb)"
        var zeros = max(0, (flags.precision ?? 0) - digits.utf8.count)
        let missing = (flags.width ?? 0) - (sign + prefix + digits).utf8.count - zeros
        if missing > 0, flags.zero, !flags.minus, flags.precision == nil { zeros = missing }
        return pad(sign + prefix + String(repeating: "0", count: zeros) + digits, flags, zero: false)
    }

    // MARK: Floats

    private static func write(float decimal: Decimal, _ verb: Unicode.Scalar, _ flags: Flags) -> String? {
        let number = FloatText(decimal)
        let digits: String
        switch verb {
        case "v", "g", "G": digits = number.general(flags.precision)
        case "f", "F": digits = number.fixed(flags.precision ?? 6)
        case "e", "E": digits = number.exponential(flags.precision ?? 6)
        default: return nil
        }
        let text = verb == "G" || verb == "E" ? digits.uppercased() : digits
        let sign = sign(decimal.isNegative, flags)
        let missing = (flags.width ?? 0) - sign.utf8.count - text.utf8.count
        if flags.zero, !flags.minus, missing > 0 { return sign + String(repeating: "0", count: missing) + text }
        return pad(sign + text, flags)
    }
}

extension Decimal {
    /// All digits of an integer.
    fileprivate var scaledText: String {
        (isNegative ? "-" : "") + String(decoding: scaled(to: 0).digits, as: UTF8.self)
    }
}

/// The digits of a number as a double holds it, without sign.
private struct FloatText {
    /// The double, exactly.
    private let exact: Decimal
    /// The fewest digits that are read back as the same double: `0.d₁d₂… × 10^point`.
    private let shortest: [UInt8]
    private let point: Int

    init(_ decimal: Decimal) {
        let double = decimal.double.magnitude
        let text = Decimal.parse("\(double)".utf8).flatMap { Decimal($0) } ?? Decimal(0)
        shortest = text.magnitude.digits
        point = shortest.count + text.exponent
        // mantissa × 2^exponent; a half is five tenths.
        let mantissa = Magnitude(double.significandBitPattern | (double.isNormal ? 1 << 52 : 0))
        let exponent = max(1, Int(double.exponentBitPattern)) - 1075
        var magnitude = exponent >= 0 ? mantissa << exponent : mantissa
        if exponent < 0 { for _ in 0..<(-exponent) { magnitude.multiplyAdd(5, 0) } }
        exact = Decimal(isNegative: false, magnitude: magnitude, exponent: min(exponent, 0))
    }

    /// Rounded to a place, half to even; digits of the whole number of units of `10^-places`.
    private func rounded(_ places: Int) -> [UInt8] {
        guard -exact.exponent > places else { return exact.scaled(to: -places).digits }
        let unit = Magnitude.powerOfTen(-exact.exponent - places)
        let (whole, rest) = exact.magnitude.quotientAndRemainder(dividingBy: unit)
        let double = rest + rest
        return (double > unit || (double == unit && whole.isOdd) ? whole + Magnitude(1) : whole).digits
    }

    func fixed(_ places: Int) -> String {
        // A double has at most 1,074 places; zeros follow.
        let kept = min(places, 1100)
        var digits = rounded(kept)
        digits = [UInt8](repeating: 48, count: max(0, kept + 1 - digits.count)) + digits
        digits += [UInt8](repeating: 48, count: places - kept)
        let point = digits.count - places
        let fraction = places > 0 ? "." + String(decoding: digits[point...], as: UTF8.self) : ""
        return String(decoding: digits[..<point], as: UTF8.self) + fraction
    }

    func exponential(_ places: Int) -> String {
        let kept = min(places, 1100)
        var exponent = point - 1
        var digits = exact.magnitude.isZero ? [UInt8](repeating: 48, count: kept + 1) : rounded(kept - exponent)
        // 9.99 becomes 10.0.
        if digits.count > kept + 1 {
            digits.removeLast()
            exponent += 1
        }
        return FloatText.exponential(digits + [UInt8](repeating: 48, count: places - kept), exponent)
    }

    private static func exponential(_ digits: [UInt8], _ exponent: Int) -> String {
        let fraction = digits.count > 1 ? "." + String(decoding: digits[1...], as: UTF8.self) : ""
        let size = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
        return String(decoding: digits[..<1], as: UTF8.self) + fraction + "e" + (exponent < 0 ? "-" : "+") + size
    }

    /// `%g`: the shorter of both notations, by the exponent.
    func general(_ precision: Int?) -> String {
        var digits = shortest
        var point = point
        var limit = 6
        if let precision {
            let wanted = max(1, precision)
            let text = exponential(min(wanted - 1, 1100))
            let parts = text.split(separator: "e")
            digits = Array(parts[0].utf8.filter { $0 != 46 })
            point = (Int(parts[1]) ?? 0) + 1
            while digits.count > 1, digits.last == 48 { digits.removeLast() }
            limit = wanted > digits.count && digits.count >= point ? digits.count : wanted
        }
        let exponent = point - 1
        if exponent < -4 || exponent >= limit { return FloatText.exponential(digits, exponent) }
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + String(decoding: digits, as: UTF8.self) }
        digits += [UInt8](repeating: 48, count: max(0, point - digits.count))
        let fraction = digits.count > point ? "." + String(decoding: digits[point...], as: UTF8.self) : ""
        return String(decoding: digits[..<point], as: UTF8.self) + fraction
    }
}
