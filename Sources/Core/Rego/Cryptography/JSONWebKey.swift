// JSON Web Keys (RFC 7517, 7518, 8037): one, or a set of them.

struct JSONWebKey {
    let key: CryptographicKey
    let algorithm: String?
    let id: String?

    /// The keys of a text that is a key or a set.
    static func parse(_ text: String) throws(BuiltinError) -> [JSONWebKey] {
        let value: Value
        do throws(JSONError) {
            value = try Value(json: text)
        } catch {
            throw .failed("failed to parse a JWK key (set): \(error.message)")
        }
        return try parse(value)
    }

    static func parse(_ value: Value) throws(BuiltinError) -> [JSONWebKey] {
        guard case .object(let object) = value else { throw invalid("not an object") }
        guard let set = object[.string("keys")] else { return [try JSONWebKey(object)] }
        guard case .array(let items) = set else { throw invalid("keys must be an array") }
        return try items.map { (item) throws(BuiltinError) in
            guard case .object(let object) = item else { throw invalid("not an object") }
            return try JSONWebKey(object)
        }
    }

    init(key: CryptographicKey, algorithm: String?, id: String?) {
        self.key = key
        self.algorithm = algorithm
        self.id = id
    }

    private init(_ object: ObjectValue) throws(BuiltinError) {
        let members = Members(object: object)
        algorithm = try members.text("alg")
        id = try members.text("kid")
        switch try members.text("kty") {
        case "RSA": key = try JSONWebKey.rsa(members)
        case "EC": key = try JSONWebKey.ec(members)
        case "OKP": key = try JSONWebKey.octetKeyPair(members)
        case "oct": key = .octets(try members.needed("k"))
        case let kind: throw JSONWebKey.invalid("unknown key type \(kind ?? "")")
        }
    }

    private static func rsa(_ members: Members) throws(BuiltinError) -> CryptographicKey {
        let modulus = try members.needed("n")
        let exponent = try members.needed("e")
        let factors = RSAKey.Factors(
            p: try members.bytes("p"), q: try members.bytes("q"), dp: try members.bytes("dp"),
            dq: try members.bytes("dq"), qi: try members.bytes("qi"))
        let secret = try members.bytes("d")
        return .rsa(
            RSAKey(
                modulus: modulus, exponent: exponent,
                secret: secret.isEmpty ? nil : RSAKey.Secret(exponent: secret, factors: factors.isWhole ? factors : nil)
            ))
    }

    private static func ec(_ members: Members) throws(BuiltinError) -> CryptographicKey {
        guard let curve = ECKey.Curve(rawValue: try members.text("crv") ?? "") else { throw invalid("unknown curve") }
        let secret = try members.bytes("d")
        let key = ECKey(
            curve, x: try members.needed("x"), y: try members.needed("y"), secret: secret.isEmpty ? nil : secret)
        return key.map { .ec($0) } ?? .other
    }

    private static func octetKeyPair(_ members: Members) throws(BuiltinError) -> CryptographicKey {
        let publicKey = try members.needed("x")
        let seed = try members.bytes("d")
        switch try members.text("crv") {
        case "Ed25519":
            return Ed25519Key(publicKey: publicKey, seed: seed.isEmpty ? nil : seed).map { .ed25519($0) } ?? .other
        case "X25519": return .other
        default: throw invalid("unknown curve")
        }
    }

    fileprivate static func invalid(_ reason: String) -> BuiltinError {
        .failed("failed to parse a JWK key (set): \(reason)")
    }

    /// The key as a JSON Web Key; nil for what is none.
    static func value(of key: CryptographicKey) -> Value? {
        var members: [(String, Value)]
        func add(_ name: String, _ bytes: [UInt8]?) {
            if let bytes { members.append((name, .string(Base64.encode(bytes, Base64.url, padded: false)))) }
        }
        switch key {
        case .rsa(let key):
            members = [("kty", .string("RSA"))]
            add("n", key.modulus)
            add("e", key.exponent)
            add("d", key.secret?.exponent)
            let factors = key.secret?.factors
            add("p", factors?.p)
            add("q", factors?.q)
            add("dp", factors?.dp)
            add("dq", factors?.dq)
            add("qi", factors?.qi)
        case .ec(let key):
            members = [("kty", .string("EC")), ("crv", .string(key.curve.rawValue))]
            add("x", key.x)
            add("y", key.y)
            add("d", key.secret)
        case .ed25519(let key):
            members = [("kty", .string("OKP")), ("crv", .string("Ed25519"))]
            add("x", key.publicKey)
            add("d", key.seed)
        case .octets, .other: return nil
        }
        return .object(members: members)
    }
}

/// The members of a key, each checked when it is asked for.
private struct Members {
    let object: ObjectValue

    func text(_ name: String) throws(BuiltinError) -> String? {
        guard let value = object[.string(name)] else { return nil }
        guard case .string(let text) = value else { throw JSONWebKey.invalid("\(name) must be a string") }
        return text
    }

    /// Empty when it is absent. Both alphabets are taken, with padding and without, as OPA's library does.
    func bytes(_ name: String) throws(BuiltinError) -> [UInt8] {
        guard let text = try text(name) else { return [] }
        let letters = text.utf8.map { letter in
            switch letter {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: letter
            }
        }
        guard let bytes = Base64.decode(String(decoding: letters, as: UTF8.self), Base64.url, mayLackPadding: true)
        else { throw JSONWebKey.invalid("\(name) is not base64") }
        return bytes
    }

    func needed(_ name: String) throws(BuiltinError) -> [UInt8] {
        let bytes = try bytes(name)
        guard !bytes.isEmpty else { throw JSONWebKey.invalid("\(name) is missing") }
        return bytes
    }
}

extension RSAKey.Factors {
    fileprivate var isWhole: Bool { ![p, q, dp, dq, qi].contains { $0.isEmpty } }
}
