// An IP address with the number of leading bits that count.

struct AddressBlock: Hashable {
    /// 4 or 16 bytes; bits beyond `prefix` are zero.
    private let bytes: [UInt8]
    private let prefix: Int

    var isVersion6: Bool { bytes.count == 16 }
    private var bitCount: Int { bytes.count * 8 }

    /// A block of version 4 in the form of version 6 (`::ffff:10.0.0.0/104`) is the block of version 4: an address is
    /// the same address however it is written.
    private init(_ bytes: [UInt8], prefix: Int) {
        let kept = bytes.enumerated().map { index, byte in
            let kept = min(max(prefix - index * 8, 0), 8)
            return kept == 8 ? byte : byte & ~(0xFF >> UInt8(kept))
        }
        let isMapped = kept.count == 16 && prefix >= 96 && kept.starts(with: AddressBlock.mapped)
        self.bytes = isMapped ? Array(kept.suffix(4)) : kept
        self.prefix = isMapped ? prefix - 96 : prefix
    }

    private static let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// `10.0.0.0/8`, `2001:db8::/32`.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let bytes = AddressBlock.parse(parts[0]), !parts[1].isEmpty, parts[1].utf8.count <= 3,
            parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let prefix = Int(parts[1]), prefix <= bytes.count * 8
        else { return nil }
        self.init(bytes, prefix: prefix)
    }

    /// One address, all of whose bits count.
    init?(address text: String) {
        guard let bytes = AddressBlock.parse(text[...]) else { return nil }
        self.init(bytes, prefix: bytes.count * 8)
    }

    /// The network that an address of version 4 was in when networks had classes: of 8, 16 or 24 bits.
    init?(classOf text: String) {
        guard let address = AddressBlock(address: text), !address.isVersion6 else { return nil }
        self.init(address.bytes, prefix: address.bytes[0] < 0x80 ? 8 : address.bytes[0] < 0xC0 ? 16 : 24)
    }

    private static func parse(_ text: Substring) -> [UInt8]? { text.contains(":") ? parse6(text) : parse4(text) }

    private static func parse4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part -> UInt8? in
            guard part.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), part.utf8.count == 1 || part.utf8.first != 48 else {
                return nil
            }
            return UInt8(part)
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    /// RFC 4291: eight groups, `::` once for zeros, the last two as version 4.
    private static func parse6(_ text: Substring) -> [UInt8]? {
        let halves = Bytes.split(String(text), at: "::")
        guard halves.count <= 2 else { return nil }
        var sides: [[UInt8]] = []
        for half in halves {
            guard let bytes = groups(half[...]) else { return nil }
            sides.append(bytes)
        }
        if sides.count == 1 { return sides[0].count == 16 ? sides[0] : nil }
        let missing = 16 - sides[0].count - sides[1].count
        guard missing >= 2 else { return nil }
        return sides[0] + [UInt8](repeating: 0, count: missing) + sides[1]
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.contains("."), index == parts.count - 1 {
                guard let last = parse4(part) else { return nil }
                bytes += last
            } else {
                guard !part.isEmpty, part.utf8.count <= 4, part.utf8.allSatisfy({ JSONReader.hexDigit($0) != nil }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(truncatingIfNeeded: group)]
            }
        }
        return bytes.count <= 16 ? bytes : nil
    }

    func contains(_ other: AddressBlock) -> Bool {
        bytes.count == other.bytes.count && prefix <= other.prefix
            && AddressBlock(other.bytes, prefix: prefix).bytes == bytes
    }

    // MARK: Listing

    /// How many addresses it holds, when that is a number one could list.
    var addressCount: Int? { bitCount - prefix <= 24 ? 1 << (bitCount - prefix) : nil }

    func addresses(_ count: Int) -> [String] {
        var address = bytes
        return (0..<count).map { _ in
            defer { AddressBlock.increment(&address) }
            return AddressBlock.text(address)
        }
    }

    /// Of 4 or 16 bytes; nil for others.
    static func text(ofAddress bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        return text(AddressBlock(bytes, prefix: bytes.count * 8).bytes)
    }

    private static func increment(_ address: inout [UInt8]) {
        for index in address.indices.reversed() {
            address[index] &+= 1
            if address[index] != 0 { return }
        }
    }

    var text: String { "\(AddressBlock.text(bytes))/\(prefix)" }

    /// The block as one of its addresses says it.
    func text(naming address: AddressBlock) -> String { "\(AddressBlock.text(address.bytes))/\(prefix)" }

    /// RFC 5952 for version 6: the longest run of zero groups is `::`, and letters are small.
    private static func text(_ bytes: [UInt8]) -> String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > best.count, end - start > 1 { best = start..<end }
            start = max(end, start + 1)
        }
        let words = groups.map { String($0, radix: 16) }
        if best.isEmpty { return words.joined(separator: ":") }
        return words[..<best.lowerBound].joined(separator: ":") + "::"
            + words[best.upperBound...].joined(separator: ":")
    }

    // MARK: Merging

    /// The fewest blocks that hold the same addresses: covered ones are dropped, neighbours become one.
    static func merge(_ blocks: [AddressBlock]) -> [AddressBlock] {
        var merged: [AddressBlock] = []
        for block in blocks.sorted(by: stand) {
            if let last = merged.last, last.contains(block) { continue }
            merged.append(block)
            while merged.count > 1, let joined = join(merged[merged.count - 2], merged[merged.count - 1]) {
                merged.removeLast(2)
                merged.append(joined)
            }
        }
        return merged
    }

    private static func stand(_ a: AddressBlock, before b: AddressBlock) -> Bool {
        if a.bytes.count != b.bytes.count { return a.bytes.count < b.bytes.count }
        if a.bytes != b.bytes { return a.bytes.lexicographicallyPrecedes(b.bytes) }
        return a.prefix < b.prefix
    }

    private static func join(_ a: AddressBlock, _ b: AddressBlock) -> AddressBlock? {
        guard a.bytes.count == b.bytes.count, a.prefix == b.prefix, a.prefix > 0, a.bytes != b.bytes else { return nil }
        let parent = AddressBlock(a.bytes, prefix: a.prefix - 1)
        return parent.contains(b) ? parent : nil
    }
}
