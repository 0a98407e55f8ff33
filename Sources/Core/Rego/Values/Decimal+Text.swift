// Numbers to text and back.

extension Decimal {
    /// A JSON number (also Rego's literal form). Nil when the text is none, or beyond what a number may be.
    static func parse(_ text: some Collection<UInt8>) -> Value? {
        var digits: [UInt8] = []
        var rest = text.makeIterator()
        var next = rest.next()
        let isNegative = next == 45
        if isNegative { next = rest.next() }
        let leading = next
        while let digit = next, isDigit(digit) { digits.append(digit); next = rest.next() }
        guard !digits.isEmpty, digits.count == 1 || leading != 48 else { return nil }
        var places = 0
        if next == 46 {
            next = rest.next()
            while let digit = next, isDigit(digit) { digits.append(digit); places += 1; next = rest.next() }
            guard places > 0 else { return nil }
        }
        var exponent = 0
        if next == 101 || next == 69 {
            next = rest.next()
            let down = next == 45
            if next == 43 || next == 45 { next = rest.next() }
            guard let first = next, isDigit(first) else { return nil }
            while let digit = next, isDigit(digit) {
                exponent = min(exponent * 10 + Int(digit - 48), 1 << 32)
                next = rest.next()
            }
            if down { exponent = -exponent }
        }
        guard next == nil, digits.count <= placesMax else { return nil }
        if places == 0, exponent == 0, digits.count <= 18 {
            var small = 0
            for digit in digits { small = small * 10 + Int(digit - 48) }
            return .int(isNegative ? -small : small)
        }
        let number = Decimal(isNegative: isNegative, magnitude: Magnitude(digits: digits), exponent: exponent - places)
        guard abs(number.exponent) <= placesMax else { return nil }
        return number.value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    /// The number as JSON: plain digits where that is short, an exponent otherwise.
    public var text: String {
        var digits = magnitude.digits
        let point = digits.count + exponent
        var out: [UInt8] = isNegative ? [45] : []
        if exponent >= 0, exponent <= 21 {
            out += digits
            out += [UInt8](repeating: 48, count: exponent)
        } else if exponent < 0, point > 0 {
            out += digits[..<point]
            out.append(46)
            out += digits[point...]
        } else if exponent < 0, point > -7 {
            out += [48, 46]
            out += [UInt8](repeating: 48, count: -point)
            out += digits
        } else {
            out.append(digits.removeFirst())
            if !digits.isEmpty {
                out.append(46)
                out += digits
            }
            out += Array("e\(point - 1)".utf8)
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The nearest double; for builtins that are defined on floating point.
    var double: Double { Double(text) ?? 0 }
}
