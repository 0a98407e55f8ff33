// JSON Web Tokens: every algorithm with every form of key, what must never pass, and hostile input.

import Foundation
import Rego
import Testing

/// Evaluates an expression over `input`, whose members are all strings or JSON.
private func evaluate(_ expression: String, _ members: [String: String]) throws -> String? {
    try RegoTests.evaluate(expression, input: .object(members: members.map { ($0.key, .string($0.value)) }))
}

@Suite struct TokenTests {
    private static let payload = "{\"aud\": [\"cam\", \"other\"], \"exp\": 2000, \"iss\": \"me\", \"nbf\": 1000}"

    /// All texts of a public key.
    private static func texts(of key: String) -> [String] {
        [
            TokenFixtures.publicKeys[key], TokenFixtures.certificates[key], TokenFixtures.webKeys[key],
            TokenFixtures.webKeys[key].map { "{\"keys\": [\($0)]}" },
        ].compactMap { $0 }
    }

    @Test(arguments: TokenFixtures.tokens)
    func everyAlgorithmVerifies(algorithm: String, key: String, token: String) throws {
        let verify = "io.jwt.verify_\(algorithm.lowercased())(input.token, input.key)"
        let keys = key == "secret" ? [TokenFixtures.secret] : Self.texts(of: key)
        let wrong = key == "secret" ? ["another"] : TokenFixtures.webKeys.filter { $0.key != key }.map(\.value)
        for text in keys { #expect(try evaluate(verify, ["token": token, "key": text]) == "true") }
        for text in wrong { #expect(try evaluate(verify, ["token": token, "key": text]) == "false") }
        // Another payload, another signature.
        var parts = token.split(separator: ".").map(String.init)
        let signature = parts[2]
        parts[2] = String(signature.reversed())
        let reversed = try evaluate(verify, ["token": parts.joined(separator: "."), "key": keys[0]])
        #expect(reversed != "true")
        parts[2] = signature
        parts[1] = "e30"
        #expect(try evaluate(verify, ["token": parts.joined(separator: "."), "key": keys[0]]) == "false")
    }

    @Test(arguments: TokenFixtures.tokens)
    func decodeVerifyGivesWhatWasSigned(algorithm: String, key: String, token: String) throws {
        let constraint = key == "secret" ? "secret" : "cert"
        let text = key == "secret" ? TokenFixtures.secret : Self.texts(of: key)[0]
        let members = ["token": token, "key": text]
        let call = { (more: String) in
            "io.jwt.decode_verify(input.token, {\"\(constraint)\": input.key, \"time\": 1500000000000, \(more)})"
        }
        let good = "[true, {\"alg\": \"\(algorithm)\", \"typ\": \"JWT\"}, \(Self.payload)]"
        #expect(try evaluate(call("\"aud\": \"cam\""), members) == good)
        #expect(try evaluate(call("\"aud\": \"other\", \"iss\": \"me\", \"alg\": \"\(algorithm)\""), members) == good)
        for bad in [
            "\"aud\": \"else\"", "\"aud\": \"cam\", \"iss\": \"you\"", "\"aud\": \"cam\", \"alg\": \"none\"",
            "\"iss\": \"me\"",
            "\"aud\": \"cam\", \"time\": 2000000000000", "\"aud\": \"cam\", \"time\": 999999999999",
        ] {
            #expect(try evaluate(call(bad), members)?.hasPrefix("[true") != true, "\(bad)")
        }
        let now = "io.jwt.decode_verify(input.token, {\"\(constraint)\": input.key, \"aud\": \"cam\"})"
        #expect(try evaluate(now, members) == "[false, {}, {}]", "the clock of the evaluation stands at 1970")
    }

    @Test(arguments: [
        ("[2000000000000 - 1, 2000000000000, 1000000000000, 1000000000000 - 1]", "[true, false, true, false]")
    ])
    func theLimitsOfTimeAreExact(times: String, wanted: String) throws {
        let call = "io.jwt.decode_verify(input.token, {\"secret\": input.key, \"aud\": \"cam\", \"time\": t})[0]"
        let results = "[x | t := \(times)[_]; x := \(call)]"
        let members = ["token": TokenFixtures.tokens[0].token, "key": TokenFixtures.secret]
        #expect(try evaluate(results, members) == wanted)
    }

    // MARK: What must never pass

    @Test func aPublicKeyIsNoSecret() throws {
        for text in Self.texts(of: "rsa") {
            let members = ["token": TokenFixtures.confused, "key": text]
            #expect(
                try evaluate("io.jwt.decode_verify(input.token, {\"cert\": input.key})", members) == "[false, {}, {}]")
        }
        // With the text as a secret it is what it says.
        let members = ["token": TokenFixtures.confused, "key": TokenFixtures.publicKeys["rsa"] ?? ""]
        #expect(try evaluate("io.jwt.verify_hs256(input.token, input.key)", members) == "true")
    }

    @Test(arguments: [
        // {"alg":"none"}, {"alg":"None"}, {"alg":""}, {}, {"alg":"HS256"} without a signature.
        "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJOb25lIn0.e30.", "eyJhbGciOiIifQ.e30.", "e30.e30.",
        "eyJhbGciOiJIUzI1NiJ9.e30.",
    ])
    func anUnsignedTokenDoesNotVerify(_ token: String) throws {
        for constraint in ["\"secret\": \"x\"", "\"cert\": input.key"] {
            let call = "io.jwt.decode_verify(input.token, {\(constraint)})"
            let members = ["token": token, "key": TokenFixtures.webKeys["rsa"] ?? ""]
            #expect(try evaluate(call, members) == "[false, {}, {}]")
        }
    }

    @Test func whatIsCriticalAndUnknownDoesNotVerify() throws {
        let members = ["token": TokenFixtures.critical, "key": TokenFixtures.publicKeys["rsa"] ?? ""]
        #expect(try evaluate("io.jwt.decode_verify(input.token, {\"cert\": input.key})", members) == "[false, {}, {}]")
        #expect(try evaluate("io.jwt.verify_rs256(input.token, input.key)", members) == "true")
    }

    @Test func theKeyThatIsNamedIsTheOnlyOne() throws {
        func named(_ key: String, _ name: String, _ algorithm: String = "RS256") -> String {
            (TokenFixtures.webKeys[key] ?? "").dropLast() + ",\"kid\":\"\(name)\",\"alg\":\"\(algorithm)\"}"
        }
        let call = "io.jwt.verify_rs256(input.token, input.key)"
        for (keys, wanted) in [
            ([named("rsa", "two")], "true"),
            ([named("rsa2", "one"), named("rsa", "two")], "true"),
            ([named("rsa2", "two"), named("rsa", "one")], "false"),
            ([named("rsa2", "one"), named("rsa", "three")], "true"),
            ([named("rsa", "three", "RS512")], "false"),
            ([named("rsa", "two", "RSA-OAEP"), named("rsa2", "one")], "false"),
            ([named("rsa", "two", "RSA-OAEP"), named("rsa", "one")], "true"),
            ([], "false"),
        ] {
            let members = ["token": TokenFixtures.named, "key": "{\"keys\": [\(keys.joined(separator: ","))]}"]
            #expect(try evaluate(call, members) == wanted, "\(keys)")
        }
    }

    @Test func aSecretKeyVerifiesNothingInPublic() throws {
        let members = ["token": TokenFixtures.tokens[3].token, "key": TokenFixtures.privateWebKeys["rsa"] ?? ""]
        #expect(try evaluate("io.jwt.verify_rs256(input.token, input.key)", members) == "false")
    }

    // MARK: Nested tokens

    @Test func nestedTokensAreOpened() throws {
        let keys = "{\"keys\": [\(TokenFixtures.webKeys["rsa"] ?? ""), \(TokenFixtures.webKeys["ec256"] ?? "")]}"
        let members = ["token": TokenFixtures.nested, "key": keys, "quoted": TokenFixtures.quoted]
        #expect(
            try evaluate("io.jwt.decode_verify(input.token, {\"cert\": input.key})", members)
                == "[true, {\"alg\": \"ES256\", \"typ\": \"JWT\"}, {\"iss\": \"inner\"}]")
        #expect(try evaluate("io.jwt.decode(input.token)[1]", members) == "{\"iss\": \"inner\"}")
        #expect(try evaluate("io.jwt.decode(input.quoted)[1]", members) == "{\"iss\": \"inner\"}")
        let one = ["token": TokenFixtures.nested, "key": TokenFixtures.webKeys["rsa"] ?? ""]
        #expect(try evaluate("io.jwt.decode_verify(input.token, {\"cert\": input.key})", one) == "[false, {}, {}]")
    }

