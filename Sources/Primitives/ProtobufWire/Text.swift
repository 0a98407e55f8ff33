// A proto3 string: valid UTF-8, compared byte by byte. Swift's String compares by canonical equivalence, so that "é" and
// "e" with a combining accent are equal: two keys that differ in Redis and in a policy would be one key in the kernel.

/// A UTF-8 text that is equal to another only if all bytes are, and is ordered by its bytes.
@frozen
public struct Text: Sendable {
    /// The text as Swift's own type. Comparing two of these is not the same as comparing two texts.
    public let string: String

    @inlinable
    public init(_ string: String) {
        self.string = string
    }

    @inlinable
    public init() {
        string = ""
    }

    /// A copy of `bytes`, or nil where they are not well-formed UTF-8 (Unicode 15, table 3-7). Up to 15 bytes are kept
    /// without an allocation.
    @inlinable
    public init?(validating bytes: UnsafeRawBufferPointer) {
        // By way of UTF8Span: String(validating:as:) gives the same, but unspecialised, for four times the instructions.
        let string = bytes.withMemoryRebound(to: UInt8.self) { buffer -> String? in
            guard let valid = try? UTF8Span(validating: buffer.span) else { return nil }
            return String(copying: valid)
        }
        guard let string else { return nil }
        self.string = string
    }

    @inlinable
    public var utf8Count: Int { string.utf8.count }

    @inlinable
    public var isEmpty: Bool { string.isEmpty }

    /// Gives `body` the bytes of the text, which are valid only until it returns.
    @inlinable
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = string.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
            return result
        }
        return Array(string.utf8).withUnsafeBytes(body)
    }
}

extension Text: Hashable {
    @inlinable
    public static func == (left: Text, right: Text) -> Bool {
        guard left.utf8Count == right.utf8Count else { return false }
        return left.withBytes { leftBytes in right.withBytes { equalBytes(leftBytes, $0) } }
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: $0) }
        // No byte of UTF-8 is 0xFF: it ends the text, so that ("a", "bc") and ("ab", "c") differ.
        hasher.combine(0xFF as UInt8)
    }
}

extension Text: Comparable {
    /// The order of the bytes, which for UTF-8 is the order of the code points.
    @inlinable
    public static func < (left: Text, right: Text) -> Bool {
        left.withBytes { leftBytes in right.withBytes { leftBytes.lexicographicallyPrecedes($0) } }
    }
}

extension Text: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    @inlinable
    public init(stringLiteral value: String) {
        string = value
    }
}

extension Text: CustomStringConvertible, CustomDebugStringConvertible {
    @inlinable
    public var description: String { string }
    public var debugDescription: String { string.debugDescription }
}

/// Compares two buffers of the same length eight bytes at a time.
@inlinable
func equalBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    var offset = 0
    while offset + 8 <= left.count {
        let leftWord = left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        guard leftWord == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self) else { return false }
        offset += 8
    }
    while offset < left.count {
        guard left[offset] == right[offset] else { return false }
        offset += 1
    }
    return true
}
