// Quotients. OPA divides in binary floating point with a 64-bit mantissa and prints the shortest decimal that reads
// back as the same number; a policy that moves here must see the same digits.

enum BinaryQuotient {
    /// `a / b` rounded half to even at 64 bits, then to the shortest decimal within half a unit of the last place
    /// (the "shortest" rule of Go's math/big `Text('g', -1)`). `b` must not be zero.
    static func divide(_ a: Decimal, by b: Decimal) -> Decimal {
        if a.magnitude.isZero { return Decimal(0) }
        let isNegative = a.isNegative != b.isNegative
        let shift = a.exponent - b.exponent
        let numerator = shift > 0 ? a.magnitude * Magnitude.powerOfTen(shift) : a.magnitude
        let denominator = shift < 0 ? b.magnitude * Magnitude.powerOfTen(-shift) : b.magnitude
        let (whole, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
        if rest.isZero { return Decimal(isNegative: isNegative, magnitude: whole, exponent: 0) }
        let (mantissa, exponent) = mantissa64(numerator, denominator)
        return shortest(isNegative: isNegative, mantissa: mantissa, exponent: exponent)
    }

    /// `numerator / denominator` as `mantissa × 2^exponent` with 64 bits of mantissa, half to even.
    private static func mantissa64(_ numerator: Magnitude, _ denominator: Magnitude) -> (Magnitude, Int) {
        // Scale so that the integer quotient has 64 or 65 bits.
        let scale = 65 - (numerator.bitWidth - denominator.bitWidth)
        let n = scale > 0 ? numerator << scale : numerator
        let d = scale < 0 ? denominator << -scale : denominator
        var (quotient, rest) = n.quotientAndRemainder(dividingBy: d)
        let extra = quotient.bitWidth - 64
        let dropped = quotient - ((quotient >> extra) << extra)
        let half = Magnitude(1) << (extra - 1)
        quotient = quotient >> extra
        if dropped > half || (dropped == half && (!rest.isZero || quotient.isOdd)) {
            quotient = quotient + Magnitude(1)
        }
        rest = Magnitude(0)
        return (quotient, extra - scale)
    }

    /// The shortest decimal strictly between the neighbours' midpoints (or on them, when the mantissa is even).
    private static func shortest(isNegative: Bool, mantissa: Magnitude, exponent: Int) -> Decimal {
        // In units of a quarter of the last place: the value is 4m, its bounds 4m ± 2.
        let four = mantissa << 2
        let lower = four - Magnitude(2)
        let upper = four + Magnitude(2)
        let inclusive = !mantissa.isOdd
        let two = exponent - 2
        // value = four × 2^two. Bring everything to integers over a power of ten that grows digit by digit.
        for places in 1...40 {
            let exponent10 = leadingPlace(four, two) - places
            let (scaleUp, divisor) = scale(two, exponent10)
            let (down, rest) = (four * scaleUp).quotientAndRemainder(dividingBy: divisor)
            let up = down + Magnitude(1)
            let low = lower * scaleUp
            let high = upper * scaleUp
            let downFits = down * divisor > low || (inclusive && down * divisor == low)
            let upFits = up * divisor < high || (inclusive && up * divisor == high)
            guard downFits || upFits else { continue }
            let roundUp = upFits && (!downFits || rest + rest > divisor || (rest + rest == divisor && down.isOdd))
            return Decimal(isNegative: isNegative, magnitude: roundUp ? up : down, exponent: exponent10)
        }
        preconditionFailure("64 bits need at most 20 decimal digits")
    }

    /// `(multiplier, divisor)` with `x × 2^two / 10^ten == x × multiplier / divisor`.
    private static func scale(_ two: Int, _ ten: Int) -> (Magnitude, Magnitude) {
        var multiplier = Magnitude(1)
        var divisor = Magnitude(1)
        if two >= 0 { multiplier = multiplier << two } else { divisor = divisor << -two }
        if ten >= 0 {
            divisor = divisor * Magnitude.powerOfTen(ten)
        } else {
            multiplier = multiplier * Magnitude.powerOfTen(-ten)
        }
        return (multiplier, divisor)
    }

    /// How many digits stand before the decimal point (negative for zeros after it), or one more.
    private static func leadingPlace(_ magnitude: Magnitude, _ two: Int) -> Int {
        // log10(2) ≈ 0.30103; one place too many only costs one more turn of the loop.
        let bits = magnitude.bitWidth + two
        return bits >= 0 ? bits * 30_103 / 100_000 + 1 : -((-bits) * 30_103 / 100_000)
    }
}
