// JSON text to values (RFC 8259), without Foundation: numbers stay exact and depth is bounded.

/// What was wrong with a JSON text, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String
    /// Byte offset into the text.
    public let offset: Int

    public var description: String { "JSON: \(message) at byte \(offset)" }
}

extension Value {
    /// Parses one JSON value that fills the whole text. Of two equal keys the later one wins, as in OPA.
    public init(json text: String) throws(JSONError) {
        try self.init(json: Array(text.utf8))
    }

    public init(json bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        self = try reader.readDocument()
    }
}

struct JSONReader {
    /// Deeper nesting is refused: comparing and printing values recurse as deep as the values are.
    static let depthMax = 512

    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func readDocument() throws(JSONError) -> Value {
        let value = try readValue()
        skipSpace()
        guard at == bytes.count else { throw error("unexpected text after the value") }
        return value
    }

    private func error(_ message: String) -> JSONError { JSONError(message: message, offset: at) }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 32 || bytes[at] == 10 || bytes[at] == 13 || bytes[at] == 9 { at += 1 }
    }

    private mutating func readValue() throws(JSONError) -> Value {
        skipSpace()
        guard at < bytes.count else { throw error("unexpected end") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try nested { reader throws(JSONError) in try reader.readObject() }
        case UInt8(ascii: "["): return try nested { reader throws(JSONError) in try reader.readArray() }
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        default: return try readNumber()
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        guard depth < JSONReader.depthMax else { throw error("nested deeper than \(JSONReader.depthMax)") }
        depth += 1
        at += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func readWord(_ word: StaticString, _ value: Value) throws(JSONError) -> Value {
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[at...].starts(with: expected) else { throw error("expected \(word)") }
        at += expected.count
        return value
    }

    private mutating func readNumber() throws(JSONError) -> Value {
        let start = at
        scan: while at < bytes.count {
            switch bytes[at] {
            case 48...57, 43, 45, 46, 69, 101: at += 1
            default: break scan
            }
        }
        guard start < at else { throw error("expected a value") }
        guard let value = Decimal.parse(bytes[start..<at]) else {
            at = start
            throw error("not a number, or one beyond \(Decimal.placesMax) places")
        }
        return value
    }

    private mutating func readArray() throws(JSONError) -> Value {
        var elements: [Value] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            elements.append(try readValue())
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw error("expected , or ]") }
        }
    }

    private mutating func readObject() throws(JSONError) -> Value {
        var members: [(Value, Value)] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .emptyObject }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw error("expected a member's name") }
            let key = Value.string(try readString())
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("expected :") }
            members.append((key, try readValue()))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(ObjectValue(replacing: members)) }
            guard take(UInt8(ascii: ",")) else { throw error("expected , or }") }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    /// Stands on the opening quote.
    private mutating func readString() throws(JSONError) -> String {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 32 {
            at += 1
        }
        if take(UInt8(ascii: "\"")) { return try text(bytes[start..<(at - 1)], from: start) }
        var decoded = Array(bytes[start..<at])
        while true {
            guard at < bytes.count else { throw error("string without end") }
            let byte = bytes[at]
            if byte < 32 { throw error("control character in a string") }
            at += 1
            if byte == UInt8(ascii: "\"") { return try text(decoded[...], from: start) }
            if byte == UInt8(ascii: "\\") { try readEscape(into: &decoded) } else { decoded.append(byte) }
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw JSONError(message: "string is not UTF-8", offset: start)
        }
        return text
    }

    private mutating func readEscape(into decoded: inout [UInt8]) throws(JSONError) {
        guard at < bytes.count else { throw error("string without end") }
        let byte = bytes[at]
        at += 1
        if let plain = JSONReader.unescaped(byte) {
            decoded.append(plain)
            return
        }
        guard byte == UInt8(ascii: "u") else { throw error("unknown escape") }
        var scalar = UInt32(try readHex4())
        if scalar >= 0xD800, scalar < 0xDC00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
            bytes[at + 1] == UInt8(ascii: "u")
        {
            let before = at
            at += 2
            let low = UInt32(try readHex4())
            if low >= 0xDC00, low < 0xE000 {
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
            } else {
                at = before
            }
        }
        // A lone surrogate has no UTF-8 form; Go, and so OPA, puts the replacement character.
        decoded += Array(String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    }

    private mutating func readHex4() throws(JSONError) -> UInt16 {
        guard at + 4 <= bytes.count else { throw error("\\u needs four hexadecimal digits") }
        var value: UInt16 = 0
        for byte in bytes[at..<(at + 4)] {
            guard let digit = JSONReader.hexDigit(byte) else { throw error("\\u needs four hexadecimal digits") }
            value = value << 4 | UInt16(digit)
        }
        at += 4
        return value
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    /// The byte that a one-letter escape stands for.
    static func unescaped(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: nil
        }
    }
}
