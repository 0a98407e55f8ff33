// The 128-bit keyed hash of a name, by which the store knows it. ContextKeys makes it.

/// 16 bytes of a keyed hash. Ordered as its text is: by the bytes.
public struct NameHash: Sendable, Hashable, Comparable {
    public static let byteCount = 16
    /// How many bytes its text has.
    public static let textCount = 22

    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The first 16 bytes of `bytes`, big-endian.
    public init(bytes: some Sequence<UInt8>) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var count = 0
        for byte in bytes.prefix(Self.byteCount) {
            if count < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
            count += 1
        }
        precondition(count == Self.byteCount, "a name's hash has \(Self.byteCount) bytes, not \(count)")
        self.init(high: high, low: low)
    }

    public static func < (a: NameHash, b: NameHash) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// Appends the 22 characters that stand for the hash in the store: base 64 as of RFC 4648 §5 in spirit, but with the
    /// digits in ASCII order, so that the store's order by bytes is the order of the hashes.
    public func appendText(to bytes: inout [UInt8]) {
        // 128 bits are 21 digits of 6 bits and one of 2.
        bytes.append(Self.digits[Int(high >> 62)])
        for index in 0..<21 {
            let shift = 120 - index * 6
            let digit =
                shift >= 64
                ? high >> UInt64(shift - 64)
                : shift > 58 ? (high << UInt64(64 - shift)) | (low >> UInt64(shift)) : low >> UInt64(shift)
            bytes.append(Self.digits[Int(digit & 63)])
        }
    }

    public var text: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.textCount)
        appendText(to: &bytes)
        return bytes
    }

    /// nil for anything that `appendText` cannot have written.
    public init?(text: some Collection<UInt8>) {
        guard text.count == Self.textCount else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, byte) in text.enumerated() {
            guard let digit = Self.value(of: byte), index > 0 || digit < 4 else { return nil }
            high = high << 6 | low >> 58
            low = low << 6 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    private static let digits: [UInt8] = Array(
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz".utf8)

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "-"): 0
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 1
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A") + 11
        case UInt8(ascii: "_"): 37
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 38
        default: nil
        }
    }
}

/// Where a key lives: its context and itself, both hashed under the owner's key, so that no two owners share one.
public struct ContextKeyID: Sendable, Hashable {
    public let context: NameHash
    public let key: NameHash

    public init(context: NameHash, key: NameHash) {
        self.context = context
        self.key = key
    }
}
