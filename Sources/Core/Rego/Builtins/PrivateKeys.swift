// Private keys as values: in the fields that Go's structures have, and as JSON Web Keys.

extension Builtins {
    static let privateKeys: [Builtin] = [
        Builtin("crypto.parse_private_keys", [.string], [.array, .null]) { (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            if text.isEmpty { return .null }
            return .array(try keys(in: text, &context).map { privateKeyValue($0) })
        },
        Builtin("crypto.x509.parse_rsa_private_key", [.string], [.object, .null]) {
            (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            if text.isEmpty { throw .failed("input PEM data was empty") }
            guard text.hasPrefix("-----BEGIN") || Base64.isStandard(text) else { throw .failed("illegal base64 data") }
            guard let key = try keys(in: text, &context).first else { return .null }
            return JSONWebKey.value(of: key)
        },
    ]

    private static func keys(
        in text: String, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> [CryptographicKey] {
        // A key costs more than its text lets expect: the point of a curve takes a millisecond.
        try context.charge(text.utf8.count * 32)
        return try CryptographicKey.privateKeys(in: text)
    }

    static func privateKeyValue(_ key: CryptographicKey) -> Value {
        switch key {
        case .rsa(let key):
            let factors = key.secret?.factors
            return .object(members: [
                ("N", .number(key.modulus)), ("E", .number(key.exponent)), ("D", .number(key.secret?.exponent ?? [])),
                ("Primes", .array([.number(factors?.p ?? []), .number(factors?.q ?? [])])),
                (
                    "Precomputed",
                    .object(members: [
                        ("Dp", .number(factors?.dp ?? [])), ("Dq", .number(factors?.dq ?? [])),
                        ("Qinv", .number(factors?.qi ?? [])), ("CRTValues", .array([])),
                    ])
                ),
            ])
        case .ec(let key):
            return .object(members: [
                ("Curve", .emptyObject), ("X", .number(key.x)), ("Y", .number(key.y)),
                ("D", .number(key.secret ?? [])),
            ])
        case .ed25519(let key):
            return .string(Base64.encode((key.seed ?? []) + key.publicKey, Base64.standard, padded: true))
        case .octets, .other: return .null
        }
    }
}

extension Value {
    /// A natural number, most significant byte first.
    static func number(_ bytes: some Sequence<UInt8>) -> Value {
        var magnitude = Magnitude(0)
        for byte in bytes { magnitude.multiplyAdd(256, UInt32(byte)) }
        return Decimal(isNegative: false, magnitude: magnitude, exponent: 0).value
    }
}

extension Base64 {
    fileprivate static func isStandard(_ text: String) -> Bool {
        decode(text, standard, mayLackPadding: false) != nil
    }
}
