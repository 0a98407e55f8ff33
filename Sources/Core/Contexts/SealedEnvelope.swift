// How sealed bytes look in the store: an envelope that names its algorithm.

/// format (1 byte) ‖ algorithm (1) ‖ nonce ‖ ciphertext ‖ tag
public struct SealedEnvelope: Sendable, Equatable {
    public static let format: UInt8 = 1

    public var algorithm: SealAlgorithm
    public var nonce: ArraySlice<UInt8>
    /// With the tag at its end.
    public var ciphertext: ArraySlice<UInt8>

    /// nil for bytes that are no envelope of a known format and algorithm.
    public init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count >= 2, bytes[bytes.startIndex] == Self.format,
            let algorithm = SealAlgorithm(rawValue: bytes[bytes.startIndex + 1]),
            bytes.count >= 2 + algorithm.nonceCount + algorithm.tagCount
        else { return nil }
        let split = bytes.startIndex + 2 + algorithm.nonceCount
        self.algorithm = algorithm
        nonce = bytes[(bytes.startIndex + 2)..<split]
        ciphertext = bytes[split...]
    }

    /// The tag of a sealed envelope: it stands for the very bytes that were sealed.
    public static func tag(of envelope: ArraySlice<UInt8>) -> ArraySlice<UInt8> { envelope.suffix(16) }
}

/// Which algorithm sealed an envelope. The number stands in the store for ever.
public enum SealAlgorithm: UInt8, Sendable {
    case xChaCha20Poly1305 = 1

    public var nonceCount: Int { 24 }
    public var tagCount: Int { 16 }
}
