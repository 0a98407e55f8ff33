// Keys as numbers and bytes, whatever they were read from; a key of OpenSSL exists only while it is used.

enum CryptographicKey: Sendable {
    case rsa(RSAKey)
    case ec(ECKey)
    case ed25519(Ed25519Key)
    /// A secret for message authentication codes.
    case octets([UInt8])
    /// A key of a kind that signs no token.
    case other

    var isPrivate: Bool {
        switch self {
        case .rsa(let key): key.secret != nil
        case .ec(let key): key.secret != nil
        case .ed25519(let key): key.seed != nil
        case .octets: true
        case .other: false
        }
    }
}

/// Numbers are the most significant byte first.
struct RSAKey: Sendable {
    struct Secret: Sendable {
        let exponent: [UInt8]
        let factors: Factors?
    }

    /// What makes signing fast; the secret exponent alone would do.
    struct Factors: Sendable {
        let p: [UInt8]
        let q: [UInt8]
        let dp: [UInt8]
        let dq: [UInt8]
        let qi: [UInt8]
    }

    let modulus: [UInt8]
    let exponent: [UInt8]
    let secret: Secret?

    /// Smaller is broken, larger takes a daemon's time away.
    static let bitsMin = 1024
    static let bitsMax = 16384

    var bits: Int { modulus.isEmpty ? 0 : modulus.count * 8 - modulus[0].leadingZeroBitCount }

    /// Whether using the key costs what a key of its size costs. What else may be wrong with it is for OpenSSL to refuse.
    var isUsable: Bool {
        guard (RSAKey.bitsMin...RSAKey.bitsMax).contains(bits), let last = modulus.last, last & 1 == 1 else {
            return false
        }
        // An exponent of at most 31 bits, as everybody has, keeps verification cheap.
        guard exponent.count <= 4, let low = exponent.last, low & 1 == 1 else { return false }
        let value = exponent.reduce(0) { $0 << 8 | UInt64($1) }
        guard value >= 3, value < 1 << 31 else { return false }
        // No secret number is longer than the modulus; raising to a longer one would take as long as it is.
        let factors = secret?.factors
        return [secret?.exponent, factors?.p, factors?.q, factors?.dp, factors?.dq, factors?.qi]
            .allSatisfy { ($0 ?? []).drop { $0 == 0 }.count <= modulus.count }
    }

    init(modulus: some Sequence<UInt8>, exponent: some Sequence<UInt8>, secret: Secret? = nil) {
        self.modulus = Array(modulus.drop { $0 == 0 })
        self.exponent = Array(exponent.drop { $0 == 0 })
        self.secret = secret
    }
}

struct ECKey: Sendable {
    enum Curve: String, Sendable {
        case p256 = "P-256"
        case p384 = "P-384"
        case p521 = "P-521"

        /// Of a coordinate.
        var byteCount: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            case .p521: 66
            }
        }
    }

    let curve: Curve
    /// Coordinates and secret are as long as the curve's numbers.
    let x: [UInt8]
    let y: [UInt8]
    let secret: [UInt8]?

    /// Nil when a number is too large for the curve.
    init?(_ curve: Curve, x: [UInt8], y: [UInt8], secret: [UInt8]? = nil) {
        guard let x = curve.padded(x), let y = curve.padded(y) else { return nil }
        self.curve = curve
        self.x = x
        self.y = y
        guard let secret else {
            self.secret = nil
            return
        }
        guard let secret = curve.padded(secret), secret.contains(where: { $0 != 0 }) else { return nil }
        self.secret = secret
    }

    /// A point without compression.
    init?(_ curve: Curve, point: [UInt8], secret: [UInt8]? = nil) {
        guard point.first == 4, point.count == 1 + 2 * curve.byteCount else { return nil }
        let half = point.dropFirst().prefix(curve.byteCount)
        self.init(curve, x: Array(half), y: Array(point.suffix(curve.byteCount)), secret: secret)
    }

    var point: [UInt8] { [4] + x + y }
}

extension ECKey.Curve {
    /// With zeros in front up to the length of the curve's numbers; nil when it is longer.
    func padded(_ number: [UInt8]) -> [UInt8]? {
        let digits = number.drop { $0 == 0 }
        guard digits.count <= byteCount else { return nil }
        return [UInt8](repeating: 0, count: byteCount - digits.count) + digits
    }
}

struct Ed25519Key: Sendable {
    static let byteCount = 32

    let publicKey: [UInt8]
    let seed: [UInt8]?

    init?(publicKey: [UInt8], seed: [UInt8]? = nil) {
        guard publicKey.count == Ed25519Key.byteCount, (seed?.count ?? Ed25519Key.byteCount) == Ed25519Key.byteCount
        else { return nil }
        self.publicKey = publicKey
        self.seed = seed
    }
}
