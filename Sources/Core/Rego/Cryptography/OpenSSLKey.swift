// The only place where keys of OpenSSL exist: each is made, used and freed within one call.

internal import COpenSSL

/// An `EVP_PKEY`, owned.
final class OpenSSLKey {
    let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// Nil for a key that cannot be one: a point beside its curve, a number out of range.
    convenience init?(_ key: CryptographicKey) {
        defer { ERR_clear_error() }
        switch key {
        case .rsa(let key):
            guard key.isUsable else { return nil }
            self.init(kind: "RSA", isPrivate: key.secret != nil, OpenSSLKey.parameters(of: key))
        case .ec(let key):
            self.init(kind: "EC", isPrivate: key.secret != nil, OpenSSLKey.parameters(of: key))
        case .ed25519(let key):
            let made =
                if let seed = key.seed {
                    EVP_PKEY_new_raw_private_key_ex(CryptographyLibrary.context, "ED25519", nil, seed, seed.count)
                } else {
                    EVP_PKEY_new_raw_public_key_ex(
                        CryptographyLibrary.context, "ED25519", nil, key.publicKey, key.publicKey.count)
                }
            guard let made else { return nil }
            self.init(owning: made)
        case .octets, .other: return nil
        }
    }

    private convenience init?(kind: String, isPrivate: Bool, _ list: ParameterList?) {
        guard let parameters = list?.finish() else { return nil }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(CryptographyLibrary.context, kind, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        let selection = isPrivate ? EVPSelectKeyPair : EVPSelectPublicKey
        guard EVP_PKEY_fromdata_init(context) == 1, EVP_PKEY_fromdata(context, &made, selection, parameters) == 1,
            let made
        else { return nil }
        self.init(owning: made)
    }

    // MARK: Public parts of secrets

    static func publicKey(ofEd25519Seed seed: [UInt8]) -> [UInt8]? {
        defer { ERR_clear_error() }
        guard
            let made = EVP_PKEY_new_raw_private_key_ex(
                CryptographyLibrary.context, "ED25519", nil, seed, seed.count)
        else { return nil }
        defer { EVP_PKEY_free(made) }
        var bytes = [UInt8](repeating: 0, count: Ed25519Key.byteCount)
        var count = bytes.count
        return EVP_PKEY_get_raw_public_key(made, &bytes, &count) == 1 && count == bytes.count ? bytes : nil
    }

    /// The point of a secret number, without compression.
    static func publicPoint(of secret: [UInt8], on curve: ECKey.Curve) -> [UInt8]? {
        defer { ERR_clear_error() }
        let library = CryptographyLibrary.context
        guard let group = EC_GROUP_new_by_curve_name_ex(library, nil, EC_curve_nist2nid(curve.rawValue)) else {
            return nil
        }
        defer { EC_GROUP_free(group) }
        let number = BN_bin2bn(secret, Int32(secret.count), nil)
        defer { BN_clear_free(number) }
        let point = EC_POINT_new(group)
        defer { EC_POINT_free(point) }
        guard let number, let point, BN_is_zero(number) == 0, BN_cmp(number, EC_GROUP_get0_order(group)) < 0,
            EC_POINT_mul(group, point, number, nil, nil, nil) == 1
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 1 + 2 * curve.byteCount)
        let count = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, nil)
        return count == bytes.count ? bytes : nil
    }

    // MARK: Parameters

    private static func parameters(of key: RSAKey) -> ParameterList? {
        guard let list = ParameterList() else { return nil }
        list.add("n", number: key.modulus)
        list.add("e", number: key.exponent)
        guard let secret = key.secret else { return list }
        list.add("d", number: secret.exponent)
        guard let factors = secret.factors else { return list }
        list.add("rsa-factor1", number: factors.p)
        list.add("rsa-factor2", number: factors.q)
        list.add("rsa-exponent1", number: factors.dp)
        list.add("rsa-exponent2", number: factors.dq)
        list.add("rsa-coefficient1", number: factors.qi)
        return list
    }

    private static func parameters(of key: ECKey) -> ParameterList? {
        guard let list = ParameterList() else { return nil }
        list.add("group", text: key.curve.rawValue)
        list.add("pub", octets: key.point)
        if let secret = key.secret { list.add("priv", number: secret) }
        return list
    }
}

/// The parameters that a key is made from. OpenSSL's builder keeps pointers to what it is given until `finish` copies
/// it, so this owns all of it until then; names are never copied, hence static.
private final class ParameterList {
    private let builder: OpaquePointer
    private var numbers: [OpaquePointer] = []
    private var buffers: [UnsafeMutableRawBufferPointer] = []
    private var isComplete = true

    init?() {
        guard let builder = OSSL_PARAM_BLD_new() else { return nil }
        self.builder = builder
    }

    deinit {
        OSSL_PARAM_BLD_free(builder)
        for number in numbers { BN_clear_free(number) }
        for buffer in buffers { buffer.deallocate() }
    }

    func add(_ name: StaticString, number bytes: [UInt8]) {
        guard let number = BN_bin2bn(bytes, Int32(bytes.count), nil) else {
            isComplete = false
            return
        }
        numbers.append(number)
        isComplete = isComplete && OSSL_PARAM_BLD_push_BN(builder, name.cString, number) == 1
    }

    func add(_ name: StaticString, text: String) {
        add(Array(text.utf8)) { OSSL_PARAM_BLD_push_utf8_string(builder, name.cString, $0, $1) }
    }

    func add(_ name: StaticString, octets: [UInt8]) {
        add(octets) { OSSL_PARAM_BLD_push_octet_string(builder, name.cString, $0, $1) }
    }

    private func add(_ bytes: [UInt8], push: (UnsafeMutableRawPointer, Int) -> Int32) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
        buffer.copyBytes(from: bytes)
        buffers.append(buffer)
        isComplete = isComplete && push(buffer.baseAddress!, bytes.count) == 1
    }

    /// For the caller to free.
    func finish() -> UnsafeMutablePointer<OSSL_PARAM>? {
        isComplete ? OSSL_PARAM_BLD_to_param(builder) : nil
    }
}

extension StaticString {
    /// Ends in a zero byte, as literals do.
    fileprivate var cString: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
