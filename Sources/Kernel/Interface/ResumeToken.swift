// The resume token: what it holds, and how it is checked. The shell makes it, for the kernel holds no keys.

import Bytes
public import Crypto

/// Layout: algorithm id (1 = Ed25519), agent id u64, uid u32, expiry i64, all little-endian; then the signature over the
/// domain name and those 21 bytes.
extension TokenClaims {
    static let algorithm: UInt8 = 1
    static let bodyBytes = 21
    static let domain = Array("cam.v1.resume-token".utf8)

    /// The bytes that are signed.
    public var body: [UInt8] {
        var bytes: [UInt8] = [Self.algorithm]
        bytes.append(littleEndian: agentID)
        bytes.append(littleEndian: uid)
        bytes.append(littleEndian: expires)
        return bytes
    }

    /// What has to be signed for these claims: a domain name keeps the signature from meaning anything elsewhere.
    public var message: [UInt8] { Self.domain + body }

    /// The claims of a token, or nil where it is not one that this key signed.
    public init?(verifying token: [UInt8], publicKey: Ed25519.PublicKey) {
        guard token.count == Self.bodyBytes + Ed25519.signatureByteCount, token[0] == Self.algorithm
        else { return nil }
        let body = Array(token[..<Self.bodyBytes])
        guard Ed25519.verify(Array(token[Self.bodyBytes...]), of: Self.domain + body, by: publicKey) else {
            return nil
        }
        self = body.withUnsafeBytes { bytes in
            TokenClaims(
                agentID: bytes.littleEndian(at: 1), uid: bytes.littleEndian(at: 9), expires: bytes.littleEndian(at: 13))
        }
    }
}
