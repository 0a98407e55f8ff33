// Hashes and message authentication codes, through OpenSSL.

internal import COpenSSL

/// OpenSSL's library context of this module: made once, never changed, and apart from that of the process, so that what
/// the machine's configuration loads there has no say in a decision. OpenSSL guards what threads share in it.
enum CryptographyLibrary {
    nonisolated(unsafe) static let context = OSSL_LIB_CTX_new()
}

enum Digest: Sendable {
    case md5, sha1, sha256, sha384, sha512

    /// OpenSSL's name.
    var name: String {
        switch self {
        case .md5: "MD5"
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha384: "SHA384"
        case .sha512: "SHA512"
        }
    }

    func hash(_ bytes: [UInt8]) throws(BuiltinError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        let status = EVP_Q_digest(CryptographyLibrary.context, name, nil, bytes, bytes.count, &out, &count)
        guard status == 1 else {
            ERR_clear_error()
            throw .failed("\(name) is not available")
        }
        return Array(out[..<count])
    }

    func authenticationCode(of bytes: [UInt8], key: [UInt8]) throws(BuiltinError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        // An empty array may have no address, and OpenSSL takes a null key for none at all.
        let made = EVP_Q_mac(
            CryptographyLibrary.context, "HMAC", nil, name, nil, key.isEmpty ? [0] : key, key.count, bytes, bytes.count,
            &out, out.count, &count)
        guard made != nil else {
            ERR_clear_error()
            throw .failed("HMAC of \(name) is not available")
        }
        return Array(out[..<count])
    }

    /// Takes as long for any two byte strings of one length.
    static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
    }
}
