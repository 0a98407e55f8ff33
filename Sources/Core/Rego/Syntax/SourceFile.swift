// The text of one module, and how offsets into it become lines and columns.

/// An immutable source text. Offsets count bytes; `Location` is computed only when something is reported.
final class SourceFile: Sendable {
    let name: String
    let bytes: [UInt8]
    private let lineStarts: [Int]

    init(name: String, text: String) {
        self.name = name
        bytes = Array(text.utf8)
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == 10 { starts.append(offset + 1) }
        lineStarts = starts
    }

    /// Counted from 1.
    func line(_ offset: Int) -> Int { lineIndex(offset) + 1 }

    private func lineIndex(_ offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    func location(_ offset: Int) -> Location {
        let low = lineIndex(offset)
        // Continuation bytes do not start a scalar.
        let column = bytes[lineStarts[low]..<min(offset, bytes.count)].lazy.filter { $0 & 0xC0 != 0x80 }.count + 1
        return Location(file: name, line: low + 1, column: column)
    }

    /// The text of a range with runs of white space made one space, cut at `scalarsMax`.
    func excerpt(_ range: Range<Int>, scalarsMax: Int = 160) -> String {
        var line: [UInt8] = []
        // Enough for one scalar more than are kept, whatever they are.
        let bytesMax = 4 * (scalarsMax + 2)
        line.reserveCapacity(min(range.count, bytesMax))
        for byte in bytes[range] where line.count < bytesMax {
            let isSpace = byte == 32 || (9...13).contains(byte)
            if !isSpace { line.append(byte) } else if let last = line.last, last != 32 { line.append(32) }
        }
        if line.last == 32 { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        guard line.count > scalarsMax, text.unicodeScalars.count > scalarsMax else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(scalarsMax - 1))) + "…"
    }
}

/// Where something stands: a range of bytes in its module's file.
struct Span: Sendable, Hashable {
    var start: Int
    var end: Int

    static let none = Span(start: 0, end: 0)

    func contains(_ other: Span) -> Bool { start <= other.start && other.end <= end }

    func to(_ other: Span) -> Span { Span(start: start, end: max(end, other.end)) }
}
