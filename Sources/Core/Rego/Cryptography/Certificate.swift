// X.509 certificates and requests for them (RFC 5280, RFC 2986): their parts, without a judgement about them.

struct Certificate {
    fileprivate typealias Tag = DERReader.Tag
    typealias ObjectIdentifier = DERReader.ObjectIdentifier

    struct Extension {
        let id: ObjectIdentifier
        let isCritical: Bool
        let value: ArraySlice<UInt8>
    }

    /// What a certificate and a request for one have in common.
    struct Subject {
        let name: DistinguishedName
        let publicKeyInfo: ArraySlice<UInt8>
        let publicKey: CryptographicKey
        let publicKeyAlgorithm: ObjectIdentifier
    }

    /// What was signed, and how.
    struct Signed {
        let whole: ArraySlice<UInt8>
        let content: ArraySlice<UInt8>
        let algorithm: DERReader.Element
        let signature: [UInt8]

        /// Fills the bytes.
        init(_ bytes: ArraySlice<UInt8>) throws(DERError) {
            whole = bytes
            var outer = DERReader(bytes)
            var fields = try outer.enter(Tag.sequence)
            try outer.end()
            content = try fields.next(Tag.sequence).whole
            algorithm = try fields.next(Tag.sequence)
            signature = try fields.bitString()
            try fields.end()
        }
    }

    let signed: Signed
    let version: Int
    let serialNumber: [UInt8]
    let issuer: DistinguishedName
    let notBefore: String
    let notAfter: String
    let subject: Subject
    let extensions: [Extension]

    var publicKey: CryptographicKey { subject.publicKey }

    /// A certificate that fills the bytes.
    init(der bytes: ArraySlice<UInt8>) throws(DERError) {
        signed = try Signed(bytes)
        var whole = DERReader(signed.content)
        var fields = try whole.enter(Tag.sequence)
        if let stated = try fields.nextIf(Tag.explicit(0)) {
            var inner = DERReader(stated.content)
            version = try inner.smallInteger() + 1
        } else {
            version = 1
        }
        serialNumber = try fields.natural()
        guard (1...3).contains(version), serialNumber.count <= CryptographicKey.numberBytesMax else {
            throw DERError()
        }
        _ = try fields.next(Tag.sequence)
        issuer = try DistinguishedName(try fields.next(Tag.sequence))
        var validity = try fields.enter(Tag.sequence)
        notBefore = try validity.time()
        notAfter = try validity.time()
        subject = try Subject(&fields)
        _ = try fields.nextIf(Tag.implicit(1))
        _ = try fields.nextIf(Tag.implicit(2))
        var found: [Extension] = []
        if let list = try fields.nextIf(Tag.explicit(3)) { found = try Certificate.extensions(list.content) }
        try fields.end()
        extensions = found
    }

    /// The certificates of PEM blocks or of DER in a row, plain or in base64.
    static func all(in text: String) throws(BuiltinError) -> [Certificate] {
        var bytes = Array(text.utf8)
        if !text.hasPrefix("-----BEGIN") {
            guard let decoded = Base64.decode(text, Base64.standard, mayLackPadding: false) else {
                throw .failed("illegal base64 data")
            }
            bytes = decoded
        }
        if bytes.starts(with: "-----BEGIN".utf8) {
            var rest = bytes[...]
            bytes = []
            while let (block, after) = PEMBlock.first(in: rest) {
                guard block.label == "CERTIFICATE" else {
                    throw .failed("PEM block type is '\(block.label)', expected CERTIFICATE")
                }
                bytes += block.bytes
                rest = after
            }
        }
        do throws(DERError) {
            var reader = DERReader(bytes)
            var certificates: [Certificate] = []
            while !reader.isAtEnd { certificates.append(try Certificate(der: try reader.next().whole)) }
            return certificates
        } catch {
            throw .failed("x509: malformed certificate")
        }
    }

    fileprivate static func extensions(_ bytes: ArraySlice<UInt8>) throws(DERError) -> [Extension] {
        var outer = DERReader(bytes)
        var list = try outer.enter(Tag.sequence)
        try outer.end()
        var extensions: [Extension] = []
        while !list.isAtEnd {
            var fields = try list.enter(Tag.sequence)
            let id = try fields.objectIdentifier()
            let critical = try fields.nextIf(Tag.boolean)
            extensions.append(
                Extension(
                    id: id, isCritical: critical?.content.first == 0xFF, value: try fields.next(Tag.octetString).content
                ))
            try fields.end()
        }
        return extensions
    }
}

