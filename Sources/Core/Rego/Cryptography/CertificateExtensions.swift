// What the extensions of a certificate say (RFC 5280, 4.2), in the fields that Go's crypto/x509 has for them.

struct CertificateExtensions {
    private typealias Tag = DERReader.Tag

    /// Alternative names, of a subject or in constraints.
    struct Names {
        var dns: [Value] = []
        var emails: [Value] = []
        var addresses: [Value] = []
        var identifiers: [String] = []
    }

    private(set) var keyUsage = 0
    private(set) var extendedUsages: [Value] = []
    private(set) var unknownUsages: [Value] = []
    private(set) var hasBasicConstraints = false
    private(set) var isAuthority = false
    private(set) var pathLengthMax: Int?
    private(set) var names = Names()
    private(set) var subjectKey: ArraySlice<UInt8>?
    private(set) var authorityKey: ArraySlice<UInt8>?
    private(set) var statusServers: [Value] = []
    private(set) var issuingCertificates: [Value] = []
    private(set) var revocationLists: [Value] = []
    private(set) var policies: [DERReader.ObjectIdentifier] = []
    private(set) var areConstraintsCritical = false
    private(set) var permitted = Names()
    private(set) var excluded = Names()
    private(set) var unhandled: [Value] = []

    init(_ extensions: [Certificate.Extension]) throws(DERError) {
        for item in extensions where try !read(item) && item.isCritical { unhandled.append(item.id.value) }
    }

    /// Whether the extension is known here.
    private mutating func read(_ item: Certificate.Extension) throws(DERError) -> Bool {
        var value = DERReader(item.value)
        switch item.id {
        case .init(2, 5, 29, 14): subjectKey = try value.next(Tag.octetString).content
        case .init(2, 5, 29, 15): keyUsage = try CertificateExtensions.bits(&value)
        case .init(2, 5, 29, 17): names = try CertificateExtensions.names(try value.enter(Tag.sequence))
        case .init(2, 5, 29, 19): try readBasicConstraints(try value.enter(Tag.sequence))
        case .init(2, 5, 29, 30):
            areConstraintsCritical = item.isCritical
            try readNameConstraints(try value.enter(Tag.sequence))
        case .init(2, 5, 29, 31): try readRevocationLists(try value.enter(Tag.sequence))
        case .init(2, 5, 29, 32): try readPolicies(try value.enter(Tag.sequence))
        case .init(2, 5, 29, 35):
            var fields = try value.enter(Tag.sequence)
            authorityKey = try fields.nextIf(Tag.implicit(0))?.content
        case .init(2, 5, 29, 37): try readExtendedUsages(try value.enter(Tag.sequence))
        case .init(1, 3, 6, 1, 5, 5, 7, 1, 1): try readAuthorityAccess(try value.enter(Tag.sequence))
        default: return false
        }
        return true
    }

    /// The first bit of a bit string is the lowest.
    private static func bits(_ reader: inout DERReader) throws(DERError) -> Int {
        let content = try reader.next(Tag.bitString).content.dropFirst()
        var bits = 0
        for (place, byte) in content.prefix(2).enumerated() {
            for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 { bits |= 1 << (place * 8 + bit) }
        }
        return bits & 0x1FF
    }

    private static func names(_ reader: DERReader) throws(DERError) -> Names {
        var reader = reader
        var names = Names()
        while !reader.isAtEnd { add(try reader.next(), to: &names) }
        return names
    }

    private static func add(_ name: DERReader.Element, to names: inout Names) {
        let text = String(decoding: name.content, as: UTF8.self)
        switch name.tag {
        case Tag.implicit(1): names.emails.append(.string(text))
        case Tag.implicit(2): names.dns.append(.string(text))
        case Tag.implicit(6): names.identifiers.append(text)
        case Tag.implicit(7):
            if let address = AddressBlock.text(ofAddress: Array(name.content)) {
                names.addresses.append(.string(address))
            }
        default: break
        }
    }

