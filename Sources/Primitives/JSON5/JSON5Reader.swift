// Reads JSON5 (https://spec.json5.org, version 1.0.0) by recursive descent. Stricter in one point: a name may stand
// only once in an object.

extension JSON5Value {
    /// Reads a whole document.
    ///
    /// - Parameter depthMax: how many arrays and objects may be inside each other.
    public init(json5 text: String, depthMax: Int = 32) throws(JSON5Error) {
        var reader = JSON5Reader(text, depthMax: depthMax)
        self = try reader.document()
    }
}

struct JSON5Reader {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    /// Where each line begins, for positions.
    private let lineStarts: [Int]
    private let depthMax: Int

    init(_ text: String, depthMax: Int) {
        let scalars = Array(text.unicodeScalars)
        self.scalars = scalars
        lineStarts = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
        self.depthMax = depthMax
    }

    mutating func document() throws(JSON5Error) -> JSON5Value {
        try skipSpace()
        let value = try value(depth: 0)
        try skipSpace()
        guard index == scalars.count else { throw unexpected("the end of the document") }
        return value
    }

    private mutating func value(depth: Int) throws(JSON5Error) -> JSON5Value {
        guard let scalar = peek else { throw unexpected("a value") }
        switch scalar {
        case "{": return .object(try members(depth: depth + 1))
        case "[": return .array(try elements(depth: depth + 1))
        case "\"", "'": return .text(try quoted())
        case "+", "-", ".", "0"..."9", "I", "N": return try number()
        default: break
        }
        let start = index
        switch try name(or: "a value") {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        case let word: throw error("expected a value, found '\(word)'; a text stands in quotes", at: start)
        }
    }

    private mutating func members(depth: Int) throws(JSON5Error) -> [JSON5Member] {
        try checkDepth(depth)
        index += 1
        var members: [JSON5Member] = []
        while true {
            try skipSpace()
            if take("}") { return members }
            let start = index
            let name = peek == "\"" || peek == "'" ? try quoted() : try name(or: "a name or '}'")
            if let first = members.first(where: { $0.name == name }) {
                throw error("'\(name)' is set already, at \(first.position)", at: start)
            }
            try skipSpace()
            guard take(":") else { throw unexpected("':' after the name '\(name)'") }
            try skipSpace()
            members.append(JSON5Member(name: name, value: try value(depth: depth), position: position(of: start)))
            try skipSpace()
            if take(",") { continue }
            guard peek == "}" else { throw unexpected("',' or '}'") }
        }
    }

    private mutating func elements(depth: Int) throws(JSON5Error) -> [JSON5Value] {
        try checkDepth(depth)
        index += 1
        var elements: [JSON5Value] = []
        while true {
            try skipSpace()
            if take("]") { return elements }
            elements.append(try value(depth: depth))
            try skipSpace()
            if take(",") { continue }
            guard peek == "]" else { throw unexpected("',' or ']'") }
        }
    }

    private func checkDepth(_ depth: Int) throws(JSON5Error) {
        guard depth <= depthMax else { throw error("more than \(depthMax) levels of nesting", at: index) }
    }

    // MARK: Words and numbers

    private mutating func name(or expected: String) throws(JSON5Error) -> String {
        var word = String.UnicodeScalarView()
        while let scalar = peek, Self.isPartOfName(scalar, first: word.isEmpty) {
            word.append(scalar)
            index += 1
        }
        guard !word.isEmpty else { throw unexpected(expected) }
        return String(word)
    }

    private static func isPartOfName(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
        if scalar == "$" || scalar == "_" { return true }
        return first ? scalar.properties.isIDStart : scalar.properties.isIDContinue
    }

    private mutating func number() throws(JSON5Error) -> JSON5Value {
        let start = index
        let negative = take("-")
        if !negative { _ = take("+") }
        var word = ""
        while let scalar = peek, scalar.properties.isIDContinue || scalar == "." || isExponentSign(scalar, after: word)
        {
            word.unicodeScalars.append(scalar)
            index += 1
        }
        guard let value = Self.number(word, negative: negative) else {
            throw error("'\(word)' is not a number", at: start)
        }
        return value
    }

    private func isExponentSign(_ scalar: Unicode.Scalar, after word: String) -> Bool {
        (scalar == "+" || scalar == "-") && !word.hasPrefix("0x") && !word.hasPrefix("0X")
            && (word.last == "e" || word.last == "E")
    }

