// Thirty-two bytes by value: a hash, a tree node, a public key's fingerprint. No allocation, cheap to compare.

internal import Bytes

/// A digest of exactly 32 bytes.
public struct Digest32: Hashable, Sendable {
    public static let byteCount = 32

    /// The bytes in memory order; the words' numeric values mean nothing.
    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// All zero bytes: the head of an empty chain, never the hash of anything known.
    public static let zero = Digest32()

    private init() {
        words = (0, 0, 0, 0)
    }

    /// Copies the bytes. Nil unless there are exactly 32.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init()
        withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
    }

    /// Copies the bytes. Nil unless there are exactly 32.
    public init?(_ bytes: [UInt8]) {
        guard let digest = bytes.withUnsafeBytes({ Digest32($0) }) else { return nil }
        self = digest
    }

    /// Reads 64 hexadecimal digits, of either case. Nil for anything else.
    public init?(hexadecimal: String) {
        guard let bytes = Hexadecimal.decode(hexadecimal) else { return nil }
        self.init(bytes)
    }

    /// Lets `fill` write all 32 bytes.
    init(filledBy fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        self.init()
        withUnsafeMutableBytes { fill($0.baseAddress!.assumingMemoryBound(to: UInt8.self)) }
    }

    @inline(__always)
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    @inline(__always)
    private mutating func withUnsafeMutableBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        Swift.withUnsafeMutableBytes(of: &words, body)
    }

    public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    /// Lower-case hexadecimal, 64 digits.
    public var hexadecimal: String { withUnsafeBytes { Hexadecimal.encode($0) } }

    /// For digests that are public. A secret is compared with `ConstantTime`.
    @inline(__always)
    public static func == (a: Digest32, b: Digest32) -> Bool {
        a.words.0 == b.words.0 && a.words.1 == b.words.1 && a.words.2 == b.words.2 && a.words.3 == b.words.3
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

extension Digest32: CustomStringConvertible {
    public var description: String { hexadecimal }
}
