// Exact sums and products, and quotients rounded as OPA rounds them.

/// Why arithmetic has no result.
enum ArithmeticError: Error {
    case divisionByZero
    case moduloByZero
    case moduloOfFraction
    case outOfRange
}

/// Arithmetic on values; machine words first, decimals when they do not suffice. `nil` operands do not occur: the
/// caller has checked that both are numbers.
enum Arithmetic {
    static func add(_ a: Value, _ b: Value) throws(ArithmeticError) -> Value {
        if case .int(let x) = a, case .int(let y) = b {
            let (sum, overflow) = x.addingReportingOverflow(y)
            if !overflow { return .int(sum) }
        }
        return try sum(decimal(a), decimal(b), negateSecond: false).value
    }

    static func subtract(_ a: Value, _ b: Value) throws(ArithmeticError) -> Value {
        if case .int(let x) = a, case .int(let y) = b {
            let (difference, overflow) = x.subtractingReportingOverflow(y)
            if !overflow { return .int(difference) }
        }
        return try sum(decimal(a), decimal(b), negateSecond: true).value
    }

    static func multiply(_ a: Value, _ b: Value) throws(ArithmeticError) -> Value {
        if case .int(let x) = a, case .int(let y) = b {
            let (product, overflow) = x.multipliedReportingOverflow(by: y)
            if !overflow { return .int(product) }
        }
        let x = decimal(a)
        let y = decimal(b)
        let product = Decimal(
            isNegative: x.isNegative != y.isNegative, magnitude: x.magnitude * y.magnitude,
            exponent: x.exponent + y.exponent)
        return try checked(product).value
    }

    static func divide(_ a: Value, _ b: Value) throws(ArithmeticError) -> Value {
        if case .int(let x) = a, case .int(let y) = b, y != 0, y != -1, x % y == 0 { return .int(x / y) }
        let y = decimal(b)
        if y.magnitude.isZero { throw .divisionByZero }
        return try checked(BinaryQuotient.divide(decimal(a), by: y)).value
    }

    /// The sign follows the dividend, as in OPA (and C).
    static func remainder(_ a: Value, _ b: Value) throws(ArithmeticError) -> Value {
        if case .int(let x) = a, case .int(let y) = b {
            if y == 0 { throw .moduloByZero }
            return .int(y == -1 ? 0 : x % y)
        }
        let x = decimal(a)
        let y = decimal(b)
        guard x.isInteger, y.isInteger else { throw .moduloOfFraction }
        if y.magnitude.isZero { throw .moduloByZero }
        let rest = x.scaled(to: 0).quotientAndRemainder(dividingBy: y.scaled(to: 0)).remainder
        return Decimal(isNegative: x.isNegative, magnitude: rest, exponent: 0).value
    }

    static func negate(_ a: Value) -> Value {
        if case .int(let x) = a, x != Int.min { return .int(-x) }
        let x = decimal(a)
        return Decimal(isNegative: !x.isNegative, magnitude: x.magnitude, exponent: x.exponent).value
    }

    static func isNegative(_ a: Value) -> Bool {
        if case .int(let x) = a { return x < 0 }
        return decimal(a).isNegative
    }

    enum Rounding { case down, up, towardZero, halfAwayFromZero }

    /// The integer that `a` is rounded to.
    static func round(_ a: Value, _ rounding: Rounding) -> Value {
        guard case .decimal(let x) = a, !x.isInteger else { return a }
        let unit = Magnitude.powerOfTen(-x.exponent)
        let (whole, rest) = x.magnitude.quotientAndRemainder(dividingBy: unit)
        let away: Bool
        switch rounding {
        case .down: away = x.isNegative
        case .up: away = !x.isNegative
        case .towardZero: away = false
        case .halfAwayFromZero: away = rest + rest >= unit
        }
        return Decimal(isNegative: x.isNegative, magnitude: away ? whole + Magnitude(1) : whole, exponent: 0).value
    }

    private static func decimal(_ value: Value) -> Decimal {
        guard let decimal = Decimal(value) else { preconditionFailure("arithmetic on a \(value.kind.name)") }
        return decimal
    }

    private static func sum(_ a: Decimal, _ b: Decimal, negateSecond: Bool) throws(ArithmeticError) -> Decimal {
        let place = min(a.exponent, b.exponent)
        guard abs(a.exponent - b.exponent) <= Decimal.placesMax else { throw .outOfRange }
        let x = a.scaled(to: place)
        let y = b.scaled(to: place)
        let secondIsNegative = b.isNegative != negateSecond
        if a.isNegative == secondIsNegative {
            return try checked(Decimal(isNegative: a.isNegative, magnitude: x + y, exponent: place))
        }
        return x >= y
            ? Decimal(isNegative: a.isNegative, magnitude: x - y, exponent: place)
            : Decimal(isNegative: secondIsNegative, magnitude: y - x, exponent: place)
    }

    private static func checked(_ result: Decimal) throws(ArithmeticError) -> Decimal {
        let bitsMax = Decimal.placesMax * 4
        guard abs(result.exponent) <= Decimal.placesMax, result.magnitude.bitWidth <= bitsMax else { throw .outOfRange }
        return result
    }
}