    private static func number(_ word: String, negative: Bool) -> JSON5Value? {
        if word == "Infinity" { return .number(negative ? -.infinity : .infinity) }
        if word == "NaN" { return .number(.nan) }
        let lower = word.lowercased()
        if lower.hasPrefix("0x") {
            let digits = (negative ? "-" : "") + lower.dropFirst(2)
            return lower.dropFirst(2).allSatisfy(\.isHexDigit) ? Int(digits, radix: 16).map { .integer($0) } : nil
        }
        let isDecimal = lower.unicodeScalars.allSatisfy {
            ("0"..."9").contains($0) || ".e+-".unicodeScalars.contains($0)
        }
        let hasLeadingZero = lower.count > 1 && lower.first == "0" && lower.dropFirst().first?.isNumber == true
        guard isDecimal, lower.first != "e", !hasLeadingZero else { return nil }
        if let integer = Int((negative ? "-" : "") + lower) { return .integer(integer) }
        // JSON5 lets the digits before or after the point be missing; Swift's parser does not.
        let padded = lower.hasPrefix(".") ? "0" + lower : lower.replacing(".e", with: ".0e")
        return Double(padded.hasSuffix(".") ? padded + "0" : padded).map { .number(negative ? -$0 : $0) }
    }

    // MARK: Quoted texts

    private mutating func quoted() throws(JSON5Error) -> String {
        let start = index
        let quote = scalars[index]
        index += 1
        var text = String.UnicodeScalarView()
        while let scalar = peek {
            index += 1
            switch scalar {
            case quote: return String(text)
            case "\\": if let escaped = try escape() { text.append(escaped) }
            case "\n", "\r": throw error("a text must end on its line, or continue it with '\\'", at: index - 1)
            default: text.append(scalar)
            }
        }
        throw error("a text that begins here has no closing quote", at: start)
    }

    /// The scalar that an escape stands for; nothing for an escaped end of line.
    private mutating func escape() throws(JSON5Error) -> Unicode.Scalar? {
        guard let scalar = peek else { throw unexpected("a character after '\\'") }
        index += 1
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "v": return "\u{B}"
        case "0" where !(peek.map { ("0"..."9").contains($0) } ?? false): return "\0"
        case "0"..."9": throw error("'\\\(scalar)' is no escape of JSON5", at: index - 2)
        case "x": return Unicode.Scalar(try hexadecimal(digits: 2))
        case "u": return try unicodeEscape()
        case "\r":
            _ = take("\n")
            return nil
        case "\n", "\u{2028}", "\u{2029}": return nil
        default: return scalar
        }
    }

    private mutating func unicodeEscape() throws(JSON5Error) -> Unicode.Scalar {
        let start = index - 2
        let first = try hexadecimal(digits: 4)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\"), take("u") else { throw error("half of a surrogate pair", at: start) }
        let second = try hexadecimal(digits: 4)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw error("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func hexadecimal(digits: Int) throws(JSON5Error) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = peek.flatMap({ Character($0).hexDigitValue }) else {
                throw unexpected("a hexadecimal digit")
            }
            value = value << 4 + UInt32(digit)
            index += 1
        }
        return value
    }

    // MARK: Space, and where we are

    private mutating func skipSpace() throws(JSON5Error) {
        while let scalar = peek {
            if scalar.properties.isWhitespace || scalar == "\u{FEFF}" {
                index += 1
            } else if scalar == "/" {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(JSON5Error) {
        let start = index
        index += 1
        if take("/") {
            while let scalar = peek, scalar != "\n", scalar != "\r" { index += 1 }
        } else if take("*") {
            while index + 1 < scalars.count, !(scalars[index] == "*" && scalars[index + 1] == "/") { index += 1 }
            guard index + 1 < scalars.count else { throw error("a comment that begins here has no end", at: start) }
            index += 2
        } else {
            throw error("'/' begins a comment only as '//' or '/*'", at: start)
        }
    }

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }

    private func position(of target: Int) -> DocumentPosition {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= target { low = middle } else { high = middle }
        }
        return DocumentPosition(line: low + 1, column: target - lineStarts[low] + 1)
    }

    private func error(_ problem: String, at index: Int) -> JSON5Error {
        JSON5Error(position: position(of: index), problem: problem)
    }

    private func unexpected(_ expected: String) -> JSON5Error {
        error("expected \(expected), found \(peek.map { "'\($0)'" } ?? "the end of the document")", at: index)
    }
}
