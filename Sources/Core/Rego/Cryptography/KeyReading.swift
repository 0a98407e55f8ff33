// Keys in DER: public keys of X.509 (RFC 5280), private keys of PKCS #1, PKCS #8 and SEC 1.

extension DERReader.ObjectIdentifier {
    static let rsa = Self(1, 2, 840, 113549, 1, 1, 1)
    static let ec = Self(1, 2, 840, 10045, 2, 1)
    static let ed25519 = Self(1, 3, 101, 112)
    static let x25519 = Self(1, 3, 101, 110)
    static let dsa = Self(1, 2, 840, 10040, 4, 1)
    /// A curve on which no token is signed.
    static let p224 = Self(1, 3, 132, 0, 33)
}

extension ECKey.Curve {
    init(_ identifier: DERReader.ObjectIdentifier) throws(DERError) {
        switch identifier {
        case .init(1, 2, 840, 10045, 3, 1, 7): self = .p256
        case .init(1, 3, 132, 0, 34): self = .p384
        case .init(1, 3, 132, 0, 35): self = .p521
        default: throw DERError()
        }
    }
}

extension CryptographicKey {
    private typealias Tag = DERReader.Tag

    /// Larger numbers than this are no key's.
    static let numberBytesMax = RSAKey.bitsMax / 8

    /// A SubjectPublicKeyInfo that fills the bytes. What is no key of a known kind is an error, or `other` when it may be.
    init(publicKeyInfo bytes: ArraySlice<UInt8>, mayBeUnknown: Bool = false) throws(DERError) {
        var outer = DERReader(bytes)
        var info = try outer.enter(Tag.sequence)
        try outer.end()
        var algorithm = try info.enter(Tag.sequence)
        let identifier = try algorithm.objectIdentifier()
        let bits = try info.bitString()
        try info.end()
        switch identifier {
        case .rsa:
            _ = try algorithm.next(Tag.null)
            var whole = DERReader(bits)
            var numbers = try whole.enter(Tag.sequence)
            try whole.end()
            self = .rsa(
                RSAKey(
                    modulus: try CryptographicKey.number(&numbers), exponent: try CryptographicKey.number(&numbers)))
            try numbers.end()
        case .ec:
            let name = try algorithm.objectIdentifier()
            if name == .p224 {
                self = .other
            } else {
                guard let key = ECKey(try ECKey.Curve(name), point: bits) else { throw DERError() }
                self = .ec(key)
            }
        case .ed25519:
            guard algorithm.isAtEnd, let key = Ed25519Key(publicKey: bits) else { throw DERError() }
            self = .ed25519(key)
        case .x25519, .dsa: self = .other
        default:
            guard mayBeUnknown else { throw DERError() }
            self = .other
        }
    }

    /// A positive number of a size that a key may have.
    private static func number(_ reader: inout DERReader) throws(DERError) -> [UInt8] {
        let number = try reader.natural()
        guard !number.isEmpty, number.count <= numberBytesMax else { throw DERError() }
        return number
    }

    // MARK: Private keys

    /// PKCS #1. Keys of more than two primes are not taken.
    init(rsaPrivateKey bytes: ArraySlice<UInt8>) throws(DERError) {
        var outer = DERReader(bytes)
        var fields = try outer.enter(Tag.sequence)
        try outer.end()
        guard try fields.smallInteger() == 0 else { throw DERError() }
        var numbers: [[UInt8]] = []
        for _ in 0..<8 { numbers.append(try CryptographicKey.number(&fields)) }
        try fields.end()
        let factors = RSAKey.Factors(p: numbers[3], q: numbers[4], dp: numbers[5], dq: numbers[6], qi: numbers[7])
        self = .rsa(
            RSAKey(
                modulus: numbers[0], exponent: numbers[1],
                secret: RSAKey.Secret(exponent: numbers[2], factors: factors)))
    }

