// BLAKE2b (RFC 7693) with a key: names and fingerprints that only the key's owner can compute.

internal import CSodium

public enum KeyedHash {
    /// Bytes a key may have.
    public static let keyByteCounts = 16...64

    /// BLAKE2b-256 of `message` under `key`.
    public static func hash(_ message: UnsafeRawBufferPointer, key: SecretKey) -> Digest32 {
        precondition(
            keyByteCounts.contains(key.byteCount), "BLAKE2b takes a key of 16 to 64 bytes, got \(key.byteCount)")
        Sodium.prepare()
        let digest = Digest32(filledBy: { target in
            _ = crypto_generichash(
                target, Digest32.byteCount, message.baseAddress?.assumingMemoryBound(to: UInt8.self),
                UInt64(message.count), key.pointer(expecting: key.byteCount, for: "BLAKE2b"), key.byteCount)
        })
        withExtendedLifetime(key) {}
        return digest
    }

    public static func hash(_ message: [UInt8], key: SecretKey) -> Digest32 {
        message.withUnsafeBytes { hash($0, key: key) }
    }
}
