// crypto.x509.*: certificates as values with the fields that Go's crypto/x509 gives them. Nothing here says whether a
// certificate is to be trusted.

extension Builtins {
    static let certificates: [Builtin] = [
        Builtin("crypto.x509.parse_certificates", [.string], .array) { (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            try context.charge(text.utf8.count)
            return .array(try Certificate.all(in: text).map { (item) throws(BuiltinError) in try fields(of: item) })
        },
        Builtin("crypto.x509.parse_certificate_request", [.string], .object) {
            (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            try context.charge(text.utf8.count)
            let bytes = try requestBytes(text)
            do throws(DERError) {
                return try fields(of: try CertificateRequest(der: bytes))
            } catch {
                throw .failed("asn1: structure error: malformed certificate request")
            }
        },
        Builtin("crypto.x509.parse_keypair", [.string, .string], .object) { (arguments, context) throws(BuiltinError) in
            let (text, keyText) = (try arguments.string(0), try arguments.string(1))
            try context.charge(text.utf8.count + keyText.utf8.count * 32)
            let chain = try Certificate.all(in: text)
            guard let first = chain.first else {
                throw .failed("tls: failed to find any PEM data in certificate input")
            }
            guard let key = try CryptographicKey.privateKeys(in: keyText).first ?? plainKey(keyText) else {
                throw .failed("tls: failed to find any PEM data in key input")
            }
            guard publicKeyValue(key) == publicKeyValue(first.publicKey) else {
                throw .failed("tls: private key does not match public key")
            }
            return .object(members: [
                ("Certificate", .array(chain.map { base64($0.signed.whole) })), ("PrivateKey", privateKeyValue(key)),
                ("Leaf", try fields(of: first)), ("OCSPStaple", .null), ("SignedCertificateTimestamps", .null),
                ("SupportedSignatureAlgorithms", .null),
            ])
        },
    ]

    /// PKCS #8 in base64 without PEM around it.
    private static func plainKey(_ text: String) -> CryptographicKey? {
        guard let bytes = Base64.decode(text, Base64.standard, mayLackPadding: false) else { return nil }
        return try? CryptographicKey(privateKeyInfo: bytes[...])
    }

    private static func requestBytes(_ text: String) throws(BuiltinError) -> ArraySlice<UInt8> {
        var bytes = Array(text.utf8)
        if !text.hasPrefix("-----BEGIN CERTIFICATE REQUEST-----") {
            guard let decoded = Base64.decode(text, Base64.standard, mayLackPadding: false) else {
                throw .failed("illegal base64 data")
            }
            bytes = decoded
        }
        guard let (block, _) = PEMBlock.first(in: bytes[...]) else { return bytes[...] }
        guard block.label == "CERTIFICATE REQUEST" else {
            throw .failed("invalid PEM-encoded certificate signing request")
        }
        return block.bytes[...]
    }

    // MARK: Fields

    private static func base64(_ bytes: some Sequence<UInt8>) -> Value {
        .string(Base64.encode(Array(bytes), Base64.standard, padded: true))
    }

    /// Go's empty lists are null.
    private static func list(_ items: [Value]) -> Value { items.isEmpty ? .null : .array(items) }

    private static func fields(of certificate: Certificate) throws(BuiltinError) -> Value {
        do throws(DERError) {
            let extensions = try CertificateExtensions(certificate.extensions)
            var members = commonFields(certificate.signed, certificate.subject, certificate.extensions)
            members += extensionFields(extensions) + nameFields(extensions.names) + constraintFields(extensions)
            members += [
                ("RawTBSCertificate", base64(certificate.signed.content)),
                ("RawIssuer", base64(certificate.issuer.whole)), ("Version", .int(certificate.version)),
                ("SerialNumber", .number(certificate.serialNumber)), ("Issuer", name(certificate.issuer)),
                ("NotBefore", .string(certificate.notBefore)), ("NotAfter", .string(certificate.notAfter)),
                ("URIStrings", list(extensions.names.identifiers.map { .string($0) })),
            ]
            return .object(members: members)
        } catch {
            throw .failed("x509: malformed extension")
        }
    }

    private static func fields(of request: CertificateRequest) throws(DERError) -> Value {
        let extensions = try CertificateExtensions(request.extensions)
        var members = commonFields(request.signed, request.subject, request.extensions)
        members += nameFields(extensions.names)
        members += [
            ("RawTBSCertificateRequest", base64(request.signed.content)), ("Version", .int(request.version)),
            ("Attributes", .null),
        ]
        return .object(members: members)
    }

    private static func commonFields(
        _ signed: Certificate.Signed, _ subject: Certificate.Subject, _ extensions: [Certificate.Extension]
    ) -> [(String, Value)] {
        let found = extensions.map { item in
            Value.object(members: [
                ("Id", item.id.value), ("Critical", .bool(item.isCritical)), ("Value", base64(item.value)),
            ])
        }
        let kinds: [DERReader.ObjectIdentifier: Int] = [.rsa: 1, .dsa: 2, .ec: 3, .ed25519: 4]
        return [
            ("Raw", base64(signed.whole)), ("RawSubject", base64(subject.name.whole)),
            ("RawSubjectPublicKeyInfo", base64(subject.publicKeyInfo)), ("Signature", base64(signed.signature)),
            ("SignatureAlgorithm", .int(signatureAlgorithm(signed.algorithm))), ("Subject", name(subject.name)),
            ("PublicKeyAlgorithm", .int(kinds[subject.publicKeyAlgorithm] ?? 0)),
            ("PublicKey", publicKeyValue(subject.publicKey)), ("Extensions", list(found)), ("ExtraExtensions", .null),
        ]
    }

    private static func nameFields(_ names: CertificateExtensions.Names) -> [(String, Value)] {
        [
            ("DNSNames", list(names.dns)), ("EmailAddresses", list(names.emails)),
            ("IPAddresses", list(names.addresses)), ("URIs", list(names.identifiers.map { locator($0) })),
        ]
    }

    private static func extensionFields(_ extensions: CertificateExtensions) -> [(String, Value)] {
        [
            ("KeyUsage", .int(extensions.keyUsage)), ("ExtKeyUsage", list(extensions.extendedUsages)),
            ("UnknownExtKeyUsage", list(extensions.unknownUsages)),
            ("BasicConstraintsValid", .bool(extensions.hasBasicConstraints)), ("IsCA", .bool(extensions.isAuthority)),
            ("MaxPathLen", .int(extensions.pathLengthMax ?? (extensions.hasBasicConstraints ? -1 : 0))),
            ("MaxPathLenZero", .bool(extensions.pathLengthMax == 0)),
            ("SubjectKeyId", extensions.subjectKey.map { base64($0) } ?? .null),
            ("AuthorityKeyId", extensions.authorityKey.map { base64($0) } ?? .null),
            ("OCSPServer", list(extensions.statusServers)),
            ("IssuingCertificateURL", list(extensions.issuingCertificates)),
            ("CRLDistributionPoints", list(extensions.revocationLists)),
            ("PolicyIdentifiers", list(extensions.policies.map(\.value))),
            ("Policies", list(extensions.policies.map { .string($0.text) })),
            ("UnhandledCriticalExtensions", list(extensions.unhandled)),
        ]
    }

    private static func constraintFields(_ extensions: CertificateExtensions) -> [(String, Value)] {
        var members: [(String, Value)] = [("PermittedDNSDomainsCritical", .bool(extensions.areConstraintsCritical))]
        for (prefix, names) in [("Permitted", extensions.permitted), ("Excluded", extensions.excluded)] {
            members += [
                (prefix + "DNSDomains", list(names.dns)), (prefix + "IPRanges", list(names.addresses)),
                (prefix + "EmailAddresses", list(names.emails)),
                (prefix + "URIDomains", list(names.identifiers.map { .string($0) })),
            ]
        }
        return members
    }

    // MARK: Parts

    private static func publicKeyValue(_ key: CryptographicKey) -> Value {
        switch key {
        case .rsa(let key): .object(members: [("N", .number(key.modulus)), ("E", .number(key.exponent))])
        case .ec(let key):
            .object(members: [("Curve", .emptyObject), ("X", .number(key.x)), ("Y", .number(key.y))])
        case .ed25519(let key): base64(key.publicKey)
        case .octets, .other: .null
        }
    }

    private static func name(_ name: DistinguishedName) -> Value {
        let lists: [UInt64: String] = [
            6: "Country", 10: "Organization", 11: "OrganizationalUnit", 7: "Locality", 8: "Province",
            9: "StreetAddress",
            17: "PostalCode",
        ]
        var found: [String: [Value]] = [:]
        var texts = ["CommonName": "", "SerialNumber": ""]
        for (id, text) in name.attributes where id.arcs.count == 4 && id.arcs.starts(with: [2, 5, 4]) {
            switch id.arcs[3] {
            case 3: texts["CommonName"] = text
            case 5: texts["SerialNumber"] = text
            case let number: lists[number].map { found[$0, default: []].append(.string(text)) }
            }
        }
        var members = lists.values.map { ($0, list(found[$0] ?? [])) } + texts.map { ($0.key, .string($0.value)) }
        let all = name.attributes.map { Value.object(members: [("Type", $0.id.value), ("Value", .string($0.text))]) }
        members += [("Names", list(all)), ("ExtraNames", .null)]
        return .object(members: members)
    }

    /// The parts of a URI as Go's net/url names them.
    private static func locator(_ text: String) -> Value {
        var rest = text[...]
        func cut(after mark: String) -> String {
            guard let place = Bytes.first(mark, in: String(rest)) else { return "" }
            let bytes = Array(rest.utf8)
            rest = String(decoding: bytes[..<place], as: UTF8.self)[...]
            return String(decoding: bytes[(place + mark.utf8.count)...], as: UTF8.self)
        }
        let fragment = cut(after: "#")
        let query = cut(after: "?")
        let scheme = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var (opaque, host, path) = ("", "", scheme.count == 2 ? scheme[1] : rest)
        if path.hasPrefix("//") {
            let authority = path.dropFirst(2).prefix { $0 != "/" }
            host = String(authority.split(separator: "@").last ?? "")
            path = path.dropFirst(2 + authority.count)
        } else if !path.hasPrefix("/"), scheme.count == 2 {
            opaque = String(path)
            path = ""
        }
        return .object(members: [
            ("Scheme", .string(scheme.count == 2 ? scheme[0].lowercased() : "")), ("Opaque", .string(opaque)),
            ("User", .null), ("Host", .string(host)), ("Path", .string(unescaped(String(path)))),
            ("RawPath", .string("")), ("OmitHost", .bool(false)), ("ForceQuery", .bool(false)),
            ("RawQuery", .string(query)), ("Fragment", .string(fragment)), ("RawFragment", .string("")),
        ])
    }

    private static func unescaped(_ path: String) -> String {
        URLQuery.decode(Bytes.replace("+", by: "%2B", in: path)) ?? path
    }

    /// Go's number for it; 0 for an algorithm it does not know.
    private static func signatureAlgorithm(_ element: DERReader.Element) -> Int {
        var reader = DERReader(element.content)
        guard let id = try? reader.objectIdentifier() else { return 0 }
        switch id {
        case .init(1, 2, 840, 113549, 1, 1, 2): return 1
        case .init(1, 2, 840, 113549, 1, 1, 4): return 2
        case .init(1, 2, 840, 113549, 1, 1, 5): return 3
        case .init(1, 2, 840, 113549, 1, 1, 11): return 4
        case .init(1, 2, 840, 113549, 1, 1, 12): return 5
        case .init(1, 2, 840, 113549, 1, 1, 13): return 6
        case .init(1, 2, 840, 10040, 4, 3): return 7
        case .init(2, 16, 840, 1, 101, 3, 4, 3, 2): return 8
        case .init(1, 2, 840, 10045, 4, 1): return 9
        case .init(1, 2, 840, 10045, 4, 3, 2): return 10
        case .init(1, 2, 840, 10045, 4, 3, 3): return 11
        case .init(1, 2, 840, 10045, 4, 3, 4): return 12
        case .init(1, 2, 840, 113549, 1, 1, 10): return pssAlgorithm(&reader)
        case .ed25519: return 16
        default: return 0
        }
    }

    /// Which hash the parameters of RSASSA-PSS name.
    private static func pssAlgorithm(_ reader: inout DERReader) -> Int {
        guard var parameters = try? reader.enter(DERReader.Tag.sequence),
            var tagged = try? parameters.enter(DERReader.Tag.explicit(0)),
            var hash = try? tagged.enter(DERReader.Tag.sequence), let id = try? hash.objectIdentifier()
        else { return 0 }
        let hashes: [DERReader.ObjectIdentifier] = (1...3).map { .init(2, 16, 840, 1, 101, 3, 4, 2, $0) }
        return hashes.firstIndex(of: id).map { 13 + $0 } ?? 0
    }
}
