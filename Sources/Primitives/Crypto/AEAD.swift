// Authenticated encryption with associated data: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03).

internal import CSodium

/// Sealed bytes were changed, cut, moved under another name, or sealed with another key; it cannot be told which.
public struct AuthenticationFailure: Error, Equatable, CustomStringConvertible {
    public init() {}
    public var description: String { "the sealed bytes do not authenticate under this key, nonce and associated data" }
}

public enum AEAD {
    /// XChaCha20-Poly1305: its 24-byte nonce is long enough to be drawn at random for every message under one key.
    public enum XChaCha20Poly1305 {
        public static let keyByteCount = 32
        public static let nonceByteCount = 24
        /// The authenticator that follows the ciphertext.
        public static let tagByteCount = 16

        /// Appends ciphertext and tag, `plaintext.count + tagByteCount` bytes, to `output`.
        /// - Parameters:
        ///   - nonce: 24 bytes, never used twice with this key.
        ///   - key: 32 bytes.
        public static func seal(
            _ plaintext: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer, nonce: [UInt8],
            key: SecretKey, appendingTo output: inout [UInt8]
        ) {
            precondition(nonce.count == nonceByteCount, "a nonce of \(nonce.count) bytes instead of \(nonceByteCount)")
            Sodium.prepare()
            let keyPointer = key.pointer(expecting: keyByteCount, for: "XChaCha20-Poly1305")
            let sealedCount = plaintext.count + tagByteCount
            // Written once into fresh memory and copied: filling the place with zeroes first costs more than that.
            let sealed = [UInt8](unsafeUninitializedCapacity: sealedCount) { target, count in
                _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                    target.baseAddress!, nil, bytes(plaintext), UInt64(plaintext.count), bytes(associatedData),
                    UInt64(associatedData.count), nil, nonce, keyPointer)
                count = sealedCount
            }
            output.append(contentsOf: sealed)
            withExtendedLifetime(key) {}
        }

        public static func seal(
            _ plaintext: [UInt8], associatedData: [UInt8], nonce: [UInt8], key: SecretKey
        ) -> [UInt8] {
            var output: [UInt8] = []
            output.reserveCapacity(plaintext.count + tagByteCount)
            plaintext.withUnsafeBytes { plaintext in
                associatedData.withUnsafeBytes {
                    seal(plaintext, associatedData: $0, nonce: nonce, key: key, appendingTo: &output)
                }
            }
            return output
        }

        /// The plaintext of `sealed` (ciphertext and tag).
        /// - Throws: `AuthenticationFailure` if anything differs from what was sealed, also for a nonce of another
        ///   length, which can come from outside.
        public static func open(
            _ sealed: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
            key: SecretKey
        ) throws(AuthenticationFailure) -> [UInt8] {
            guard let plaintext = opened(sealed, associatedData: associatedData, nonce: nonce, key: key) else {
                throw AuthenticationFailure()
            }
            return plaintext
        }

        /// As above, over arrays.
        public static func open(
            _ sealed: [UInt8], associatedData: [UInt8], nonce: [UInt8], key: SecretKey
        ) throws(AuthenticationFailure) -> [UInt8] {
            let plaintext = sealed.withUnsafeBytes { sealed in
                associatedData.withUnsafeBytes { associatedData in
                    nonce.withUnsafeBytes { opened(sealed, associatedData: associatedData, nonce: $0, key: key) }
                }
            }
            guard let plaintext else { throw AuthenticationFailure() }
            return plaintext
        }

        private static func opened(
            _ sealed: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer,
            key: SecretKey
        ) -> [UInt8]? {
            guard sealed.count >= tagByteCount, nonce.count == nonceByteCount else { return nil }
            Sodium.prepare()
            let keyPointer = key.pointer(expecting: keyByteCount, for: "XChaCha20-Poly1305")
            var isAuthentic = false
            let plaintextCount = sealed.count - tagByteCount
            // One byte more than needed: an empty array has no address to give.
            let plaintext = [UInt8](unsafeUninitializedCapacity: plaintextCount + 1) { target, count in
                isAuthentic =
                    crypto_aead_xchacha20poly1305_ietf_decrypt(
                        target.baseAddress!, nil, nil, bytes(sealed)!, UInt64(sealed.count), bytes(associatedData),
                        UInt64(associatedData.count), bytes(nonce)!, keyPointer) == 0
                count = isAuthentic ? plaintextCount : 0
            }
            withExtendedLifetime(key) {}
            return isAuthentic ? plaintext : nil
        }

        private static func bytes(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
            buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        }
    }
}
