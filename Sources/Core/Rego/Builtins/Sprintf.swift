// sprintf as Go's fmt does it: flags, width, precision, argument indices, and what it says about mistakes.

struct Sprintf {
    /// An argument as Go sees it: numbers are numbers, everything else is text.
    enum Argument {
        case int(Int)
        /// An integer beyond a machine word.
        case big(Decimal)
        case float(Decimal)
        case text(String)

        init(_ value: Value) {
            switch value {
            case .int(let int): self = .int(int)
            // OPA gives Go the text of what its floats do not reach.
            case .decimal(let decimal):
                self = !decimal.isFinite ? .text(decimal.text) : decimal.isInteger ? .big(decimal) : .float(decimal)
            case .string(let string): self = .text(string)
            default: self = .text(value.description)
            }
        }

        var type: String {
            switch self {
            case .int: "int"
            case .big: "*big.Int"
            case .float: "float64"
            case .text: "string"
            }
        }
    }

    struct Flags {
        var minus = false
        var plus = false
        var sharp = false
        var space = false
        var zero = false
        var width: Int?
        var precision: Int?
        /// `%#v`
        var isSyntax = false
    }

    private let format: [Unicode.Scalar]
    private let arguments: [Argument]
    private var at = 0
    private var next = 0
    private var isReordered = false
    private var isIndexGood = true
    private var out = ""

    /// As in Go: a larger number is none.
    private static let numberMax = 1_000_000

    private init(_ format: String, _ arguments: [Value]) {
        self.format = Array(format.unicodeScalars)
        self.arguments = arguments.map { Argument($0) }
    }

    static func text(
        _ format: String, _ arguments: [Value], _ context: inout BuiltinContext
    ) throws(BuiltinError) -> String {
        var sprintf = Sprintf(format, arguments)
        try context.charge(format.utf8.count / 8)
        try sprintf.run(&context)
        return sprintf.out
    }

    private mutating func run(_ context: inout BuiltinContext) throws(BuiltinError) {
        while at < format.count {
            let text = format[at...].prefix { $0 != "%" }
            out.unicodeScalars.append(contentsOf: text)
            at += text.count
            guard at < format.count else { break }
            at += 1
            let before = out.utf8.count
            try formatOne(&context)
            try context.charge((out.utf8.count - before) / 8)
        }
        guard !isReordered, next < arguments.count else { return }
        let extra = arguments[next...].map { "\($0.type)=\(Sprintf.write($0, "v", Flags()))" }
        out += "%!(EXTRA \(extra.joined(separator: ", ")))"
        try context.charge(out.utf8.count / 8)
    }

    private mutating func formatOne(_ context: inout BuiltinContext) throws(BuiltinError) {
        var flags = readFlags()
        isIndexGood = true
        var afterIndex = readIndex()
        if take("*") {
            flags.width = integerArgument()
            if flags.width == nil { out += "%!(BADWIDTH)" }
            if let width = flags.width, width < 0 {
                flags.width = -width
                flags.minus = true
                flags.zero = false
            }
            afterIndex = false
        } else {
            flags.width = number()
            if afterIndex, flags.width != nil { isIndexGood = false }
        }
        if take(".") {
            if afterIndex { isIndexGood = false }
            afterIndex = readIndex()
            if take("*") {
                flags.precision = integerArgument()
                if flags.precision ?? 0 < 0 { flags.precision = nil }
                if flags.precision == nil { out += "%!(BADPREC)" }
                afterIndex = false
            } else {
                flags.precision = number() ?? 0
            }
        }
        if !afterIndex { _ = readIndex() }
        guard at < format.count else {
            out += "%!(NOVERB)"
            return
        }
        let verb = format[at]
        at += 1
        if verb == "%" {
            out += "%"
        } else if !isIndexGood {
            out += "%!\(verb)(BADINDEX)"
        } else if next >= arguments.count {
            out += "%!\(verb)(MISSING)"
        } else {
            // Padding costs what it makes, before it is made.
            try context.charge(((flags.width ?? 0) + (flags.precision ?? 0)) / 8)
            if verb == "v" {
                flags.isSyntax = flags.sharp
                flags.sharp = false
                flags.plus = false
            }
            out += Sprintf.write(arguments[next], verb, flags)
            next += 1
        }
    }

    private mutating func readFlags() -> Flags {
        var flags = Flags()
        while at < format.count {
            switch format[at] {
            case "-":
                flags.minus = true
                flags.zero = false
            case "+": flags.plus = true
            case "#": flags.sharp = true
            case " ": flags.space = true
            // To the right nothing is padded with zeros.
            case "0": flags.zero = !flags.minus
            default: return flags
            }
            at += 1
        }
        return flags
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard at < format.count, format[at] == scalar else { return false }
        at += 1
        return true
    }

    private mutating func number() -> Int? {
        var value: Int?
        while at < format.count, let digit = format[at].isASCII ? Int(String(format[at])) : nil {
            value = (value ?? 0) * 10 + digit
            at += 1
            if let value, value > Sprintf.numberMax {
                at = format.count
                return nil
            }
        }
        return value
    }

    /// `[3]`: the argument to go on with. True when there was a good one.
    private mutating func readIndex() -> Bool {
        guard at < format.count, format[at] == "[" else { return false }
        isReordered = true
        guard let end = format[at...].firstIndex(of: "]") else {
            isIndexGood = false
            at += 1
            return false
        }
        at += 1
        let index = number()
        let isNumber = at == end
        at = end + 1
        guard isNumber, let index, (1...max(1, arguments.count)).contains(index), !arguments.isEmpty else {
            isIndexGood = false
            return isNumber && index != nil
        }
        next = index - 1
        return true
    }

    /// The next argument as a width or precision.
    private mutating func integerArgument() -> Int? {
        guard next < arguments.count else { return nil }
        next += 1
        guard case .int(let int) = arguments[next - 1], int.magnitude <= UInt(Sprintf.numberMax) else { return nil }
        return int
    }
}

extension Decimal {
    /// Whether a double holds it, roughly.
    fileprivate var isFinite: Bool { double.isFinite }
}
