// Ed25519 against RFC 8032's answers, and against everything that must not verify.

import Bytes
import Crypto
import Testing

@Suite("Ed25519")
struct SignatureTests {
    struct Vector: Sendable, CustomStringConvertible {
        let name: String
        let seed: String
        let publicKey: String
        let message: String
        let signature: String
        var description: String { name }
    }

    /// RFC 8032, section 7.1.
    static let vectors = [
        Vector(
            name: "TEST 1", seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
            signature:
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        Vector(
            name: "TEST 2", seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
            signature:
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        Vector(
            name: "TEST 3", seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
            signature:
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
        Vector(
            name: "TEST SHA(abc)", seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            publicKey: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            message:
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            signature:
                "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
                + "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
    ]

    @Test("keys, signatures and verification are RFC 8032's", arguments: vectors)
    func knownAnswers(vector: Vector) throws {
        var seed = try #require(Hexadecimal.decode(vector.seed))
        let message = try #require(Hexadecimal.decode(vector.message))
        let pair = Ed25519.KeyPair(seed: SecretKey(moving: &seed))
        #expect(seed == [UInt8](repeating: 0, count: 32), "the caller's copy is erased")
        #expect(pair.publicKey.hexadecimal == vector.publicKey)
        let signature = pair.sign(message)
        #expect(Hexadecimal.encode(signature) == vector.signature)
        #expect(Ed25519.verify(signature, of: message, by: pair.publicKey))
    }

    @Test("any changed bit of message, signature or key is refused")
    func changesAreRefused() throws {
        let pair = Ed25519.KeyPair(seed: SecretKey.random())
        let message = [UInt8]("the head of the journal".utf8)
        let signature = pair.sign(message)
        for bit in 0..<message.count * 8 {
            var changed = message
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!Ed25519.verify(signature, of: changed, by: pair.publicKey))
        }
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!Ed25519.verify(changed, of: message, by: pair.publicKey))
        }
        for bit in 0..<256 {
            var changed = pair.publicKey.bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!Ed25519.verify(signature, of: message, by: try #require(Ed25519.PublicKey(changed))))
        }
    }

    @Test("signatures of other lengths, all zeroes, and keys of small order verify nothing")
    func malformedIsRefused() throws {
        let pair = Ed25519.KeyPair(seed: SecretKey.random())
        let signature = pair.sign([1])
        #expect(!Ed25519.verify([], of: [1], by: pair.publicKey))
        #expect(!Ed25519.verify(Array(signature.dropLast()), of: [1], by: pair.publicKey))
        #expect(!Ed25519.verify(signature + [0], of: [1], by: pair.publicKey))
        #expect(!Ed25519.verify([UInt8](repeating: 0, count: 64), of: [1], by: pair.publicKey))
        // The identity: for it R = identity, S = 0 would satisfy the bare equation on every message.
        let identity = [1] + [UInt8](repeating: 0, count: 31)
        let forged = identity + [UInt8](repeating: 0, count: 32)
        #expect(!Ed25519.verify(forged, of: [1], by: try #require(Ed25519.PublicKey(identity))))
        #expect(Ed25519.PublicKey([1, 2, 3]) == nil)
    }
}
