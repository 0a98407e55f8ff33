// Sealing, derived keys, comparison and key memory.

import Bytes
import Crypto
import Testing

@Suite("Sealing and keys")
struct SealingTests {
    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    static let plaintext = [UInt8](
        ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
            + "would be it.").utf8)
    static let associatedData: [UInt8] = [0x50, 0x51, 0x52, 0x53, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7]
    static let nonce = [UInt8](0x40...0x57)
    static let sealed =
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
        + "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
        + "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        + "21f9664c97637da9768812f615c68b13b52e" + "c0875924c1c7987947deafd8780acf49"

    static func key() -> SecretKey {
        var bytes = [UInt8](0x80...0x9F)
        return SecretKey(moving: &bytes)
    }

    private typealias Cipher = AEAD.XChaCha20Poly1305

    @Test("XChaCha20-Poly1305 seals and opens the draft's example")
    func knownAnswer() throws {
        let key = Self.key()
        let sealed = Cipher.seal(Self.plaintext, associatedData: Self.associatedData, nonce: Self.nonce, key: key)
        #expect(Hexadecimal.encode(sealed) == Self.sealed)
        let opened = try Cipher.open(sealed, associatedData: Self.associatedData, nonce: Self.nonce, key: key)
        #expect(opened == Self.plaintext)
    }

    @Test("any changed bit of ciphertext, tag, associated data or nonce, and another key, are refused")
    func changesAreRefused() throws {
        let key = Self.key()
        let sealed = try #require(Hexadecimal.decode(Self.sealed))
        let data = Self.associatedData
        let nonce = Self.nonce
        for bit in 0..<sealed.count * 8 {
            let changed = Self.flipping(bit, of: sealed)
            #expect(throws: AuthenticationFailure.self) {
                try Cipher.open(changed, associatedData: data, nonce: nonce, key: key)
            }
        }
        for bit in 0..<data.count * 8 {
            let changed = Self.flipping(bit, of: data)
            #expect(throws: AuthenticationFailure.self) {
                try Cipher.open(sealed, associatedData: changed, nonce: nonce, key: key)
            }
        }
        for bit in 0..<nonce.count * 8 {
            let changed = Self.flipping(bit, of: nonce)
            #expect(throws: AuthenticationFailure.self) {
                try Cipher.open(sealed, associatedData: data, nonce: changed, key: key)
            }
        }
        #expect(throws: AuthenticationFailure.self) {
            try Cipher.open(sealed, associatedData: data, nonce: nonce, key: .random())
        }
    }

    @Test("every cut, and nonces of another length, are refused")
    func cutsAreRefused() throws {
        let key = Self.key()
        let sealed = try #require(Hexadecimal.decode(Self.sealed))
        for count in 0..<sealed.count {
            #expect(throws: AuthenticationFailure.self) {
                try Cipher.open(
                    Array(sealed.prefix(count)), associatedData: Self.associatedData, nonce: Self.nonce, key: key)
            }
        }
        for count in [0, 12, 23, 25] {
            #expect(throws: AuthenticationFailure.self) {
                try Cipher.open(
                    sealed, associatedData: Self.associatedData, nonce: [UInt8](repeating: 0, count: count), key: key)
            }
        }
    }

    @Test("empty and long messages come back, appended behind what was there")
    func lengths() throws {
        let key = SecretKey.random()
        for count in [0, 1, 63, 64, 65, 100_000] {
            let message = RandomBytes.make(count: count)
            let nonce = RandomBytes.make(count: Cipher.nonceByteCount)
            var output: [UInt8] = nonce
            message.withUnsafeBytes { message in
                [UInt8]().withUnsafeBytes {
                    Cipher.seal(message, associatedData: $0, nonce: nonce, key: key, appendingTo: &output)
                }
            }
            #expect(output.count == 24 + count + 16)
            #expect(Array(output.prefix(24)) == nonce)
            #expect(try Cipher.open(Array(output.dropFirst(24)), associatedData: [], nonce: nonce, key: key) == message)
        }
    }

    /// crypto_kdf is BLAKE2b with the number as salt and the purpose as personalisation; these are hashlib's answers for
    /// the master key 00 01 … 1f.
    @Test(
        "derived keys equal BLAKE2b's with salt and personalisation",
        arguments: [
            (UInt64(0), 32, "3defab378c0a229c54a0d2d4ead2f58822439c2b77f0066fdb8c41ee5cb043a6"),
            (UInt64(1), 32, "d509a3ac48beef1dbe03e334d53e6c752542b5ae0ee2733b5c56818276cc03b0"),
            (
                UInt64(UInt64.max), 64,
                "0fd2f0e2045742d1a31a1cbac8fcba1c9cb5d2fbe3ac4e8d0d3d23f92886f964"
                    + "746140cfef0367400f76a6ba52b997e5f13f6f32648b08cc877b9a074d94b9bf"
            ),
        ])
    func derivedKeys(number: UInt64, byteCount: Int, expected: String) {
        var bytes = [UInt8](0..<32)
        let master = SecretKey(moving: &bytes)
        let key = KeyDerivation.derive(from: master, purpose: "ctxvalue", number: number, byteCount: byteCount)
        #expect(key.withUnsafeBytes { Hexadecimal.encode($0) } == expected)
        let other = KeyDerivation.derive(from: master, purpose: "ctxnames", number: number, byteCount: byteCount)
        #expect(other.withUnsafeBytes { Hexadecimal.encode($0) } != expected)
    }

    @Test("comparison sees every difference and length")
    func comparison() {
        let bytes = RandomBytes.make(count: 32)
        #expect(ConstantTime.areEqual(bytes, bytes))
        #expect(ConstantTime.areEqual([], []))
        #expect(!ConstantTime.areEqual(bytes, Array(bytes.dropLast())))
        for bit in 0..<256 {
            #expect(!ConstantTime.areEqual(bytes, Self.flipping(bit, of: bytes)))
        }
    }

    @Test("hundreds of keys live at once, more than a small RLIMIT_MEMLOCK would lock")
    func manyKeys() {
        let keys = (0..<600).map { _ in SecretKey.random() }
        let distinct = Set(keys.map { $0.withUnsafeBytes { [UInt8]($0) } })
        #expect(distinct.count == keys.count)
    }

    @Test("hexadecimal refuses odd lengths and other letters")
    func hexadecimal() {
        #expect(Hexadecimal.decode("") == [])
        #expect(Hexadecimal.decode("00fFA0") == [0, 255, 160])
        #expect(Hexadecimal.decode("0") == nil)
        #expect(Hexadecimal.decode("0x") == nil)
        #expect(Hexadecimal.decode("é0") == nil)
        #expect(Hexadecimal.encode([0, 255, 160]) == "00ffa0")
    }

    private static func flipping(_ bit: Int, of bytes: [UInt8]) -> [UInt8] {
        var changed = bytes
        changed[bit / 8] ^= 1 << (bit % 8)
        return changed
    }
}
