// Operations on the bits of integers of any size, as two's complement without end.

extension Builtins {
    static let bits: [Builtin] = [
        binary("bits.and", { $0 & $1 }, { $0 & $1 }), binary("bits.or", { $0 | $1 }, { $0 | $1 }),
        binary("bits.xor", { $0 ^ $1 }, { $0 ^ $1 }),
        Builtin("bits.negate", [.number], .number) { (arguments, _) throws(BuiltinError) in
            // ~x is −x − 1.
            try arithmetic(Arithmetic.subtract, Arithmetic.negate(try arguments.integer(0)), .int(1))
        },
        Builtin("bits.lsh", [.number, .number], .number) { (arguments, context) throws(BuiltinError) in
            let value = try arguments.integer(0)
            let shift = try distance(arguments)
            guard shift <= shiftMax, let decimal = Decimal(value) else { throw .failed("shift too far") }
            try context.charge(shift / 32)
            let magnitude = decimal.scaled(to: 0) << shift
            return Decimal(isNegative: decimal.isNegative, magnitude: magnitude, exponent: 0).value
        },
        Builtin("bits.rsh", [.number, .number], .number) { (arguments, _) throws(BuiltinError) in
            let value = try arguments.integer(0)
            let shift = try distance(arguments)
            if case .int(let int) = value { return .int(int >> shift) }
            guard let decimal = Decimal(value) else { throw arguments.wrong(0, .number) }
            let magnitude = decimal.scaled(to: 0)
            let shifted = magnitude >> shift
            // Rounded down, so away from zero when it is negative and bits are lost.
            let isRounded = decimal.isNegative && shifted << min(shift, magnitude.bitWidth) != magnitude
            return Decimal(
                isNegative: decimal.isNegative, magnitude: isRounded ? shifted + Magnitude(1) : shifted, exponent: 0
            ).value
        },
    ]

    /// Numbers of more than this many bits are refused everywhere.
    private static let shiftMax = Decimal.placesMax * 3

    private static func binary(
        _ name: String, _ small: @escaping @Sendable (Int, Int) -> Int,
        _ large: @escaping @Sendable (UInt32, UInt32) -> UInt32
    ) -> Builtin {
        Builtin(name, [.number, .number], .number) { (arguments, context) throws(BuiltinError) in
            let left = try arguments.integer(0)
            let right = try arguments.integer(1)
            if case .int(let a) = left, case .int(let b) = right { return .int(small(a, b)) }
            guard let a = Decimal(left), let b = Decimal(right) else { throw arguments.wrong(0, .number) }
            let count = max(a.scaled(to: 0).limbs.count, b.scaled(to: 0).limbs.count) + 1
            try context.charge(count)
            return number(zip(complement(a, count), complement(b, count)).map(large))
        }
    }

    /// The lowest limbs of a number's two's complement.
    private static func complement(_ decimal: Decimal, _ count: Int) -> [UInt32] {
        var limbs = decimal.scaled(to: 0).limbs
        limbs += [UInt32](repeating: 0, count: count - limbs.count)
        return decimal.isNegative ? negated(limbs) : limbs
    }

    private static func negated(_ limbs: [UInt32]) -> [UInt32] {
        var carry = true
        return limbs.map { limb in
            let inverted = ~limb &+ (carry ? 1 : 0)
            carry = carry && limb == 0
            return inverted
        }
    }

    private static func number(_ limbs: [UInt32]) -> Value {
        let isNegative = (limbs.last ?? 0) >> 31 == 1
        let magnitude = Magnitude(limbs: isNegative ? negated(limbs) : limbs)
        return Decimal(isNegative: isNegative, magnitude: magnitude, exponent: 0).value
    }

    private static func arithmetic(
        _ operation: (Value, Value) throws(ArithmeticError) -> Value, _ a: Value, _ b: Value
    ) throws(BuiltinError) -> Value {
        do throws(ArithmeticError) {
            return try operation(a, b)
        } catch {
            throw BuiltinError(error)
        }
    }

    private static func distance(_ arguments: BuiltinArguments) throws(BuiltinError) -> Int {
        let shift = try arguments.integer(1)
        guard !Arithmetic.isNegative(shift) else {
            throw BuiltinError(
                kind: .type, message: "operand 2 must be an unsigned integer number but got a negative integer")
        }
        if case .int(let int) = shift { return int }
        return .max
    }
}
