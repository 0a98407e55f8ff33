// The signature algorithms of JSON Web Tokens (RFC 7518, RFC 8037): signing and verifying bytes with a key.

internal import COpenSSL

enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"

    private enum Family { case hmac, rsa, rsaPSS, ecdsa(ECKey.Curve), ed25519 }

    private var family: Family {
        switch self {
        case .hs256, .hs384, .hs512: .hmac
        case .rs256, .rs384, .rs512: .rsa
        case .ps256, .ps384, .ps512: .rsaPSS
        case .es256: .ecdsa(.p256)
        case .es384: .ecdsa(.p384)
        case .es512: .ecdsa(.p521)
        case .edDSA: .ed25519
        }
    }

    /// Nil where the algorithm hashes by itself.
    private var digest: Digest? {
        switch self {
        case .hs256, .rs256, .ps256, .es256: .sha256
        case .hs384, .rs384, .ps384, .es384: .sha384
        case .hs512, .rs512, .ps512, .es512: .sha512
        case .edDSA: nil
        }
    }

    /// Whether a key is of the kind that this algorithm takes. A public key is never taken for a shared secret.
    private func takes(_ key: CryptographicKey) -> Bool {
        switch (family, key) {
        case (.hmac, .octets), (.ed25519, .ed25519): true
        case (.rsa, .rsa(let key)), (.rsaPSS, .rsa(let key)): key.isUsable
        case (.ecdsa(let curve), .ec(let key)): key.curve == curve
        default: false
        }
    }

    /// What signing or verifying costs in steps of an evaluation, each some tens of nanoseconds.
    func cost(_ key: CryptographicKey, byteCount: Int, signs: Bool) -> Int {
        guard takes(key) else { return 1 }
        let hashing = byteCount / 32
        switch key {
        case .rsa(let key):
            let words = key.bits / 64
            return hashing + (signs ? words * words * words / 2 : words * words)
        case .ec(let key): return hashing + (key.curve == .p256 ? 2_500 : 15_000)
        case .ed25519: return hashing + 2_500
        case .octets, .other: return hashing
        }
    }

    // MARK: Verifying

    /// Whether a signature is one of these bytes by this key. False as well for a key of another kind.
    func verifies(_ signature: [UInt8], of bytes: [UInt8], by key: CryptographicKey) throws(BuiltinError) -> Bool {
        guard takes(key) else { return false }
        if case .octets(let secret) = key, let digest {
            return Digest.areEqual(try digest.authenticationCode(of: bytes, key: secret), signature)
        }
        defer { ERR_clear_error() }
        guard let made = OpenSSLKey(key), let signature = received(signature), let context = EVP_MD_CTX_new() else {
            return false
        }
        defer { EVP_MD_CTX_free(context) }
        var options: OpaquePointer?
        guard
            EVP_DigestVerifyInit_ex(
                context, &options, digest?.name, CryptographyLibrary.context, nil, made.pointer, nil) == 1,
            setsPadding(options, saltLength: RSA_PSS_SALTLEN_AUTO)
        else { return false }
        return EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }

    // MARK: Signing

    func signature(of bytes: [UInt8], by key: CryptographicKey) throws(BuiltinError) -> [UInt8] {
        guard takes(key), key.isPrivate else { throw .failed("the key does not sign \(rawValue)") }
        if case .octets(let secret) = key, let digest {
            return try digest.authenticationCode(of: bytes, key: secret)
        }
        defer { ERR_clear_error() }
        guard let made = OpenSSLKey(key), let context = EVP_MD_CTX_new() else { throw .failed("the key is invalid") }
        defer { EVP_MD_CTX_free(context) }
        var options: OpaquePointer?
        var count = 0
        guard
            EVP_DigestSignInit_ex(
                context, &options, digest?.name, CryptographyLibrary.context, nil, made.pointer, nil) == 1,
            setsPadding(options, saltLength: RSA_PSS_SALTLEN_DIGEST),
            EVP_DigestSign(context, nil, &count, bytes, bytes.count) == 1
        else { throw .failed("signing with \(rawValue) failed") }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1, count <= signature.count,
            let sent = sent(Array(signature[..<count]))
        else { throw .failed("signing with \(rawValue) failed") }
        return sent
    }

    private func setsPadding(_ options: OpaquePointer?, saltLength: Int32) -> Bool {
        guard case .rsaPSS = family else { return true }
        return EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(options, saltLength) == 1
    }

    // MARK: The two forms of an ECDSA signature

    /// Tokens hold the two numbers side by side, OpenSSL wants them in DER. Nil when the length is wrong.
    private func received(_ signature: [UInt8]) -> [UInt8]? {
        guard case .ecdsa(let curve) = family else { return signature }
        guard signature.count == 2 * curve.byteCount else { return nil }
        let numbers =
            SignatureAlgorithm.der(signature.prefix(curve.byteCount))
            + SignatureAlgorithm.der(signature.suffix(curve.byteCount))
        return SignatureAlgorithm.der(DERReader.Tag.sequence, numbers)
    }

    private func sent(_ signature: [UInt8]) -> [UInt8]? {
        guard case .ecdsa(let curve) = family else { return signature }
        do throws(DERError) {
            var whole = DERReader(signature)
            var numbers = try whole.enter(DERReader.Tag.sequence)
            guard let r = curve.padded(try numbers.natural()), let s = curve.padded(try numbers.natural()) else {
                return nil
            }
            return r + s
        } catch {
            return nil
        }
    }

    private static func der(_ number: ArraySlice<UInt8>) -> [UInt8] {
        let digits = Array(number.drop { $0 == 0 })
        return der(DERReader.Tag.integer, (digits.first ?? 0x80) >= 0x80 ? [0] + digits : digits)
    }

    /// Of at most 255 bytes, which two numbers of any curve here have.
    private static func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + (content.count < 0x80 ? [] : [0x81]) + [UInt8(content.count)] + content
    }
}
