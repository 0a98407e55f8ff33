// PEM (RFC 7468), read as Go reads it: text around blocks is passed over, a block that is none is skipped.

struct PEMBlock {
    /// What stands after BEGIN and END.
    let label: String
    let bytes: [UInt8]

    /// The first block of a text and what follows it; nil when there is none.
    static func first(in text: ArraySlice<UInt8>) -> (block: PEMBlock, rest: ArraySlice<UInt8>)? {
        var lines = Lines(rest: text)
        while let line = lines.next() {
            guard let label = label(of: line, "-----BEGIN ") else { continue }
            let beginning = lines
            if let bytes = body(&lines, label) { return (PEMBlock(label: label, bytes: bytes), lines.rest) }
            lines = beginning
        }
        return nil
    }

    /// The lines up to the END of the same label; nil when they are no block.
    private static func body(_ lines: inout Lines, _ label: String) -> [UInt8]? {
        var encoded: [UInt8] = []
        var isHeader = true
        while let line = lines.next() {
            if let end = Self.label(of: line, "-----END ") {
                guard end == label else { return nil }
                return Base64.decode(String(decoding: encoded, as: UTF8.self), Base64.standard, mayLackPadding: false)
            }
            if line.starts(with: Array("-----".utf8)) { return nil }
            // Headers (`Name: value`) come before the first line of the body.
            if isHeader, line.contains(UInt8(ascii: ":")) { continue }
            isHeader = false
            encoded += line.filter { $0 != 32 && $0 != 9 }
        }
        return nil
    }

    /// What stands between a prefix and the dashes at the end of a line.
    private static func label(of line: ArraySlice<UInt8>, _ prefix: String) -> String? {
        let dashes = Array("-----".utf8)
        guard line.starts(with: prefix.utf8), line.count >= prefix.utf8.count + dashes.count,
            line.suffix(dashes.count).elementsEqual(dashes)
        else { return nil }
        return String(decoding: line.dropFirst(prefix.utf8.count).dropLast(dashes.count), as: UTF8.self)
    }

    private struct Lines {
        var rest: ArraySlice<UInt8>

        /// The next line without white space at its end.
        mutating func next() -> ArraySlice<UInt8>? {
            guard !rest.isEmpty else { return nil }
            let end = rest.firstIndex(of: 10) ?? rest.endIndex
            var line = rest[rest.startIndex..<end]
            rest = rest[min(end + 1, rest.endIndex)...]
            while let last = line.last, last == 32 || last == 9 || last == 13 { line.removeLast() }
            return line
        }
    }
}
