// JSON Web Tokens in their compact form (RFC 7515, 7519): taken apart, and checked against what a policy demands.

struct JSONWebToken {
    /// Base64, as received: this is what is signed.
    private let parts: [Substring]

    init(_ text: String) throws(BuiltinError) {
        parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1 else { throw .failed("encoded JWT had no period separators") }
        guard parts.count == 3 else { throw .failed("encoded JWT must have 3 sections, found \(parts.count)") }
    }

    /// What the signature is of.
    var signedBytes: [UInt8] { Array(parts[0].utf8) + [UInt8(ascii: ".")] + Array(parts[1].utf8) }

    func signature() throws(BuiltinError) -> [UInt8] { try decode(2, "signature") }

    func payloadBytes() throws(BuiltinError) -> [UInt8] { try decode(1, "payload") }

    func header() throws(BuiltinError) -> Header { try Header(JSONWebToken.object(try decode(0, "header"), "header")) }

    private func decode(_ part: Int, _ name: String) throws(BuiltinError) -> [UInt8] {
        guard let bytes = Base64.decode(String(parts[part]), Base64.url, mayLackPadding: true) else {
            throw .failed("JWT \(name) had invalid encoding: illegal base64 data")
        }
        return bytes
    }

    /// Of two members with one name the later counts, in a header as in a payload.
    static func object(_ bytes: [UInt8], _ name: String) throws(BuiltinError) -> ObjectValue {
        let value: Value
        do throws(JSONError) {
            // Go replaces what is not UTF-8 before it reads the text.
            value = try Value(json: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw .failed("bad JWT \(name): invalid JSON: \(error.message)")
        }
        guard case .object(let object) = value else {
            throw .failed("bad JWT \(name): decoded JSON type was not an Object")
        }
        return object
    }

    struct Header {
        let object: ObjectValue

        init(_ object: ObjectValue) throws(BuiltinError) {
            guard object[.string("enc")] == nil else { throw .failed("JWT is a JWE object, which is not supported") }
            self.object = object
        }

        func text(_ name: String) throws(BuiltinError) -> String? {
            guard let value = object[.string(name)] else { return nil }
            guard case .string(let text) = value else { throw .failed("\(name): must be a string") }
            return text
        }

        /// Throws when a field that is known here has a value of another type than it must have.
        func checkTypes() throws(BuiltinError) {
            for name in ["alg", "kid", "typ", "cty"] { _ = try text(name) }
            _ = try understandsWhatIsCritical()
        }

        /// Whether nothing is marked as critical that is not understood here (RFC 7515, 4.1.11).
        func understandsWhatIsCritical() throws(BuiltinError) -> Bool {
            guard let value = object[.string("crit")] else { return true }
            guard case .array(let names) = value else { throw .failed("crit: must be a list") }
            guard !names.isEmpty else { throw .failed("crit: must be a nonempty list") }
            for name in names {
                guard case .string(let name) = name else { throw .failed("crit: must be a list of strings") }
                if object[.string(name)] != nil, !["alg", "kid", "typ", "cty", "crit"].contains(name) { return false }
            }
            return true
        }
    }
}

extension JSONWebToken {
    /// Whether one of the keys made the signature: the one that the header names when there is such a one, else any
    /// whose own algorithm, if it has one, is the header's.
    func isSigned(
        _ algorithm: SignatureAlgorithm, by keys: [JSONWebKey], mayBeSecret: Bool, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> Bool {
        let bytes = signedBytes
        let signature = try signature()
        let header = try header()
        try header.checkTypes()
        var candidates = keys.filter { key in
            key.algorithm.map { SignatureAlgorithm(rawValue: $0) != nil } ?? true
        }
        let named = try header.text("kid").flatMap { id in id.isEmpty ? nil : candidates.first { $0.id == id } }
        if let named {
            candidates = [named]
        } else {
            let stated = try header.text("alg")
            candidates.removeAll { $0.algorithm != nil && $0.algorithm != stated }
        }
        for candidate in candidates where mayBeSecret || !candidate.key.isPrivate {
            try context.charge(algorithm.cost(candidate.key, byteCount: bytes.count, signs: false))
            if try algorithm.verifies(signature, of: bytes, by: candidate.key) { return true }
        }
        return false
    }
}

/// What `io.jwt.decode_verify` is told to demand of a token.
struct TokenConstraints {
    private(set) var keys: [JSONWebKey]?
    private var secret = ""
    private(set) var algorithm = ""
    private var issuer = ""
    private var audience = ""
    /// Nanoseconds since 1970.
    private var time: Decimal?

    init(_ object: ObjectValue) throws(BuiltinError) {
        for (key, value) in object.members {
            switch key {
            case .string("cert"): keys = try CryptographicKey.verificationKeys(in: try text("cert", value))
            case .string("secret"): secret = try text("secret", value)
            case .string("alg"): algorithm = try text("alg", value)
            case .string("iss"): issuer = try text("iss", value)
            case .string("aud"): audience = try text("aud", value)
            case .string("time"):
                guard let number = Decimal(value) else { throw .failed("token time constraint: must be a number") }
                guard !number.isNegative else { throw .failed("token time constraint: must not be negative") }
                time = number
            default: throw .failed("unknown token validation constraint: \(key)")
            }
        }
        if !secret.isEmpty {
            guard keys == nil else { throw .failed("duplicate key constraints") }
            keys = [JSONWebKey(key: .octets(Array(secret.utf8)), algorithm: nil, id: nil)]
        }
        guard keys != nil else { throw .failed("no key constraint") }
    }

    private func text(_ name: String, _ value: Value) throws(BuiltinError) -> String {
        guard case .string(let text) = value else { throw .failed("\(name) constraint: must be a string") }
        return text
    }

    /// Whether issuer, audience and time of a payload are what they must be.
    func allow(_ payload: ObjectValue, now: @autoclosure () -> Int64) throws(BuiltinError) -> Bool {
        if !issuer.isEmpty, payload[.string("iss")] != .string(issuer) { return false }
        guard allowsAudience(payload[.string("aud")]) else { return false }
        let expiry = try instant("exp", payload)
        let beginning = try instant("nbf", payload)
        guard expiry != nil || beginning != nil else { return true }
        let time = time ?? Decimal(Int(now()))
        if let expiry, time.compare(expiry) >= 0 { return false }
        if let beginning, time.compare(beginning) < 0 { return false }
        return true
    }

    /// A payload that names an audience is for nobody who does not say so.
    private func allowsAudience(_ named: Value?) -> Bool {
        switch named {
        case nil: audience.isEmpty
        case .array(let items): items.contains(.string(audience))
        case let named?: named == .string(audience)
        }
    }

    /// Seconds in a payload, as nanoseconds.
    private func instant(_ name: String, _ payload: ObjectValue) throws(BuiltinError) -> Decimal? {
        guard let value = payload[.string(name)] else { return nil }
        guard let seconds = Decimal(value) else { throw .failed("\(name) value must be a number") }
        return Decimal(isNegative: seconds.isNegative, magnitude: seconds.magnitude, exponent: seconds.exponent + 9)
    }
}
