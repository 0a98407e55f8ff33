// SHA-256 (FIPS 180-4), in one go or piece by piece, without allocating.

internal import CSodium

/// A SHA-256 computation in progress. A value: a copy continues on its own.
public struct SHA256: Sendable {
    private var state = crypto_hash_sha256_state()

    public init() {
        crypto_hash_sha256_init(&state)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        crypto_hash_sha256_update(&state, base.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(byte: UInt8) {
        withUnsafeBytes(of: byte) { update($0) }
    }

    public mutating func update(_ digest: Digest32) {
        digest.withUnsafeBytes { update($0) }
    }

    /// The digest of everything so far; the computation itself can go on.
    public func finish() -> Digest32 {
        var last = state
        return Digest32(filledBy: { crypto_hash_sha256_final(&last, $0) })
    }

    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest32 {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    public static func hash(_ bytes: [UInt8]) -> Digest32 {
        bytes.withUnsafeBytes { hash($0) }
    }
}
