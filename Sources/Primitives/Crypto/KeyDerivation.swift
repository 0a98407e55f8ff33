// Many keys from one: libsodium's crypto_kdf, BLAKE2b with the number as salt and the purpose as personalisation.

internal import CSodium

public enum KeyDerivation {
    /// Bytes of the master key.
    public static let masterKeyByteCount = 32
    /// Letters of a purpose.
    public static let purposeByteCount = 8

    /// The key number `number` for `purpose`. Other numbers and purposes give unrelated keys, and none of them leads
    /// back to the master key.
    /// - Parameters:
    ///   - purpose: exactly eight ASCII letters, a constant of the program (`"ctxvalue"`).
    ///   - byteCount: 16 to 64.
    public static func derive(
        from master: SecretKey, purpose: StaticString, number: UInt64,
        byteCount: Int = SecretKey.standardByteCount
    ) -> SecretKey {
        precondition(purpose.utf8CodeUnitCount == purposeByteCount, "a purpose has eight letters: \(purpose)")
        precondition((16...64).contains(byteCount), "a derived key of \(byteCount) bytes")
        Sodium.prepare()
        let source = master.pointer(expecting: masterKeyByteCount, for: "key derivation")
        let key = SecretKey(byteCount: byteCount) { target in
            purpose.utf8Start.withMemoryRebound(to: CChar.self, capacity: purposeByteCount) { context in
                _ = crypto_kdf_derive_from_key(target, byteCount, number, context, source)
            }
        }
        withExtendedLifetime(master) {}
        return key
    }
}
