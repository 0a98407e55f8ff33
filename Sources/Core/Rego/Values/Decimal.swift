// Decimal numbers of any size, exact: what a Rego number is when a machine word cannot hold it.

/// A number `±magnitude × 10^exponent`. Canonical: the magnitude is not divisible by ten, zero has exponent zero; so
/// equal numbers have equal parts, and `3.50` is `3.5`.
public final class Decimal: Sendable, Hashable {
    let isNegative: Bool
    let magnitude: Magnitude
    let exponent: Int

    /// Digits a number may have between its first and last place, and how far its exponent may go. Beyond that a
    /// literal is refused and arithmetic fails, so that `1e999999999 + 1` cannot eat the machine's memory.
    static let placesMax = 10_000

    init(isNegative: Bool, magnitude: Magnitude, exponent: Int) {
        var reduced = magnitude
        var exponent = exponent
        if reduced.isZero { exponent = 0 }
        while !reduced.isZero {
            var tenth = reduced
            guard tenth.divide(by: 10) == 0 else { break }
            reduced = tenth
            exponent += 1
        }
        self.isNegative = isNegative && !reduced.isZero
        self.magnitude = reduced
        self.exponent = exponent
    }

    convenience init(_ value: Int) {
        self.init(isNegative: value < 0, magnitude: Magnitude(UInt64(value.magnitude)), exponent: 0)
    }

    /// Any number; nil for what is not one.
    convenience init?(_ value: Value) {
        switch value {
        case .int(let int): self.init(int)
        case .decimal(let decimal):
            self.init(isNegative: decimal.isNegative, magnitude: decimal.magnitude, exponent: decimal.exponent)
        default: return nil
        }
    }

    /// The canonical value: a machine word when it fits.
    var value: Value {
        if let int { return .int(int) }
        return .decimal(self)
    }

    var isInteger: Bool { exponent >= 0 }

    /// The number when it is an integer that fits a machine word.
    var int: Int? {
        guard exponent >= 0, exponent < 20, let small = scaled(to: 0).small else { return nil }
        if isNegative { return small <= UInt64(Int.max) + 1 ? Int(truncatingIfNeeded: 0 &- small) : nil }
        return small <= UInt64(Int.max) ? Int(small) : nil
    }

    /// The magnitude in units of `10^place`; requires `place <= exponent`.
    func scaled(to place: Int) -> Magnitude {
        exponent == place ? magnitude : magnitude * Magnitude.powerOfTen(exponent - place)
    }

    public static func == (a: Decimal, b: Decimal) -> Bool {
        a.exponent == b.exponent && a.isNegative == b.isNegative && a.magnitude == b.magnitude
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(isNegative)
        hasher.combine(exponent)
        hasher.combine(magnitude)
    }

    func compare(_ other: Decimal) -> Int {
        if isNegative != other.isNegative { return isNegative ? -1 : 1 }
        let order = compareMagnitude(other)
        return isNegative ? -order : order
    }

    private func compareMagnitude(_ other: Decimal) -> Int {
        if magnitude.isZero || other.magnitude.isZero {
            return magnitude.isZero ? (other.magnitude.isZero ? 0 : -1) : 1
        }
        // The place of the leading digit decides without scaling, so that 1e400 and 1e-400 compare at once.
        let mine = magnitude.digits.count + exponent
        let theirs = other.magnitude.digits.count + other.exponent
        if mine != theirs { return mine < theirs ? -1 : 1 }
        let place = min(exponent, other.exponent)
        let a = scaled(to: place)
        let b = other.scaled(to: place)
        return a < b ? -1 : a == b ? 0 : 1
    }
}
