// Ed25519 signatures (RFC 8032): a key pair from a 32-byte seed, sign, verify.

internal import CSodium

public enum Ed25519 {
    public static let publicKeyByteCount = 32
    public static let signatureByteCount = 64

    /// Who signed. Any 32 bytes can be held; a point that is no valid key verifies nothing.
    public struct PublicKey: Hashable, Sendable {
        public let digest: Digest32

        /// Nil unless there are exactly 32 bytes.
        public init?(_ bytes: UnsafeRawBufferPointer) {
            guard let digest = Digest32(bytes) else { return nil }
            self.digest = digest
        }

        /// Nil unless there are exactly 32 bytes.
        public init?(_ bytes: [UInt8]) {
            guard let digest = Digest32(bytes) else { return nil }
            self.digest = digest
        }

        init(digest: Digest32) {
            self.digest = digest
        }

        public var bytes: [UInt8] { digest.bytes }
        public var hexadecimal: String { digest.hexadecimal }
    }

    /// A private key and the public one that belongs to it.
    public final class KeyPair: Sendable {
        /// libsodium's 64 bytes: the seed, then the public key.
        private let secret: SecretKey
        public let publicKey: PublicKey

        /// The key pair that RFC 8032, section 5.1.5, derives from a seed of 32 bytes.
        public init(seed: SecretKey) {
            Sodium.prepare()
            let source = seed.pointer(expecting: Int(crypto_sign_SEEDBYTES), for: "Ed25519")
            var publicBytes = [UInt8](repeating: 0, count: publicKeyByteCount)
            secret = SecretKey(byteCount: Int(crypto_sign_SECRETKEYBYTES)) { target in
                crypto_sign_seed_keypair(&publicBytes, target, source)
            }
            withExtendedLifetime(seed) {}
            publicKey = PublicKey(publicBytes)!
        }

        /// The 64 bytes of the signature; the same message always gives the same ones.
        public func sign(_ message: UnsafeRawBufferPointer) -> [UInt8] {
            let key = secret.pointer(expecting: Int(crypto_sign_SECRETKEYBYTES), for: "Ed25519")
            return [UInt8](unsafeUninitializedCapacity: signatureByteCount) { signature, count in
                crypto_sign_detached(
                    signature.baseAddress!, nil, message.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    UInt64(message.count), key)
                count = signatureByteCount
            }
        }

        public func sign(_ message: [UInt8]) -> [UInt8] {
            message.withUnsafeBytes { sign($0) }
        }
    }

    /// True when `publicKey`'s owner signed exactly this message. Signatures of another length, malleable ones
    /// and keys of small order are refused.
    public static func verify(
        _ signature: UnsafeRawBufferPointer, of message: UnsafeRawBufferPointer, by publicKey: PublicKey
    ) -> Bool {
        guard signature.count == signatureByteCount else { return false }
        Sodium.prepare()
        return publicKey.digest.withUnsafeBytes { key in
            crypto_sign_verify_detached(
                signature.baseAddress!.assumingMemoryBound(to: UInt8.self),
                message.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(message.count),
                key.baseAddress!.assumingMemoryBound(to: UInt8.self)) == 0
        }
    }

    public static func verify(_ signature: [UInt8], of message: [UInt8], by publicKey: PublicKey) -> Bool {
        signature.withUnsafeBytes { signature in
            message.withUnsafeBytes { verify(signature, of: $0, by: publicKey) }
        }
    }
}