    // MARK: Errors

    @Test(arguments: [
        "io.jwt.decode(\"a\")", "io.jwt.decode(\"a.b\")", "io.jwt.decode(\"a.b.c.d\")", "io.jwt.decode(\"..\")",
        "io.jwt.decode(\"e30.e30.*\")", "io.jwt.decode(\"e30.W10.\")", "io.jwt.decode(\"eyJlbmMiOjF9.e30.\")",
        "io.jwt.decode(\"eyJjdHkiOjF9.e30.\")", "io.jwt.decode_verify(\"e30.e30.\", {})",
        "io.jwt.decode_verify(\"e30.e30.\", {\"secret\": \"\"})", "io.jwt.decode_verify(\"e30.e30.\", {\"secret\": 1})",
        "io.jwt.decode_verify(\"e30.e30.\", {\"secret\": \"a\", \"cert\": \"{\\\"keys\\\": []}\"})",
        "io.jwt.decode_verify(\"e30.e30.\", {\"secret\": \"a\", \"time\": -1})",
        "io.jwt.decode_verify(\"e30.e30.\", {\"secret\": \"a\", \"time\": \"1\"})",
        "io.jwt.decode_verify(\"e30.e30.\", {\"secret\": \"a\", \"sub\": \"x\"})",
        "io.jwt.decode_verify(\"eyJhbGciOjF9.e30.\", {\"secret\": \"a\"})",
        "io.jwt.verify_rs256(\"e30.e30.\", \"\")", "io.jwt.verify_rs256(\"e30.e30.\", \"{}\")",
        "io.jwt.verify_rs256(\"e30.e30.\", \"{\\\"kty\\\":\\\"RSA\\\",\\\"n\\\":\\\"\\\",\\\"e\\\":\\\"AQAB\\\"}\")",
        "io.jwt.encode_sign({\"alg\": \"HS256\"}, {}, {\"kty\": \"RSA\", \"n\": \"AQ\", \"e\": \"AQ\"})",
        "io.jwt.encode_sign({\"alg\": \"none\"}, {}, {\"kty\": \"oct\", \"k\": \"AQ\"})",
        "io.jwt.encode_sign({}, {}, {\"kty\": \"oct\", \"k\": \"AQ\"})",
        "io.jwt.encode_sign({\"alg\": \"HS256\"}, {}, {\"keys\": []})",
        "io.jwt.encode_sign_raw(`{\"alg\": \"HS256\"}`, `{`, `{\"kty\": \"oct\", \"k\": \"AQ\"}`)",
    ])
    func isABuiltinError(_ call: String) throws {
        let query = try CompiledPolicy(modules: []).prepare(entry: call)
        #expect(query.evaluate(input: nil, isStrict: true).error?.code == .builtin)
        #expect(query.evaluate(input: nil).value == nil)
    }

