// SHA-256 (FIPS 180-4), in one go or piece by piece, without allocating. OpenSSL's, for it uses the processor's own
// instructions for it where there are any; libsodium does not.

internal import COpenSSL

/// A SHA-256 computation in progress. A value: a copy continues on its own.
public struct SHA256: Sendable {
    private var state = SHA256_CTX()

    public init() {
        SHA256_Init(&state)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        SHA256_Update(&state, base, bytes.count)
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
        return Digest32(filledBy: { SHA256_Final($0, &last) })
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
