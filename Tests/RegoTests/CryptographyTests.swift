// Hashes, keys and networks; and that no key or token, however made, does harm.

import Foundation
import Rego
import Testing

private func evaluate(_ expression: String, _ members: [String: String]) throws -> String? {
    try RegoTests.evaluate(expression, input: .object(members: members.map { ($0.key, .string($0.value)) }))
}

@Suite struct CryptographyTests {
    @Test(arguments: [
        // FIPS 180-4, RFC 1321, RFC 2202 and RFC 4231 have these.
        ("crypto.md5(\"\")", "d41d8cd98f00b204e9800998ecf8427e"),
        ("crypto.sha1(\"abc\")", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("crypto.sha256(\"abc\")", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("crypto.hmac.md5(\"what do ya want for nothing?\", \"Jefe\")", "750c783e6ab0b503eaa86e310a5db738"),
        ("crypto.hmac.sha1(\"what do ya want for nothing?\", \"Jefe\")", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            "crypto.hmac.sha256(\"what do ya want for nothing?\", \"Jefe\")",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        // An empty key and an empty message.
        ("crypto.hmac.sha256(\"\", \"\")", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ("substring(crypto.hmac.sha512(\"\", \"\"), 0, 16)", "b936cee86c9f87aa"),
    ])
    func hashes(_ expression: String, _ wanted: String) throws {
        #expect(try RegoTests.evaluate(expression) == "\"\(wanted)\"")
    }

    @Test(arguments: [
        ("\"a\", \"a\"", "true"), ("\"a\", \"b\"", "false"), ("\"a\", \"ab\"", "false"), ("\"\", \"\"", "true"),
        ("\"é\", \"e\u{301}\"", "false"),
    ])
    func comparesBytes(_ arguments: String, _ wanted: String) throws {
        #expect(try RegoTests.evaluate("crypto.hmac.equal(\(arguments))") == wanted)
    }

    // MARK: Private keys

    @Test(arguments: ["rsa", "ec256", "ec384", "ec521", "ed"])
    func privateKeysBecomeWebKeys(_ key: String) throws {
        let pem = try #require(TokenFixtures.privateKeys[key])
        let wanted = try Value(json: try #require(TokenFixtures.privateWebKeys[key])).description
        let base64 = Data(pem.utf8).base64EncodedString()
        #expect(try evaluate("crypto.x509.parse_rsa_private_key(input.key)", ["key": pem]) == wanted)
        #expect(try evaluate("crypto.x509.parse_rsa_private_key(input.key)", ["key": base64]) == wanted)
        #expect(try evaluate("count(crypto.parse_private_keys(input.key))", ["key": pem + "\n" + pem]) == "2")
    }

    @Test(arguments: [("rsa PKCS #1", "rsa"), ("ec256 SEC 1", "ec256")])
    func theOlderFormsSayTheSame(_ old: String, _ new: String) throws {
        let members = [
            "a": try #require(TokenFixtures.privateKeys[old]), "b": try #require(TokenFixtures.privateKeys[new]),
        ]
        for name in ["crypto.x509.parse_rsa_private_key", "crypto.parse_private_keys"] {
            #expect(try evaluate("\(name)(input.a) == \(name)(input.b)", members) == "true")
        }
    }

    @Test func privateKeysHaveTheNumbersOfTheirWebKeys() throws {
        let members = ["key": try #require(TokenFixtures.privateKeys["rsa"])]
        #expect(try evaluate("crypto.parse_private_keys(input.key)[0].E", members) == "65537")
        let product = "[x | k := crypto.parse_private_keys(input.key)[0]; x := product(k.Primes) == k.N][0]"
        #expect(try evaluate(product, members) == "true")
        #expect(
            try evaluate("[x | k := crypto.parse_private_keys(input.key)[0]; some x, _ in k]", members)
                == "[\"D\", \"E\", \"N\", \"Precomputed\", \"Primes\"]")
    }

    @Test(arguments: [
        ("crypto.parse_private_keys(\"\")", "null"), ("crypto.parse_private_keys(\"none\")", "[]"),
        ("crypto.x509.parse_rsa_private_key(\"\")", "nil"), ("crypto.x509.parse_rsa_private_key(\"!\")", "nil"),
        ("crypto.x509.parse_rsa_private_key(\"YQ==\")", "null"),
        ("crypto.parse_private_keys(\"-----BEGIN PRIVATE KEY-----\\nYQ==\\n-----END PRIVATE KEY-----\\n\")", "nil"),
    ])
    func whatHoldsNoKey(_ expression: String, _ wanted: String) throws {
        #expect(try RegoTests.evaluate(expression) ?? "nil" == wanted)
    }

    // MARK: Networks

    @Test(arguments: [
        // However an address of version 4 is written, it is the same.
        ("net.cidr_contains(\"10.0.0.0/8\", \"::ffff:10.1.2.3\")", "true"),
        ("net.cidr_contains(\"10.0.0.0/8\", \"::ffff:a01:203\")", "true"),
        ("net.cidr_contains(\"::ffff:10.0.0.0/104\", \"10.1.2.3\")", "true"),
        ("net.cidr_contains(\"10.0.0.0/8\", \"::ffff:11.0.0.1\")", "false"),
        ("net.cidr_contains(\"::/0\", \"10.0.0.1\")", "false"),
        ("net.cidr_intersects(\"::ffff:0:0/96\", \"192.0.2.0/24\")", "true"),
        ("net.cidr_expand(\"::ffff:192.0.2.0/127\")", "{\"192.0.2.0\", \"192.0.2.1\"}"),
        ("net.cidr_contains(\"10.0.0.0/8\", \"10.0.0.01\")", "nil"), ("net.cidr_is_valid(\"10.0.0.0/33\")", "false"),
        ("net.cidr_is_valid(\"fe80::1%eth0/64\")", "false"), ("net.cidr_is_valid(\"::ffff:1.2.3.4/128\")", "true"),
        ("net.cidr_contains_matches(\"10.0.0.0/8\", [\"10.0.0.1\", \"11.0.0.1\"])", "{[\"10.0.0.0/8\", 0]}"),
        ("net.cidr_contains_matches([], [1])", "set()"), ("net.cidr_contains_matches([\"x\"], [])", "set()"),
        ("net.cidr_merge({\"10.0.0.0/25\", \"10.0.0.128/25\", \"10.0.1.0/24\"})", "{\"10.0.0.0/23\"}"),
        ("net.cidr_merge([\"192.0.2.7\"])", "{\"192.0.2.7/24\"}"), ("net.cidr_merge([])", "set()"),
        ("net.cidr_merge([\"192.0.2.7\", \"192.0.2.8\"])", "{\"192.0.2.0/24\"}"),
        ("net.cidr_merge([\"::1\"])", "nil"), ("net.cidr_merge([1])", "nil"),
    ])
    func networks(_ expression: String, _ wanted: String) throws {
        #expect(try RegoTests.evaluate(expression) ?? "nil" == wanted)
    }

    @Test(arguments: ["net.cidr_expand(\"::/0\")", "net.cidr_expand(\"0.0.0.0/0\")", "net.cidr_expand(\"0.0.0.0/8\")"])
    func listsNoMoreAddressesThanTheBudgetHas(_ expression: String) throws {
        #expect(try RegoTests.evaluate(expression) == "eval_cancel_error")
    }

    // MARK: Hostile input

    /// A sequence that is the same each time (xorshift).
    private struct Chance: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// Bytes changed, removed, doubled, cut.
    private static func spoil(_ bytes: [UInt8], _ chance: inout Chance) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &chance) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &chance)
            switch Int.random(in: 0..<5, using: &chance) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
            case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &chance)!
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: bytes[place..<min(place + 8, bytes.count)], at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
        return bytes
    }

    private static func pem(_ label: String, _ bytes: [UInt8]) -> String {
        "-----BEGIN \(label)-----\n\(Data(bytes).base64EncodedString())\n-----END \(label)-----\n"
    }

    private static func bytes(_ pem: String) -> [UInt8] {
        let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
        return Array(Data(base64Encoded: lines.joined()) ?? Data())
    }

    @Test(arguments: ["rsa", "ec256", "ed"])
    func aSpoiltKeyVerifiesOnlyWhereTheKeyIsWhole(_ key: String) throws {
        var chance = Chance(state: 0x5EED)
        let entry = try #require(TokenFixtures.tokens.last { $0.key == key })
        let verify = "io.jwt.verify_\(entry.algorithm.lowercased())(input.token, input.key)"
        let sources = [
            ("CERTIFICATE", Self.bytes(try #require(TokenFixtures.certificates[key]))),
            ("PUBLIC KEY", Self.bytes(try #require(TokenFixtures.publicKeys[key]))),
        ]
        for (label, whole) in sources {
            for _ in 0..<300 {
                let spoilt = Self.spoil(whole, &chance)
                let answer = try evaluate(verify, ["token": entry.token, "key": Self.pem(label, spoilt)])
                // A certificate may be spoilt around its key.
                if label == "PUBLIC KEY", spoilt != whole { #expect(answer != "true") }
            }
            for end in 0..<whole.count {
                let cut = Self.pem(label, Array(whole[..<end]))
                #expect(try evaluate(verify, ["token": entry.token, "key": cut]) == nil)
            }
        }
    }

    @Test(arguments: TokenFixtures.privateKeys.keys.sorted())
    func aSpoiltPrivateKeyDoesNoHarm(_ key: String) throws {
        var chance = Chance(state: 0xBAD)
        let pem = try #require(TokenFixtures.privateKeys[key])
        let label = String(pem.split(separator: "\n")[0].dropFirst(11).dropLast(5))
        let whole = Self.bytes(pem)
        let algorithm = ["r": "RS256", "e": key == "ed" ? "EdDSA" : "ES256"][key.prefix(1)] ?? ""
        let sign =
            "io.jwt.encode_sign({\"alg\": \"\(algorithm)\"}, {}, crypto.x509.parse_rsa_private_key(input.key))"
        for _ in 0..<300 {
            let spoilt = Self.pem(label, Self.spoil(whole, &chance))
            _ = try evaluate(sign, ["key": spoilt])
            _ = try evaluate("crypto.parse_private_keys(input.key)", ["key": spoilt])
        }
    }

    @Test func aSpoiltWebKeyDoesNoHarm() throws {
        var chance = Chance(state: 0xCAFE)
        for (key, text) in TokenFixtures.privateWebKeys.sorted(by: { $0.key < $1.key }) {
            let algorithm = ["rsa": "PS256", "ec256": "ES256", "ec384": "ES384", "ec521": "ES512"][key] ?? "EdDSA"
            let sign = "io.jwt.encode_sign_raw(`{\"alg\": \"\(algorithm)\"}`, `{}`, input.key)"
            for _ in 0..<200 {
                let spoilt = String(decoding: Self.spoil(Array(text.utf8), &chance), as: UTF8.self)
                _ = try evaluate(sign, ["key": spoilt])
            }
        }
    }

    @Test(arguments: [
        // Numbers that are none of a key: zero, one, even, tiny, and exponents that cost time.
        ("AA", "AQAB"), ("AQ", "AQAB"), ("gA", "AQAB"), (String(repeating: "A", count: 172), "AQAB"),
        (String(repeating: "_", count: 170) + "g", "AQAB"), (String(repeating: "_", count: 172), "AA"),
        (String(repeating: "_", count: 172), "Ag"), (String(repeating: "_", count: 172), "AQ"),
        (String(repeating: "_", count: 172), String(repeating: "_", count: 172)),
        (String(repeating: "_", count: 40_000), "AQAB"),
    ])
    func noNumberOfAnRSAKeyDoesHarm(_ modulus: String, _ exponent: String) throws {
        let key = "{\"kty\": \"RSA\", \"n\": \"\(modulus)\", \"e\": \"\(exponent)\"}"
        let token = TokenFixtures.tokens[3].token
        let answer = try evaluate("io.jwt.verify_rs256(input.token, input.key)", ["token": token, "key": key])
        #expect(answer == "false")
        let secret =
            key.dropLast()
            + ", \"d\": \"AQ\", \"p\": \"AA\", \"q\": \"AA\", \"dp\": \"AA\", \"dq\": \"AA\", \"qi\": \"AA\"}"
        let sign = "io.jwt.encode_sign_raw(`{\"alg\": \"RS256\"}`, `{}`, input.key)"
        #expect(try evaluate(sign, ["key": String(secret)]) == nil)
    }

    /// Signing with an exponent or a prime of a megabyte would take minutes.
    @Test(arguments: ["d", "p", "q", "dp", "dq", "qi"])
    func noSecretNumberIsLongerThanTheModulus(_ name: String) throws {
        let key = try #require(TokenFixtures.privateWebKeys["rsa"])
        let long = String(repeating: "_", count: 1 << 20)
        let sign = "io.jwt.encode_sign({\"alg\": \"RS256\"}, {}, object.union(\(key), {\"\(name)\": input.long}))"
        #expect(try evaluate(sign, ["long": "_w"]) != nil || name == "d" || name == "p" || name == "q")
        #expect(try evaluate(sign, ["long": long]) == nil)
    }

    @Test func aSpoiltTokenNeverVerifies() throws {
        var chance = Chance(state: 0x70CE)
        for entry in TokenFixtures.tokens {
            let constraint = entry.key == "secret" ? "secret" : "cert"
            let text = entry.key == "secret" ? TokenFixtures.secret : TokenFixtures.webKeys[entry.key] ?? ""
            let call =
                "io.jwt.decode_verify(input.token, {\"\(constraint)\": input.key, \"aud\": \"cam\", \"time\": 1500000000000})"
            let wanted = try #require(try evaluate(call, ["token": entry.token, "key": text]))
            for _ in 0..<100 {
                let spoilt = String(decoding: Self.spoil(Array(entry.token.utf8), &chance), as: UTF8.self)
                let answer = try evaluate(call, ["token": spoilt, "key": text])
                // Bits beyond the last byte of a signature count for nothing, in Go's base64 as in this.
                #expect(answer == nil || answer == "[false, {}, {}]" || answer == wanted)
            }
        }
    }

    @Test func threadsVerifyBesideEachOther() throws {
        let failures = Failures()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for entry in TokenFixtures.tokens {
                let text = TokenFixtures.publicKeys[entry.key] ?? TokenFixtures.secret
                let verify = "io.jwt.verify_\(entry.algorithm.lowercased())(input.token, input.key)"
                let answer = try? evaluate(verify, ["token": entry.token, "key": text])
                if answer != "true" { failures.add(entry.algorithm) }
            }
        }
        #expect(failures.names.isEmpty)
    }

    @Test func aLargeKeyTakesOfTheBudget() throws {
        let key = "{\"kty\": \"RSA\", \"n\": \"\(String(repeating: "_", count: 2730))\", \"e\": \"AQAB\"}"
        let query = try CompiledPolicy(modules: []).prepare(entry: "io.jwt.verify_rs256(input.token, input.key)")
        let input = Value.object(members: [
            ("token", .string(TokenFixtures.tokens[3].token)), ("key", .string(key)),
        ])
        #expect(query.evaluate(input: input, budget: Budget(steps: 10_000)).error?.code == .cancel)
        #expect(query.evaluate(input: input).value == .bool(false))
    }
}

/// `@unchecked Sendable`: the lock guards the names.
private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [String] = []

    func add(_ name: String) { lock.withLock { list.append(name) } }
    var names: [String] { lock.withLock { list } }
}
