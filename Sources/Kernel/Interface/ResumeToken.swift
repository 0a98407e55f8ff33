// The resume token: what it holds, and how it is checked. The shell makes it, for the kernel holds no keys.

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
        withUnsafeBytes(of: agentID.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: uid.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: expires.littleEndian) { bytes.append(contentsOf: $0) }
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
        func integer(_ range: Range<Int>) -> UInt64 {
            body[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        self.init(
            agentID: integer(1..<9), uid: UInt32(integer(9..<13)), expires: Int64(bitPattern: integer(13..<21)))
    }
}
