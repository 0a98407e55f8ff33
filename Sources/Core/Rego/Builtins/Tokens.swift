// io.jwt.*: JSON Web Tokens.

extension Builtins {
    static let tokens: [Builtin] =
        [decodeToken, decodeAndVerifyToken, signToken, signRawToken]
        + [SignatureAlgorithm.hs256, .hs384, .hs512].map { verifyBySecret($0) }
        + SignatureAlgorithm.allCases.filter { !$0.rawValue.hasPrefix("HS") }.map { verifyByKey($0) }

    private static func name(_ algorithm: SignatureAlgorithm) -> String {
        "io.jwt.verify_\(algorithm.rawValue.lowercased())"
    }

    private static func verifyBySecret(_ algorithm: SignatureAlgorithm) -> Builtin {
        Builtin(name(algorithm), [.string, .string], .boolean) { (arguments, context) throws(BuiltinError) in
            let token = try JSONWebToken(try arguments.string(0))
            let secret = CryptographicKey.octets(Array(try arguments.string(1).utf8))
            let bytes = token.signedBytes
            try context.charge(algorithm.cost(secret, byteCount: bytes.count, signs: false))
            return .bool(try algorithm.verifies(try token.signature(), of: bytes, by: secret))
        }
    }

    private static func verifyByKey(_ algorithm: SignatureAlgorithm) -> Builtin {
        Builtin(name(algorithm), [.string, .string], .boolean) { (arguments, context) throws(BuiltinError) in
            let token = try JSONWebToken(try arguments.string(0))
            let text = try arguments.string(1)
            try context.charge(text.utf8.count / 8)
            let keys = try CryptographicKey.verificationKeys(in: text)
            return .bool(try token.isSigned(algorithm, by: keys, mayBeSecret: false, &context))
        }
    }

    private static let decodeToken = Builtin("io.jwt.decode", [.string], .array) {
        (arguments, context) throws(BuiltinError) in
        var text = try arguments.string(0)
        while true {
            try context.charge(text.utf8.count / 8)
            let token = try JSONWebToken(text)
            let header = try token.header()
            let payload = try token.payloadBytes()
            if try header.text("cty") == "JWT" {
                // A token in a token, as a JSON string by custom.
                text = Bytes.trim(String(decoding: payload, as: UTF8.self), left: true, right: true) {
                    $0 == "\"" || $0 == "'"
                }
                continue
            }
            return .array([
                .object(header.object), .object(try JSONWebToken.object(payload, "payload")),
                .string(Hex.encode(try token.signature())),
            ])
        }
    }

    private static let decodeAndVerifyToken = Builtin("io.jwt.decode_verify", [.string, .object], .array) {
        (arguments, context) throws(BuiltinError) in
        let unverified = Value.array([.bool(false), .emptyObject, .emptyObject])
        let constraints = try TokenConstraints(try arguments.object(1))
        var text = try arguments.string(0)
        while true {
            try context.charge(text.utf8.count / 8)
            let token = try JSONWebToken(text)
            let header = try token.header()
            try header.checkTypes()
            let stated = try header.text("alg") ?? ""
            let contentType = try header.text("cty") ?? ""
            guard try header.understandsWhatIsCritical(), !stated.isEmpty,
                constraints.algorithm.isEmpty || constraints.algorithm == stated,
                let algorithm = SignatureAlgorithm(rawValue: stated),
                try token.isSigned(algorithm, by: constraints.keys ?? [], mayBeSecret: true, &context)
            else { return unverified }
            let payload = try token.payloadBytes()
            if contentType.lowercased() == "jwt" {
                text = String(decoding: payload, as: UTF8.self)
                continue
            }
            let object = try JSONWebToken.object(payload, "payload")
            guard try constraints.allow(object, now: context.wallNanoseconds) else { return unverified }
            return .array([.bool(true), .object(header.object), .object(object)])
        }
    }

    // MARK: Signing

    private static let signToken = Builtin("io.jwt.encode_sign", [.object, .object, .object], .string) {
        (arguments, context) throws(BuiltinError) in
        try sign(goJSON(arguments[0]), goJSON(arguments[1]), try JSONWebKey.parse(arguments[2]), &context)
    }

    private static let signRawToken = Builtin("io.jwt.encode_sign_raw", [.string, .string, .string], .string) {
        (arguments, context) throws(BuiltinError) in
        let keys = try JSONWebKey.parse(try arguments.string(2))
        return try sign(try arguments.string(0), try arguments.string(1), keys, &context)
    }

    private static func sign(
        _ header: String, _ payload: String, _ keys: [JSONWebKey], _ context: inout BuiltinContext
    ) throws(BuiltinError) -> Value {
        try context.charge((header.utf8.count + payload.utf8.count) / 8)
        guard let key = keys.first?.key else { throw .failed("no keys found in JWK set") }
        guard case .object(let fields)? = try? Value(json: header) else {
            throw .failed("missing or invalid 'alg' header: cannot parse JSON")
        }
        guard case .string(let name)? = fields[.string("alg")] else {
            throw .failed("missing or invalid 'alg' header")
        }
        guard let algorithm = SignatureAlgorithm(rawValue: name) else {
            throw .failed("unknown JWS algorithm: \(name)")
        }
        let type = fields[.string("typ")] ?? .string("JWT")
        let isText = if case .string(let type) = type { type != "JWT" } else { false }
        guard isText || (try? Value(json: payload)) != nil else { throw .failed("type is JWT but payload is not JSON") }
        let signed = [header, payload].map { Base64.encode(Array($0.utf8), Base64.url, padded: false) }
            .joined(separator: ".")
        let bytes = Array(signed.utf8)
        try context.charge(algorithm.cost(key, byteCount: bytes.count, signs: true))
        let signature = try algorithm.signature(of: bytes, by: key)
        return .string(signed + "." + Base64.encode(signature, Base64.url, padded: false))
    }
}
