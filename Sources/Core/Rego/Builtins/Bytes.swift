// Searching strings by their bytes: no canonical equivalence, no grapheme clusters.

enum Bytes {
    /// Byte offset of the first occurrence.
    static func first(_ part: String, in text: String) -> Int? {
        first(Array(part.utf8), in: Array(text.utf8), from: 0)
    }

    private static func first(_ part: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        guard let lead = part.first else { return start }
        var at = start
        while at + part.count <= text.count {
            if text[at] == lead, text[at..<(at + part.count)].elementsEqual(part) { return at }
            at += 1
        }
        return nil
    }

    static func all(_ part: String, in text: String, overlapping: Bool) -> [Int] {
        let part = Array(part.utf8)
        let text = Array(text.utf8)
        var found: [Int] = []
        var at = 0
        while let place = first(part, in: text, from: at) {
            found.append(place)
            at = place + (overlapping ? 1 : part.count)
        }
        return found
    }

    static func ends(_ text: String, with part: String) -> Bool {
        text.utf8.count >= part.utf8.count && text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8)
    }

    /// Code points before a byte offset.
    static func scalars(in text: String, before offset: Int) -> Int {
        text.utf8.prefix(offset).count { $0 & 0xC0 != 0x80 }
    }

    static func split(_ text: String, at delimiter: String) -> [String] {
        let bytes = Array(text.utf8)
        var parts: [String] = []
        var start = 0
        for place in all(delimiter, in: text, overlapping: false) {
            parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
            start = place + delimiter.utf8.count
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }

    static func replace(_ old: String, by new: String, in text: String) -> String {
        if old.isEmpty {
            // Go puts the new text before every code point and at the end.
            return text.unicodeScalars.reduce(into: new) { $0 += String($1) + new }
        }
        return split(text, at: old).joined(separator: new)
    }

    static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    static func trim(_ text: String, left: Bool, right: Bool, where cut: (Unicode.Scalar) -> Bool) -> String {
        var scalars = Array(text.unicodeScalars)[...]
        if left { scalars = scalars.drop(while: cut) }
        if right { while let last = scalars.last, cut(last) { scalars.removeLast() } }
        return string(scalars)
    }

    /// One code point to one, as Go maps; what maps to several stays.
    static func mapCase(_ text: String, _ mapping: (Unicode.Scalar.Properties) -> String) -> String {
        string(
            text.unicodeScalars.map { scalar in
                let mapped = mapping(scalar.properties).unicodeScalars
                return mapped.count == 1 ? mapped[mapped.startIndex] : scalar
            })
    }
}
