// The natural logarithm without libm, the same to the last bit on every machine.

enum NaturalLogarithm {
    private static let ln2 = 0.693147180559945309417232121458

    /// ln(value) for a finite value > 0, within 1e-14 of the true value: the exponent times ln 2, plus the series
    /// 2·(z + z³/3 + z⁵/5 + …) with z = (m − 1)/(m + 1) for a significand m in [1/√2, √2).
    static func of(_ value: Double) -> Double {
        precondition(value > 0 && value.isFinite, "the logarithm of \(value) is no number")
        var exponent = value.exponent
        var significand = value.significand
        if significand > 1.4142135623730951 {
            significand /= 2
            exponent += 1
        }
        let z = (significand - 1) / (significand + 1)
        let square = z * z
        var power = z
        var sum = 0.0
        var divisor = 1.0
        // |z| < 0.1716, so the term of z³¹ is below 1e-24.
        while divisor < 32 {
            sum += power / divisor
            power *= square
            divisor += 2
        }
        return Double(exponent) * ln2 + 2 * sum
    }
}
