// Certificates as values.

import Foundation
import Rego
import Testing

@Suite struct CertificateTests {
    private func evaluate(_ expression: String) throws -> String? {
        let members = [
            ("rich", TokenFixtures.documents["certificate"]), ("request", TokenFixtures.documents["request"]),
            ("plain", TokenFixtures.certificates["rsa"]), ("key", TokenFixtures.privateKeys["rsa"]),
            ("other", TokenFixtures.privateKeys["ed"]),
        ]
        let input = Value.object(members: members.map { ($0.0, .string($0.1 ?? "")) })
        return try RegoTests.evaluate(expression, input: input)
    }

    @Test(arguments: [
        ("Subject.CommonName", "\"rich.example\""), ("Subject.Country", "[\"DE\"]"), ("Issuer.SerialNumber", "\"7\""),
        ("Subject.OrganizationalUnit", "[\"Tests\"]"), ("Subject.PostalCode", "null"), ("SerialNumber", "4660"),
        ("Version", "3"), ("SignatureAlgorithm", "10"), ("PublicKeyAlgorithm", "3"), ("PublicKey.Curve", "{}"),
        ("NotBefore", "\"2026-11-21T03:43:05Z\""), ("NotAfter", "\"2126-10-28T03:43:05Z\""),
        ("IsCA", "true"), ("BasicConstraintsValid", "true"), ("MaxPathLen", "0"), ("MaxPathLenZero", "true"),
        ("KeyUsage", "33"), ("ExtKeyUsage", "[1, 2]"), ("UnknownExtKeyUsage", "[[1, 2, 3, 4]]"),
        ("DNSNames", "[\"rich.example\"]"), ("IPAddresses", "[\"192.0.2.1\", \"2001:db8::1\"]"),
        ("EmailAddresses", "[\"a@rich.example\"]"), ("URIStrings[0]", "\"https://rich.example/a?b\""),
        ("URIs[0].Host", "\"rich.example\""), ("URIs[0].Path", "\"/a\""), ("URIs[0].RawQuery", "\"b\""),
        ("PermittedDNSDomains", "[\".example\"]"), ("ExcludedIPRanges[0].IP", "\"10.0.0.0\""),
        ("ExcludedDNSDomains", "null"), ("CRLDistributionPoints", "[\"http://rich.example/crl\"]"),
        ("OCSPServer", "[\"http://rich.example/ocsp\"]"), ("IssuingCertificateURL", "[\"http://rich.example/ca\"]"),
        ("PolicyIdentifiers", "[[1, 2, 3, 5]]"), ("UnhandledCriticalExtensions", "[[1, 2, 3, 6]]"),
        ("SubjectKeyId", "\"+0dNU5BXIjjA6wj32AOOzo2cuDQ=\""), ("ExtraExtensions", "null"),
    ])
    func fields(_ path: String, _ wanted: String) throws {
        #expect(try evaluate("crypto.x509.parse_certificates(input.rich)[0].\(path)") == wanted)
    }

    @Test func chainsComeInTheOrderOfTheirText() throws {
        let names = "[x | some c in crypto.x509.parse_certificates(t); x := c.Subject.CommonName]"
        #expect(
            try evaluate("[x | t := concat(\"\\n\", [input.plain, input.rich]); x := \(names)][0]")
                == "[\"cam test\", \"rich.example\"]")
        #expect(
            try evaluate("[x | t := base64.encode(input.plain); x := \(names)][0]") == "[\"cam test\"]")
    }

    @Test func requestsAreRead() throws {
        let call = "crypto.x509.parse_certificate_request(input.request)"
        #expect(try evaluate("\(call).Subject.CommonName") == "\"rich.example\"")
        #expect(try evaluate("\(call).DNSNames") == "[\"asked.example\"]")
        #expect(try evaluate("\(call).SignatureAlgorithm") == "16")
        #expect(try evaluate("crypto.x509.parse_certificate_request(input.plain)") == nil)
    }

    @Test func aPairBelongsTogether() throws {
        #expect(try evaluate("count(crypto.x509.parse_keypair(input.plain, input.key).Certificate)") == "1")
        #expect(try evaluate("crypto.x509.parse_keypair(input.plain, input.other)") == nil)
        #expect(try evaluate("crypto.x509.parse_keypair(input.plain, input.plain)") == nil)
    }

    @Test(arguments: [
        "crypto.x509.parse_certificates(\"foobar\")", "crypto.x509.parse_certificates(\"YQ==\")",
        "crypto.x509.parse_certificates(input.key)", "crypto.x509.parse_certificate_request(\"YQ==\")",
        "crypto.x509.parse_certificate_request(\"!\")",
    ])
    func whatIsNoneIsAnError(_ expression: String) throws {
        #expect(try evaluate(expression) == nil)
    }

    /// Every byte twice another, and every shorter length.
    @Test func aSpoiltCertificateDoesNoHarm() throws {
        let pem = try #require(TokenFixtures.documents["certificate"])
        let lines = pem.split(separator: "\n").dropFirst().dropLast()
        let whole = Array(try #require(Data(base64Encoded: lines.joined())))
        let query = try CompiledPolicy(modules: []).prepare(entry: "crypto.x509.parse_certificates(input)")
        func read(_ bytes: [UInt8]) -> Value? {
            query.evaluate(input: .string(Data(bytes).base64EncodedString())).value
        }
        #expect(read(whole) != nil)
        for place in whole.indices {
            for change in [0x01, 0x80] as [UInt8] {
                var spoilt = whole
                spoilt[place] ^= change
                _ = read(spoilt)
            }
            if place > 0 { #expect(read(Array(whole[..<place])) == nil) }
        }
    }
}