    /// PKCS #8, not encrypted.
    init(privateKeyInfo bytes: ArraySlice<UInt8>) throws(DERError) {
        var outer = DERReader(bytes)
        var info = try outer.enter(Tag.sequence)
        try outer.end()
        _ = try info.smallInteger()
        var algorithm = try info.enter(Tag.sequence)
        let identifier = try algorithm.objectIdentifier()
        let key = try info.next(Tag.octetString).content
        switch identifier {
        case .rsa: try self.init(rsaPrivateKey: key)
        case .ec: try self.init(ecPrivateKey: key, curve: try ECKey.Curve(try algorithm.objectIdentifier()))
        case .ed25519:
            var inner = DERReader(key)
            let seed = Array(try inner.next(Tag.octetString).content)
            try inner.end()
            guard let publicKey = OpenSSLKey.publicKey(ofEd25519Seed: seed),
                let key = Ed25519Key(publicKey: publicKey, seed: seed)
            else { throw DERError() }
            self = .ed25519(key)
        default: throw DERError()
        }
    }

    /// SEC 1. The curve stands in it, or is known from around it.
    init(ecPrivateKey bytes: ArraySlice<UInt8>, curve known: ECKey.Curve? = nil) throws(DERError) {
        var outer = DERReader(bytes)
        var fields = try outer.enter(Tag.sequence)
        try outer.end()
        guard try fields.smallInteger() == 1 else { throw DERError() }
        let secret = Array(try fields.next(Tag.octetString).content)
        var named: ECKey.Curve?
        if let parameters = try fields.nextIf(Tag.explicit(0)) {
            var inner = DERReader(parameters.content)
            named = try ECKey.Curve(try inner.objectIdentifier())
        }
        guard let curve = known ?? named, let padded = curve.padded(secret),
            let point = OpenSSLKey.publicPoint(of: padded, on: curve),
            let key = ECKey(curve, point: point, secret: padded)
        else { throw DERError() }
        self = .ec(key)
    }

    /// The private keys of PEM blocks, in base64 or plain; other blocks are passed over.
    static func privateKeys(in text: String) throws(BuiltinError) -> [CryptographicKey] {
        var rest = (Base64.decode(text, Base64.standard, mayLackPadding: false) ?? Array(text.utf8))[...]
        var keys: [CryptographicKey] = []
        while let (block, after) = PEMBlock.first(in: rest) {
            rest = after
            do throws(DERError) {
                switch block.label {
                case "RSA PRIVATE KEY": keys.append(try CryptographicKey(rsaPrivateKey: block.bytes[...]))
                case "PRIVATE KEY": keys.append(try CryptographicKey(privateKeyInfo: block.bytes[...]))
                case "EC PRIVATE KEY": keys.append(try CryptographicKey(ecPrivateKey: block.bytes[...]))
                default: break
                }
            } catch {
                throw .failed("failed to parse a PEM private key: asn1: structure error")
            }
        }
        return keys
    }

    // MARK: Keys that verify

    /// The keys of a PEM certificate, a PEM public key, a JSON Web Key or a set of these.
    static func verificationKeys(in text: String) throws(BuiltinError) -> [JSONWebKey] {
        guard let (block, rest) = PEMBlock.first(in: Array(text.utf8)[...]) else { return try JSONWebKey.parse(text) }
        guard rest.isEmpty else { throw .failed("extra data after a PEM certificate block") }
        let key: CryptographicKey
        switch block.label {
        case "CERTIFICATE":
            do throws(DERError) {
                key = try Certificate(der: block.bytes[...]).publicKey
            } catch {
                throw .failed("failed to parse a PEM certificate: asn1: structure error")
            }
        case "PUBLIC KEY":
            do throws(DERError) {
                key = try CryptographicKey(publicKeyInfo: block.bytes[...])
            } catch {
                throw .failed("failed to parse a PEM public key: asn1: structure error")
            }
        default: throw .failed("failed to extract a Key from the PEM certificate")
        }
        return [JSONWebKey(key: key, algorithm: nil, id: nil)]
    }
}
