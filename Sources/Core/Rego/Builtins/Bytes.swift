// Searching strings by their bytes: no canonical equivalence, no grapheme clusters.

enum Bytes {
    /// Byte offset of the first occurrence.
    static func first(_ part: String, in text: String) -> Int? {
        var found: Int?
        search(part, in: text, overlapping: true) { place in
            found = place
            return false
        }
        return found
    }

    static func all(_ part: String, in text: String, overlapping: Bool) -> [Int] {
        var found: [Int] = []
        search(part, in: text, overlapping: overlapping) { place in
            found.append(place)
            return true
        }
        return found
    }

    /// The occurrences, also overlapping ones, by the code points before each.
    static func positions(of part: String, in text: String) -> [Int] {
        let bytes = Array(text.utf8)
        var counted = (bytes: 0, scalars: 0)
        return all(part, in: text, overlapping: true).map { place in
            counted.scalars += bytes[counted.bytes..<place].count { $0 & 0xC0 != 0x80 }
            counted.bytes = place
            return counted.scalars
        }
    }

    /// Knuth, Morris and Pratt's search: never more than two looks at a byte, whatever the texts are. Until the first
    /// letter is met it only looks for that.
    private static func search(
        _ part: String, in text: String, overlapping: Bool, _ found: (Int) -> Bool
    ) {
        let part = Array(part.utf8)
        guard let lead = part.first else {
            _ = found(0)
            return
        }
        var borders = [Int](repeating: 0, count: part.count)
        var matched = 0
        for index in part.indices.dropFirst() {
            while matched > 0, part[index] != part[matched] { matched = borders[matched - 1] }
            if part[index] == part[matched] { matched += 1 }
            borders[index] = matched
        }
        matched = 0
        var text = text
        text.withUTF8 { bytes in
            for index in bytes.indices {
                if matched == 0, bytes[index] != lead { continue }
                while matched > 0, bytes[index] != part[matched] { matched = borders[matched - 1] }
                if bytes[index] == part[matched] { matched += 1 }
                if matched == part.count {
                    if !found(index + 1 - part.count) { return }
                    matched = overlapping ? borders[matched - 1] : 0
                }
            }
        }
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

    /// One code point to one, as Go maps.
    static func mapCase(_ text: String, _ mapping: (Unicode.Scalar) -> Unicode.Scalar) -> String {
        string(text.unicodeScalars.map(mapping))
    }

    static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII {
            return (65...90).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
        }
        // The only one whose mapping is two that has a simple one as well.
        if scalar == "\u{130}" { return "i" }
        return single(scalar.properties.lowercaseMapping) ?? scalar
    }

    static func upper(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII {
            return (97...122).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) - 32) : scalar
        }
        // Greek letters with iota below become two; their simple mapping is that to title case.
        return single(scalar.properties.uppercaseMapping) ?? single(scalar.properties.titlecaseMapping) ?? scalar
    }

    private static func single(_ mapped: String) -> Unicode.Scalar? {
        mapped.unicodeScalars.count == 1 ? mapped.unicodeScalars.first : nil
    }
}