    private mutating func readBasicConstraints(_ reader: DERReader) throws(DERError) {
        var reader = reader
        hasBasicConstraints = true
        isAuthority = try reader.nextIf(Tag.boolean)?.content.first == 0xFF
        if reader.nextTag == Tag.integer { pathLengthMax = try reader.smallInteger() }
    }

    private mutating func readNameConstraints(_ reader: DERReader) throws(DERError) {
        var reader = reader
        while !reader.isAtEnd {
            let list = try reader.next()
            var trees = DERReader(list.content)
            while !trees.isAtEnd {
                var tree = try trees.enter(Tag.sequence)
                let base = try tree.next()
                if list.tag == Tag.explicit(0) {
                    CertificateExtensions.constrain(base, &permitted)
                } else {
                    CertificateExtensions.constrain(base, &excluded)
                }
            }
        }
    }

    /// Constraints on addresses are an address and its mask.
    private static func constrain(_ name: DERReader.Element, _ names: inout Names) {
        guard name.tag == Tag.implicit(7) else { return add(name, to: &names) }
        let half = name.content.count / 2
        guard let address = AddressBlock.text(ofAddress: Array(name.content.prefix(half))) else { return }
        names.addresses.append(
            .object(members: [
                ("IP", .string(address)),
                ("Mask", .string(Base64.encode(Array(name.content.suffix(half)), Base64.standard, padded: true))),
            ]))
    }

    private mutating func readRevocationLists(_ reader: DERReader) throws(DERError) {
        var reader = reader
        while !reader.isAtEnd {
            var point = try reader.enter(Tag.sequence)
            guard let name = try point.nextIf(Tag.explicit(0)) else { continue }
            var inner = DERReader(name.content)
            guard let full = try inner.nextIf(Tag.explicit(0)) else { continue }
            revocationLists += try CertificateExtensions.names(DERReader(full.content)).identifiers.map { .string($0) }
        }
    }

    private mutating func readPolicies(_ reader: DERReader) throws(DERError) {
        var reader = reader
        while !reader.isAtEnd {
            var policy = try reader.enter(Tag.sequence)
            policies.append(try policy.objectIdentifier())
        }
    }

    private mutating func readExtendedUsages(_ reader: DERReader) throws(DERError) {
        var reader = reader
        while !reader.isAtEnd {
            let id = try reader.objectIdentifier()
            if let number = CertificateExtensions.usages.firstIndex(of: id) {
                extendedUsages.append(.int(number))
            } else {
                unknownUsages.append(id.value)
            }
        }
    }

    /// In the order of Go's constants.
    private static let usages: [DERReader.ObjectIdentifier] =
        [.init(2, 5, 29, 37, 0)] + (1...9).map { .init(1, 3, 6, 1, 5, 5, 7, 3, $0) } + [
            .init(1, 3, 6, 1, 4, 1, 311, 10, 3, 3), .init(2, 16, 840, 1, 113730, 4, 1),
            .init(1, 3, 6, 1, 4, 1, 311, 2, 1, 22), .init(1, 3, 6, 1, 4, 1, 311, 61, 1, 1),
        ]

    private mutating func readAuthorityAccess(_ reader: DERReader) throws(DERError) {
        var reader = reader
        while !reader.isAtEnd {
            var access = try reader.enter(Tag.sequence)
            let method = try access.objectIdentifier()
            let place = try access.next()
            guard place.tag == Tag.implicit(6) else { continue }
            let text = Value.string(String(decoding: place.content, as: UTF8.self))
            if method == .init(1, 3, 6, 1, 5, 5, 7, 48, 1) { statusServers.append(text) }
            if method == .init(1, 3, 6, 1, 5, 5, 7, 48, 2) { issuingCertificates.append(text) }
        }
    }
}

extension DERReader.ObjectIdentifier {
    /// Its numbers.
    var value: Value { .array(arcs.map { Value(exactly: $0) }) }

    var text: String { arcs.map { String($0) }.joined(separator: ".") }
}
