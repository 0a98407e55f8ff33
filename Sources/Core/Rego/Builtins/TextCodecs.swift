// Base64 (RFC 4648), hexadecimal, and URL query escaping as Go's net/url does it.

enum Base64 {
    static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8], _ alphabet: [UInt8], padded: Bool) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word: UInt32 = 0
            for byte in group { word = word << 8 | UInt32(byte) }
            word <<= UInt32(8 * (3 - group.count))
            for place in 0...group.count { out.append(alphabet[Int(word >> UInt32(18 - 6 * place)) & 63]) }
            if padded { out += [UInt8](repeating: 61, count: 3 - group.count) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nil for anything that is not exactly an encoding. Line ends are skipped, as in Go.
    static func decode(_ text: String, _ alphabet: [UInt8], mayLackPadding: Bool) -> [UInt8]? {
        var bytes = Array(text.utf8).filter { $0 != 10 && $0 != 13 }
        var padding = 0
        while padding < 2, bytes.last == 61 {
            bytes.removeLast()
            padding += 1
        }
        let tail = bytes.count % 4
        guard tail != 1, padding == (4 - tail) % 4 || (mayLackPadding && padding == 0) else { return nil }
        var reverse = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { reverse[Int(letter)] = UInt8(value) }
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let group = bytes[start..<min(start + 4, bytes.count)]
            var word: UInt32 = 0
            for letter in group {
                guard reverse[Int(letter)] != 255 else { return nil }
                word = word << 6 | UInt32(reverse[Int(letter)])
            }
            word <<= UInt32(6 * (4 - group.count))
            for place in 0..<(group.count - 1) { out.append(UInt8(truncatingIfNeeded: word >> UInt32(16 - 8 * place))) }
        }
        return out
    }
}

enum Hex {
    static func encode(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 2) {
            guard let high = JSONReader.hexDigit(text[start]), let low = JSONReader.hexDigit(text[start + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}

enum URLQuery {
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 95, 46, 126: out.append(byte)
            case 32: out.append(43)
            default: out += [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func decode(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var at = 0
        while at < bytes.count {
            switch bytes[at] {
            case 43: out.append(32)
            case 37:
                guard at + 2 < bytes.count, let high = JSONReader.hexDigit(bytes[at + 1]),
                    let low = JSONReader.hexDigit(bytes[at + 2])
                else { return nil }
                out.append(high << 4 | low)
                at += 2
            default: out.append(bytes[at])
            }
            at += 1
        }
        return String(decoding: out, as: UTF8.self)
    }
}