    @Test func whatIsNoTokenOfJSONMayBeSigned() throws {
        let call =
            "io.jwt.encode_sign_raw(`{\"alg\": \"HS256\", \"typ\": \"text\"}`, `{`, `{\"kty\": \"oct\", \"k\": \"AQ\"}`)"
        #expect(try RegoTests.evaluate(call)?.hasPrefix("\"eyJ") == true)
    }

    // MARK: Signing

    @Test(arguments: TokenFixtures.tokens)
    func whatIsSignedVerifies(algorithm: String, key: String, token: String) throws {
        let secret = Data(TokenFixtures.secret.utf8).base64EncodedString()
        let signingKey = TokenFixtures.privateWebKeys[key] ?? "{\"kty\": \"oct\", \"k\": \"\(secret)\"}"
        let sign = "io.jwt.encode_sign({\"alg\": \"\(algorithm)\"}, {\"a\": 1}, json.unmarshal(input.key))"
        let made = try #require(try evaluate(sign, ["key": signingKey])).dropFirst().dropLast()
        let text = key == "secret" ? TokenFixtures.secret : TokenFixtures.publicKeys[key] ?? ""
        let verify = "io.jwt.verify_\(algorithm.lowercased())(input.token, input.key)"
        #expect(try evaluate(verify, ["token": String(made), "key": text]) == "true")
    }

    @Test func anRSAKeyWithoutItsPrimesSigns() throws {
        let whole = try #require(TokenFixtures.privateWebKeys["rsa"])
        let sign = "io.jwt.encode_sign({\"alg\": \"RS256\"}, {}, \(whole))"
        let bare = "io.jwt.encode_sign({\"alg\": \"RS256\"}, {}, object.remove(\(whole), [\"p\", \"qi\"]))"
        #expect(try RegoTests.evaluate(sign) == RegoTests.evaluate(bare))
    }
}
