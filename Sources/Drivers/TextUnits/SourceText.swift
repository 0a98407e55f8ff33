// Input bytes made safe to work on: valid UTF-8, not empty, within bounds, as an array of scalars.

/// What is wrong with the bytes a caller sent. The description is meant for that caller.
public enum SourceTextError: Error, Equatable, CustomStringConvertible {
    /// There is no letter and no digit in it.
    case empty
    /// The offset of the first byte that is not part of valid UTF-8.
    case notUTF8(offset: Int)
    case tooLarge(byteCount: Int, bytesMax: Int)

    public var description: String {
        switch self {
        case .empty: "the text is empty: it holds no letter and no digit"
        case .notUTF8(let offset): "the text is not valid UTF-8: the first bad byte is at offset \(offset)"
        case .tooLarge(let count, let most): "the text has \(count) bytes; at most \(most) are taken"
        }
    }
}

/// A text as scalars, so that every later step can index it in constant time.
public struct SourceText: Sendable {
    /// 8 MiB: twice the frame limit would never arrive, and four bytes a scalar stay well inside a driver's memory.
    public static let bytesMax = 8 << 20

    public let scalars: [Unicode.Scalar]

    public init(_ bytes: [UInt8]) throws(SourceTextError) {
        guard bytes.count <= Self.bytesMax else {
            throw .tooLarge(byteCount: bytes.count, bytesMax: Self.bytesMax)
        }
        let scalars = try Self.decode(bytes)
        guard scalars.contains(where: { $0.isWordScalar }) else { throw .empty }
        self.scalars = scalars
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    /// The first `scalarsMax` scalars, ended after the last blank line in them, or after the last blank; the whole text where it
    /// is not longer.
    public func beginning(scalarsMax: Int) -> SourceText {
        guard scalars.count > scalarsMax else { return self }
        let head = scalars[..<scalarsMax]
        var end = scalarsMax
        for index in head.indices.dropFirst().reversed() where head[index] == "\n" && head[index - 1] == "\n" {
            end = index
            break
        }
        if end == scalarsMax, let blank = head.lastIndex(where: { $0.isBlank }) { end = blank }
        let part = Array(head[..<end])
        return part.contains { $0.isWordScalar } ? SourceText(scalars: part) : self
    }

    private static func decode(_ bytes: [UInt8]) throws(SourceTextError) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(bytes.count)
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                // A byte-order mark at the start says nothing about the text.
                let scalar = Unicode.UTF8.decode(encoded)
                if scalar != "\u{FEFF}" || offset > 0 { scalars.append(scalar) }
                offset += encoded.count
            case .emptyInput: return scalars
            case .error: throw .notUTF8(offset: offset)
            }
        }
    }
}

extension Unicode.Scalar {
    /// A letter or a digit of any script. ASCII is answered without the Unicode tables.
    @inlinable
    var isWordScalar: Bool {
        if value < 128 { return isASCIILetter || isASCIIDigit }
        return properties.isAlphabetic || properties.numericType == .decimal
    }

    @inlinable
    var isASCIIDigit: Bool { value >= 48 && value <= 57 }

    @inlinable
    var isASCIILetter: Bool { (value | 32) >= 97 && (value | 32) <= 122 }

    @inlinable
    var isUpper: Bool {
        if value < 128 { return value >= 65 && value <= 90 }
        return properties.isUppercase || properties.generalCategory == .titlecaseLetter
    }

    @inlinable
    var isLower: Bool {
        if value < 128 { return value >= 97 && value <= 122 }
        return properties.isLowercase
    }

    /// White space and control characters: neither may reach an output.
    @inlinable
    var isBlank: Bool {
        if value < 128 { return value <= 32 || value == 127 }
        return properties.isWhitespace || (value >= 0x80 && value < 0xA0) || value == 0x200B || value == 0xFEFF
    }

    /// Scripts that write words without spaces between them: each scalar counts as a word.
    @inlinable
    var isIdeographic: Bool {
        (0x3040...0x30FF).contains(value) || (0x3400...0x4DBF).contains(value) || (0x4E00...0x9FFF).contains(value)
            || (0x20000...0x3FFFF).contains(value)
    }
}
