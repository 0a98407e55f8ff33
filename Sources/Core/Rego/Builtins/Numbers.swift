// Numbers and aggregates.

extension Builtins {
    static let numbers: [Builtin] = [
        Builtin("abs", [.number], .number) { (arguments, _) throws(BuiltinError) in
            let number = try arguments.number(0)
            return Arithmetic.isNegative(number) ? Arithmetic.negate(number) : number
        },
        rounding("ceil", .up),
        rounding("floor", .down),
        rounding("round", .halfAwayFromZero),
        Builtin("numbers.range", [.number, .number], .array) { (arguments, context) throws(BuiltinError) in
            let first = try arguments.int(0)
            let last = try arguments.int(1)
            return try range(first, last, step: 1, &context)
        },
        Builtin("numbers.range_step", [.number, .number, .number], .array) {
            (arguments, context) throws(BuiltinError) in
            let step = try arguments.int(2)
            guard step > 0 else { throw .failed("numbers.range_step: step must be a positive number above zero") }
            return try range(try arguments.int(0), try arguments.int(1), step: step, &context)
        },
        Builtin("format_int", [.number, .number], .string) { (arguments, _) throws(BuiltinError) in
            let whole = Arithmetic.round(try arguments.number(0), .towardZero)
            let base = try arguments.int(1)
            guard [2, 8, 10, 16].contains(base) else {
                throw BuiltinError(kind: .type, message: "operand 2 must be one of {2, 8, 10, 16}")
            }
            return .string(format(whole, base: base))
        },
        Builtin("rand.intn", [.string, .number], .number) { (arguments, _) throws(BuiltinError) in
            let bound = try arguments.int(1)
            if bound == 0 { return .int(0) }
            return .int(spread(try arguments.string(0), bound.magnitude))
        },
    ]

    static let aggregates: [Builtin] = [
        Builtin("count", [[.string, .array, .object, .set]], .number) { (arguments, _) throws(BuiltinError) in
            switch arguments[0] {
            case .string(let string): return .int(string.unicodeScalars.count)
            case .array(let items): return .int(items.count)
            case .object(let object): return .int(object.count)
            case .set(let set): return .int(set.count)
            default: throw arguments.wrong(0, [.string, .array, .object, .set])
            }
        },
        fold("sum", .int(0), Arithmetic.add),
        fold("product", .int(1), Arithmetic.multiply),
        Builtin("max", [.collection], .any) { (arguments, _) throws(BuiltinError) in try arguments.elements(0).max() },
        Builtin("min", [.collection], .any) { (arguments, _) throws(BuiltinError) in try arguments.elements(0).min() },
        Builtin("sort", [.collection], .array) { (arguments, context) throws(BuiltinError) in
            let items = try arguments.elements(0)
            try context.charge(items.count)
            return .array(items.sorted())
        },
    ]

    private static func rounding(_ name: String, _ rounding: Arithmetic.Rounding) -> Builtin {
        Builtin(name, [.number], .number) { (arguments, _) throws(BuiltinError) in
            Arithmetic.round(try arguments.number(0), rounding)
        }
    }

    private static func fold(
        _ name: String, _ start: Value, _ operation: @escaping @Sendable (Value, Value) throws(ArithmeticError) -> Value
    ) -> Builtin {
        Builtin(name, [.collection], .number) { (arguments, _) throws(BuiltinError) in
            var result = start
            for element in try arguments.elements(0) {
                guard element.kind == .number else {
                    let kind = arguments[0].kind.name
                    throw BuiltinError(
                        kind: .type,
                        message: "operand 1 must be \(kind) of numbers but got \(kind) containing \(element.kind.name)")
                }
                do throws(ArithmeticError) {
                    result = try operation(result, element)
                } catch {
                    throw BuiltinError(error)
                }
            }
            return result
        }
    }

    private static func range(
        _ first: Int, _ last: Int, step: Int, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> Value {
        let (distance, overflow) = last.subtractingReportingOverflow(first)
        guard !overflow, distance != Int.min else { throw .failed("range too large") }
        try context.charge(abs(distance) / step + 1)
        return .array(
            stride(from: first, through: last, by: distance < 0 ? -step : step).map { .int($0) })
    }

    private static func format(_ number: Value, base: Int) -> String {
        if case .int(let int) = number { return String(int, radix: base) }
        guard let decimal = Decimal(number) else { return "" }
        return (decimal.isNegative ? "-" : "") + digits(of: decimal.scaled(to: 0), base: base, uppercase: false)
    }

    /// The digits of a natural number in a base from 2 to 16.
    static func digits(of magnitude: Magnitude, base: Int, uppercase: Bool) -> String {
        if magnitude.isZero { return "0" }
        var rest = magnitude
        var reversed: [UInt8] = []
        while !rest.isZero {
            let digit = UInt8(rest.divide(by: UInt32(base)))
            reversed.append(digit < 10 ? 48 + digit : (uppercase ? 55 : 87) + digit)
        }
        return String(decoding: reversed.reversed(), as: UTF8.self)
    }

    /// A number below `bound` that only depends on the text: the same in every evaluation, because decisions are.
    private static func spread(_ text: String, _ bound: UInt) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash ^= hash >> 33
        hash = hash &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        return Int(hash % UInt64(bound))
    }
}
