// Quantities with units (`10Ki`, `200mb`), exact.

extension Builtins {
    static let units: [Builtin] = [
        Builtin("units.parse", [.string], .number) { (arguments, _) throws(BuiltinError) in
            let (amount, unit) = try quantity(try arguments.string(0))
            // Only milli is told from mega by its case.
            let name = unit == "m" ? "m" : unit.lowercased() == "m" ? "M" : unit.lowercased()
            guard let scale = decimalUnits[name] else { throw .failed("unit \(unit) not recognized") }
            // Ten places are kept.
            let exact = try scaled(amount, scale)
            let rounded = Arithmetic.round(try scaled(exact, tenPlaces), .halfAwayFromZero)
            return exact.isWhole ? exact : try scaled(rounded, tenthPlace)
        },
        Builtin("units.parse_bytes", [.string], .number) { (arguments, _) throws(BuiltinError) in
            let (amount, unit) = try quantity(try arguments.string(0))
            var name = unit.lowercased()
            if name.hasSuffix("b") { name.removeLast() }
            guard let scale = decimalUnits[name == "m" ? "M" : name], !name.isEmpty || unit.isEmpty else {
                throw .failed("byte unit \(unit) not recognized")
            }
            return Arithmetic.round(try scaled(amount, scale), .towardZero)
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

    private static let tenPlaces = Decimal(isNegative: false, magnitude: Magnitude(1), exponent: 10).value
    private static let tenthPlace = Decimal(isNegative: false, magnitude: Magnitude(1), exponent: -10).value

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
}

extension Value {
    fileprivate var isWhole: Bool {
        if case .decimal(let decimal) = self { return decimal.isInteger }
        return true
    }
}
