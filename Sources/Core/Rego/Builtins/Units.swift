// Quantities with units (`10Ki`, `200mb`), exact; and bit operations.

extension Builtins {
    static let units: [Builtin] = [
        Builtin("units.parse", [.string], .number) { (arguments, _) throws(BuiltinError) in
            let (amount, unit) = try quantity(try arguments.string(0))
            // Only milli is told from mega by its case.
            let name = unit == "m" ? "m" : unit.lowercased() == "m" ? "M" : unit.lowercased()
            guard let scale = decimalUnits[name] else { throw .failed("unit \(unit) not recognized") }
            return try scaled(amount, scale)
        },
        Builtin("units.parse_bytes", [.string], .number) { (arguments, _) throws(BuiltinError) in
            let (amount, unit) = try quantity(try arguments.string(0))
            var name = unit.lowercased()
            if name.hasSuffix("b") { name.removeLast() }
            guard let scale = decimalUnits[name == "m" ? "M" : name], !name.isEmpty || !unit.hasPrefix("b") else {
                throw .failed("byte unit \(unit) not recognized")
            }
            return Arithmetic.round(try scaled(amount, scale), .down)
        },
    ]

    private static let decimalUnits: [String: Value] = {
        var units: [String: Value] = ["": .int(1)]
        units["m"] = Decimal(isNegative: false, magnitude: Magnitude(1), exponent: -3).value
        for (power, letter) in ["k", "M", "g", "t", "p", "e"].enumerated() {
            units[letter] = Decimal(isNegative: false, magnitude: Magnitude(1), exponent: 3 * (power + 1)).value
            units[letter.lowercased() + "i"] = .int(1 << (10 * (power + 1)))
        }
        return units
    }()

    /// The number and the unit of a text, which may stand in quotes.
    private static func quantity(_ text: String) throws(BuiltinError) -> (Value, String) {
        let bytes = Array(Bytes.replace("\"", by: "", in: text).utf8)
        guard !bytes.contains(32) else { throw .failed("spaces not allowed in resource strings") }
        var end = 0
        scan: while end < bytes.count {
            switch bytes[end] {
            case 48...57, 46, 43, 45: end += 1
            case 69, 101:
                guard end + 1 < bytes.count, [43, 45].contains(bytes[end + 1]) || (48...57).contains(bytes[end + 1])
                else { break scan }
                end += 2
            default: break scan
            }
        }
        guard end > 0 else { throw .failed("no amount provided") }
        guard let amount = number(bytes[..<end]) else { throw .failed("could not parse amount to a number") }
        return (amount, String(decoding: bytes[end...], as: UTF8.self))
    }

    private static func scaled(_ amount: Value, _ scale: Value) throws(BuiltinError) -> Value {
        do throws(ArithmeticError) {
            return try Arithmetic.multiply(amount, scale)
        } catch {
            throw BuiltinError(error)
        }
    }

    static let bits: [Builtin] = [
        binary("bits.and") { $0 & $1 }, binary("bits.or") { $0 | $1 }, binary("bits.xor") { $0 ^ $1 },
        Builtin("bits.negate", [.number], .number) { (arguments, _) throws(BuiltinError) in
            .int(~(try arguments.int(0)))
        },
        Builtin("bits.lsh", [.number, .number], .number) { (arguments, _) throws(BuiltinError) in
            let value = try arguments.int(0)
            let shift = try distance(arguments)
            guard shift <= 4096 else { throw .failed("shift by more than 4096 bits") }
            let magnitude = Magnitude(UInt64(value.magnitude)) << shift
            return Decimal(isNegative: value < 0, magnitude: magnitude, exponent: 0).value
        },
        Builtin("bits.rsh", [.number, .number], .number) { (arguments, _) throws(BuiltinError) in
            .int(try arguments.int(0) >> (try distance(arguments)))
        },
    ]

    private static func binary(_ name: String, _ operation: @escaping @Sendable (Int, Int) -> Int) -> Builtin {
        Builtin(name, [.number, .number], .number) { (arguments, _) throws(BuiltinError) in
            .int(operation(try arguments.int(0), try arguments.int(1)))
        }
    }

    private static func distance(_ arguments: BuiltinArguments) throws(BuiltinError) -> Int {
        let shift = try arguments.int(1)
        guard shift >= 0 else {
            throw BuiltinError(
                kind: .type, message: "operand 2 must be an unsigned integer number but got a negative integer")
        }
        return shift
    }
}
