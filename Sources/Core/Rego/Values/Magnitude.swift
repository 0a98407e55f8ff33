// Natural numbers of any size: the slow path of Rego's numbers. Schoolbook algorithms (Knuth, TAOCP volume 2, 4.3.1);
// policies hold numbers of tens of digits, not thousands.

/// A natural number as 32-bit limbs, lowest first, without leading zero limbs.
struct Magnitude: Sendable, Hashable {
    private(set) var limbs: [UInt32]

    init(_ value: UInt64) {
        limbs =
            value == 0
            ? [] : value >> 32 == 0 ? [UInt32(value)] : [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
    }

    init(limbs: [UInt32]) {
        self.limbs = limbs
        while self.limbs.last == 0 { self.limbs.removeLast() }
    }

    /// ASCII digits only; the caller has checked them.
    init(digits: some Sequence<UInt8>) {
        self.init(0)
        var chunk: UInt32 = 0
        var scale: UInt32 = 1
        for digit in digits {
            chunk = chunk * 10 + UInt32(digit &- 48)
            scale *= 10
            if scale == 1_000_000_000 {
                multiplyAdd(scale, chunk)
                chunk = 0
                scale = 1
            }
        }
        if scale > 1 { multiplyAdd(scale, chunk) }
    }

    var isZero: Bool { limbs.isEmpty }
    var isOdd: Bool { limbs.first.map { $0 & 1 == 1 } ?? false }

    var bitWidth: Int {
        guard let top = limbs.last else { return 0 }
        return limbs.count * 32 - top.leadingZeroBitCount
    }

    /// The number itself when it fits 64 bits.
    var small: UInt64? {
        switch limbs.count {
        case 0: 0
        case 1: UInt64(limbs[0])
        case 2: UInt64(limbs[1]) << 32 | UInt64(limbs[0])
        default: nil
        }
    }

    mutating func multiplyAdd(_ factor: UInt32, _ addend: UInt32) {
        var carry = UInt64(addend)
        for index in limbs.indices {
            let product = UInt64(limbs[index]) * UInt64(factor) + carry
            limbs[index] = UInt32(truncatingIfNeeded: product)
            carry = product >> 32
        }
        if carry != 0 { limbs.append(UInt32(carry)) }
        while limbs.last == 0 { limbs.removeLast() }
    }

    /// Divides in place and returns the remainder.
    mutating func divide(by divisor: UInt32) -> UInt32 {
        var remainder: UInt64 = 0
        for index in limbs.indices.reversed() {
            let part = remainder << 32 | UInt64(limbs[index])
            limbs[index] = UInt32(part / UInt64(divisor))
            remainder = part % UInt64(divisor)
        }
        while limbs.last == 0 { limbs.removeLast() }
        return UInt32(remainder)
    }

    static func powerOfTen(_ exponent: Int) -> Magnitude {
        var result = Magnitude(1)
        var left = exponent
        while left >= 9 {
            result.multiplyAdd(1_000_000_000, 0)
            left -= 9
        }
        for _ in 0..<left { result.multiplyAdd(10, 0) }
        return result
    }

    /// Decimal digits as ASCII, "0" for zero.
    var digits: [UInt8] {
        if isZero { return [48] }
        var rest = self
        var reversed: [UInt8] = []
        while !rest.isZero {
            var chunk = rest.divide(by: 1_000_000_000)
            for _ in 0..<9 {
                reversed.append(48 + UInt8(chunk % 10))
                chunk /= 10
            }
        }
        while reversed.last == 48 { reversed.removeLast() }
        return reversed.reversed()
    }
}

extension Magnitude: Comparable {
    static func < (a: Magnitude, b: Magnitude) -> Bool {
        if a.limbs.count != b.limbs.count { return a.limbs.count < b.limbs.count }
        for index in a.limbs.indices.reversed() where a.limbs[index] != b.limbs[index] {
            return a.limbs[index] < b.limbs[index]
        }
        return false
    }

