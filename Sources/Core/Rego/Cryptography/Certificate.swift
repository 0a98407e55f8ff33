// X.509 certificates (RFC 5280): their parts, without a judgement about them.

struct Certificate {
    private typealias Tag = DERReader.Tag

    let publicKey: CryptographicKey

    /// A certificate that fills the bytes.
    init(der bytes: ArraySlice<UInt8>) throws(DERError) {
        var outer = DERReader(bytes)
        var fields = try outer.enter(Tag.sequence)
        try outer.end()
        var signed = try fields.enter(Tag.sequence)
        _ = try fields.next(Tag.sequence)
        _ = try fields.bitString()
        try fields.end()

        _ = try signed.nextIf(Tag.explicit(0))
        _ = try signed.integer()
        for _ in ["algorithm", "issuer", "validity", "subject"] { _ = try signed.next(Tag.sequence) }
        publicKey = (try? CryptographicKey(publicKeyInfo: try signed.next(Tag.sequence).whole)) ?? .other
    }
}