extension Certificate.Subject {
    fileprivate init(_ fields: inout DERReader) throws(DERError) {
        name = try DistinguishedName(try fields.next(DERReader.Tag.sequence))
        publicKeyInfo = try fields.next(DERReader.Tag.sequence).whole
        publicKey = try CryptographicKey(publicKeyInfo: publicKeyInfo, mayBeUnknown: true)
        var outer = DERReader(publicKeyInfo)
        var info = try outer.enter(DERReader.Tag.sequence)
        var algorithm = try info.enter(DERReader.Tag.sequence)
        publicKeyAlgorithm = try algorithm.objectIdentifier()
    }
}

/// A request for a certificate (PKCS #10).
struct CertificateRequest {
    let signed: Certificate.Signed
    let version: Int
    let subject: Certificate.Subject
    let extensions: [Certificate.Extension]

    init(der bytes: ArraySlice<UInt8>) throws(DERError) {
        signed = try Certificate.Signed(bytes)
        var whole = DERReader(signed.content)
        var fields = try whole.enter(DERReader.Tag.sequence)
        version = try fields.smallInteger()
        subject = try Certificate.Subject(&fields)
        var found: [Certificate.Extension] = []
        if let list = try fields.nextIf(DERReader.Tag.explicit(0)) {
            var attributes = DERReader(list.content)
            while !attributes.isAtEnd {
                var attribute = try attributes.enter(DERReader.Tag.sequence)
                let id = try attribute.objectIdentifier()
                let values = try attribute.next(DERReader.Tag.set)
                // The one attribute that asks for extensions.
                if id == .init(1, 2, 840, 113549, 1, 9, 14) { found += try Certificate.extensions(values.content) }
            }
        }
        try fields.end()
        extensions = found
    }
}

/// The name of a subject or issuer.
struct DistinguishedName {
    let whole: ArraySlice<UInt8>
    let attributes: [(id: DERReader.ObjectIdentifier, text: String)]

    init(_ element: DERReader.Element) throws(DERError) {
        whole = element.whole
        var sets = DERReader(element.content)
        var attributes: [(id: DERReader.ObjectIdentifier, text: String)] = []
        while !sets.isAtEnd {
            var set = try sets.enter(DERReader.Tag.set)
            while !set.isAtEnd {
                var attribute = try set.enter(DERReader.Tag.sequence)
                attributes.append((try attribute.objectIdentifier(), DistinguishedName.text(try attribute.next())))
                try attribute.end()
            }
        }
        self.attributes = attributes
    }

    private static func text(_ element: DERReader.Element) -> String {
        // BMPString is UTF-16; the others are ASCII or UTF-8.
        guard element.tag == 0x1E else { return String(decoding: element.content, as: UTF8.self) }
        let bytes = Array(element.content)
        let units = stride(from: 0, to: bytes.count - bytes.count % 2, by: 2).map {
            UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
        }
        return String(decoding: units, as: UTF16.self)
    }
}

extension DERReader {
    /// UTCTime or GeneralizedTime, as RFC 3339 writes it.
    fileprivate mutating func time() throws(DERError) -> String {
        let element = try next()
        var text = String(decoding: element.content, as: UTF8.self)
        guard text.utf8.last == UInt8(ascii: "Z"), text.utf8.dropLast().allSatisfy({ (48...57).contains($0) }) else {
            throw DERError()
        }
        switch (element.tag, text.utf8.count) {
        case (Tag.utcTime, 13): text = (text < "5" ? "20" : "19") + text
        case (Tag.generalizedTime, 15): break
        default: throw DERError()
        }
        let letters = Array(text)
        let parts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<12, 12..<14].map { String(letters[$0]) }
        let numbers = parts.compactMap { Int($0) }
        guard (1...12).contains(numbers[1]), numbers[2] >= 1,
            numbers[2] <= Calendar.days(inMonth: numbers[1], of: numbers[0]), numbers[3] < 24, numbers[4] < 60,
            numbers[5] < 60
        else { throw DERError() }
        return "\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])Z"
    }
}