    static func + (a: Magnitude, b: Magnitude) -> Magnitude {
        let (long, short) = a.limbs.count >= b.limbs.count ? (a.limbs, b.limbs) : (b.limbs, a.limbs)
        var sum = long
        var carry: UInt64 = 0
        for index in long.indices {
            let part = UInt64(long[index]) + (index < short.count ? UInt64(short[index]) : 0) + carry
            sum[index] = UInt32(truncatingIfNeeded: part)
            carry = part >> 32
        }
        if carry != 0 { sum.append(UInt32(carry)) }
        return Magnitude(limbs: sum)
    }

    /// Requires `a >= b`.
    static func - (a: Magnitude, b: Magnitude) -> Magnitude {
        var difference = a.limbs
        var borrow: Int64 = 0
        for index in a.limbs.indices {
            var part = Int64(a.limbs[index]) - (index < b.limbs.count ? Int64(b.limbs[index]) : 0) - borrow
            borrow = part < 0 ? 1 : 0
            if part < 0 { part += 1 << 32 }
            difference[index] = UInt32(part)
        }
        precondition(borrow == 0, "a natural number cannot be less than zero")
        return Magnitude(limbs: difference)
    }

    static func * (a: Magnitude, b: Magnitude) -> Magnitude {
        if a.isZero || b.isZero { return Magnitude(0) }
        var product = [UInt32](repeating: 0, count: a.limbs.count + b.limbs.count)
        for i in a.limbs.indices {
            var carry: UInt64 = 0
            for j in b.limbs.indices {
                let part = UInt64(a.limbs[i]) * UInt64(b.limbs[j]) + UInt64(product[i + j]) + carry
                product[i + j] = UInt32(truncatingIfNeeded: part)
                carry = part >> 32
            }
            product[i + b.limbs.count] = UInt32(carry)
        }
        return Magnitude(limbs: product)
    }

    static func << (a: Magnitude, bits: Int) -> Magnitude {
        if a.isZero { return a }
        let (whole, part) = (bits / 32, UInt32(bits % 32))
        var shifted = [UInt32](repeating: 0, count: whole)
        var carry: UInt32 = 0
        for limb in a.limbs {
            shifted.append(limb << part | carry)
            carry = part == 0 ? 0 : limb >> (32 - part)
        }
        shifted.append(carry)
        return Magnitude(limbs: shifted)
    }

    static func >> (a: Magnitude, bits: Int) -> Magnitude {
        let (whole, part) = (bits / 32, UInt32(bits % 32))
        guard whole < a.limbs.count else { return Magnitude(0) }
        var shifted: [UInt32] = []
        for index in whole..<a.limbs.count {
            let next = index + 1 < a.limbs.count && part != 0 ? a.limbs[index + 1] << (32 - part) : 0
            shifted.append(a.limbs[index] >> part | next)
        }
        return Magnitude(limbs: shifted)
    }

    /// Binary long division; `divisor` must not be zero.
    func quotientAndRemainder(dividingBy divisor: Magnitude) -> (quotient: Magnitude, remainder: Magnitude) {
        precondition(!divisor.isZero, "division of a natural number by zero")
        if divisor.limbs.count == 1 {
            var quotient = self
            let remainder = quotient.divide(by: divisor.limbs[0])
            return (quotient, Magnitude(UInt64(remainder)))
        }
        if self < divisor { return (Magnitude(0), self) }
        var remainder = self
        let shift = bitWidth - divisor.bitWidth
        var quotient = [UInt32](repeating: 0, count: shift / 32 + 1)
        var step = divisor << shift
        for bit in stride(from: shift, through: 0, by: -1) {
            if remainder >= step {
                remainder = remainder - step
                quotient[bit / 32] |= 1 << UInt32(bit % 32)
            }
            step = step >> 1
        }
        return (Magnitude(limbs: quotient), remainder)
    }
}
