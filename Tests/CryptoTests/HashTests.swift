// Hashes and checksums against the published answers of their standards.

import Crypto
import Testing

@Suite("Hashes and checksums")
struct HashTests {
    /// FIPS 180-4's examples, as NIST publishes them with intermediate values.
    @Test(
        "SHA-256 gives the published digests",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func sha256KnownAnswers(message: String, digest: String) {
        #expect(SHA256.hash([UInt8](message.utf8)).hexadecimal == digest)
    }

    @Test("a million letters in uneven pieces give FIPS 180-4's digest")
    func sha256InPieces() {
        var hash = SHA256()
        var left = 1_000_000
        var piece = 1
        while left > 0 {
            let count = min(piece, left)
            hash.update([UInt8](repeating: UInt8(ascii: "a"), count: count))
            left -= count
            piece = piece * 3 % 4099 + 1
        }
        #expect(hash.finish().hexadecimal == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("finishing does not end a computation, and a copy goes its own way")
    func sha256IsAValue() {
        var hash = SHA256()
        hash.update([UInt8]("a".utf8))
        var copy = hash
        #expect(hash.finish() == SHA256.hash([UInt8]("a".utf8)))
        hash.update(byte: UInt8(ascii: "b"))
        copy.update(byte: UInt8(ascii: "c"))
        #expect(hash.finish() == SHA256.hash([UInt8]("ab".utf8)))
        #expect(copy.finish() == SHA256.hash([UInt8]("ac".utf8)))
    }

    @Test("a digest survives bytes and hexadecimal, and nothing else becomes one")
    func digestConversions() {
        let digest = SHA256.hash([1, 2, 3])
        #expect(Digest32(digest.bytes) == digest)
        #expect(Digest32(hexadecimal: digest.hexadecimal) == digest)
        #expect(Digest32(hexadecimal: digest.hexadecimal.uppercased()) == digest)
        #expect(Digest32([UInt8](repeating: 0, count: 31)) == nil)
        #expect(Digest32([UInt8](repeating: 0, count: 33)) == nil)
        #expect(Digest32(hexadecimal: String(digest.hexadecimal.dropLast())) == nil)
        #expect(Digest32(hexadecimal: String(repeating: "g", count: 64)) == nil)
        #expect(Digest32.zero.bytes == [UInt8](repeating: 0, count: 32))
    }

    static let crc32cAnswers: [([UInt8], UInt32)] = [
        ([UInt8]("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        ([UInt8](0..<32), 0x46DD_794E),
        ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
        ([], 0),
    ]

    /// RFC 3720, appendix B.4, prints the bytes of the checksum in little-endian order; "123456789" is the check
    /// value of the catalogues.
    @Test(
        "CRC-32C gives RFC 3720's checksums",
        arguments: crc32cAnswers)
    func crc32cKnownAnswers(bytes: [UInt8], checksum: UInt32) {
        #expect(CRC32C.checksum(bytes) == checksum)
    }

    @Test("CRC-32C over any split, from any alignment, equals the plain bit-by-bit definition")
    func crc32cSplits() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let bytes = (0..<300).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
        bytes.withUnsafeBytes { all in
            for start in 0..<9 {
                for end in stride(from: start, through: all.count, by: 7) {
                    let expected = Self.bitwise(all[start..<end])
                    let middle = (start + end) / 2
                    let first = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: all[start..<middle]))
                    let both = CRC32C.checksum(
                        UnsafeRawBufferPointer(rebasing: all[middle..<end]), continuing: first)
                    #expect(both == expected)
                }
            }
        }
    }

    private static func bitwise(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1
            }
        }
        return ~crc
    }

    /// RFC 7693's own example has no key; this one is from the BLAKE2 reference's list of keyed BLAKE2b-256 as
    /// computed by Python's hashlib: blake2b(bytes(range(n)), key=bytes(range(32)), digest_size=32).
    @Test(
        "BLAKE2b-256 with a key equals hashlib's",
        arguments: [
            (0, "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d"),
            (3, "e14fc9161564dd081204f2dd6146a9ffbef66f95d5dc80e0a225e213c09dad7b"),
            (200, "a39ff6e7e838226fd50e24a55375ff3a39419fd93e32cc463f3f74323291c425"),
        ])
    func keyedHash(count: Int, digest: String) {
        var keyBytes = [UInt8](0..<32)
        let key = SecretKey(moving: &keyBytes)
        #expect(KeyedHash.hash([UInt8]((0..<count).map(UInt8.init)), key: key).hexadecimal == digest)
    }
}
