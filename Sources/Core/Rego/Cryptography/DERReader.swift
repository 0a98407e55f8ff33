// DER (ITU-T X.690): elements one after the other, lengths in their shortest form, nothing beyond the end.

/// The bytes are not what they should be. Callers say what they were to be.
struct DERError: Error {}

struct DERReader {
    enum Tag {
        static let boolean: UInt8 = 0x01
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octetString: UInt8 = 0x04
        static let null: UInt8 = 0x05
        static let objectIdentifier: UInt8 = 0x06
        static let utcTime: UInt8 = 0x17
        static let generalizedTime: UInt8 = 0x18
        static let sequence: UInt8 = 0x30
        static let set: UInt8 = 0x31

        /// `[number]` around an element.
        static func explicit(_ number: UInt8) -> UInt8 { 0xA0 | number }
        /// `[number]` in place of a primitive element's own tag.
        static func implicit(_ number: UInt8) -> UInt8 { 0x80 | number }
    }

    struct Element {
        let tag: UInt8
        /// Tag, length and content.
        let whole: ArraySlice<UInt8>
        let content: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }
    var nextTag: UInt8? { rest.first }

    mutating func next() throws(DERError) -> Element {
        let start = rest.startIndex
        // Tags of several bytes occur in nothing that is read here.
        guard rest.count >= 2, rest[start] & 0x1F != 0x1F else { throw DERError() }
        let first = Int(rest[start + 1])
        var length = first
        var content = start + 2
        if first >= 0x80 {
            let count = first & 0x7F
            guard count >= 1, count <= 4, rest.count >= 2 + count else { throw DERError() }
            length = rest[content..<(content + count)].reduce(0) { $0 << 8 | Int($1) }
            guard length >= 0x80, count == 1 || length >> (8 * (count - 1)) != 0 else { throw DERError() }
            content += count
        }
        guard length <= rest.endIndex - content else { throw DERError() }
        let end = content + length
        let element = Element(tag: rest[start], whole: rest[start..<end], content: rest[content..<end])
        rest = rest[end...]
        return element
    }

    mutating func next(_ tag: UInt8) throws(DERError) -> Element {
        guard nextTag == tag else { throw DERError() }
        return try next()
    }

    /// The next element when it has the tag.
    mutating func nextIf(_ tag: UInt8) throws(DERError) -> Element? {
        nextTag == tag ? try next() : nil
    }

    /// A reader of the content of the next element.
    mutating func enter(_ tag: UInt8) throws(DERError) -> DERReader { DERReader(try next(tag).content) }

    func end() throws(DERError) {
        guard isAtEnd else { throw DERError() }
    }

    // MARK: Primitive elements

    /// A natural number, most significant byte first, without zeros in front.
    mutating func natural() throws(DERError) -> [UInt8] {
        let bytes = try integer()
        guard bytes[bytes.startIndex] < 0x80 else { throw DERError() }
        return Array(bytes.drop { $0 == 0 })
    }

    /// Two's complement in the fewest bytes.
    mutating func integer() throws(DERError) -> ArraySlice<UInt8> {
        let bytes = try next(Tag.integer).content
        guard let first = bytes.first else { throw DERError() }
        if bytes.count > 1 {
            let second = bytes[bytes.startIndex + 1]
            guard !(first == 0 && second < 0x80), !(first == 0xFF && second >= 0x80) else { throw DERError() }
        }
        return bytes
    }

    /// An integer of at most four bytes.
    mutating func smallInteger() throws(DERError) -> Int {
        let bytes = try integer()
        guard bytes.count <= 4, let first = bytes.first else { throw DERError() }
        return bytes.reduce(first >= 0x80 ? -1 : 0) { $0 << 8 | Int($1) }
    }

    /// A bit string of whole bytes.
    mutating func bitString() throws(DERError) -> [UInt8] {
        let content = try next(Tag.bitString).content
        guard content.first == 0 else { throw DERError() }
        return Array(content.dropFirst())
    }

    mutating func objectIdentifier() throws(DERError) -> ObjectIdentifier {
        try ObjectIdentifier(der: try next(Tag.objectIdentifier).content)
    }

    struct ObjectIdentifier: Hashable {
        let arcs: [UInt64]

        init(_ arcs: UInt64...) { self.arcs = arcs }

        init(der content: ArraySlice<UInt8>) throws(DERError) {
            guard let last = content.last, last < 0x80 else { throw DERError() }
            var arcs: [UInt64] = []
            var arc: UInt64 = 0
            var isFirst = true
            for byte in content {
                // No leading zero groups, and nothing that leaves the word.
                guard !(isFirst && byte == 0x80), arc < 1 << 56 else { throw DERError() }
                arc = arc << 7 | UInt64(byte & 0x7F)
                isFirst = byte < 0x80
                guard isFirst else { continue }
                if arcs.isEmpty {
                    let root = min(arc / 40, 2)
                    arcs = [root, arc - root * 40]
                } else {
                    arcs.append(arc)
                }
                arc = 0
            }
            self.arcs = arcs
        }
    }
}
