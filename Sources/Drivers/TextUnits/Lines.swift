// Lines of a text with what the block splitter needs to know of each: indent, first mark, whether it is a rule.

/// One line without the white space around it.
struct Line: Sendable {
    /// Scalars from the first to after the last that is not blank.
    var range: Range<Int>
    /// Columns before the first mark; a tab goes to the next multiple of eight.
    var indent: Int

    var isBlank: Bool { range.isEmpty }
}

enum Lines {
    /// Cuts at LF, CR LF, CR, form feed and the Unicode line and paragraph separators.
    static func cut(_ scalars: [Unicode.Scalar]) -> [Line] {
        var lines: [Line] = []
        var start = 0
        var index = 0
        while index < scalars.count {
            guard isBreak(scalars[index]) else {
                index += 1
                continue
            }
            lines.append(line(start..<index, in: scalars))
            if scalars[index] == "\r", index + 1 < scalars.count, scalars[index + 1] == "\n" { index += 1 }
            index += 1
            start = index
        }
        lines.append(line(start..<scalars.count, in: scalars))
        return lines
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 10, 11, 12, 13, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func line(_ range: Range<Int>, in scalars: [Unicode.Scalar]) -> Line {
        var low = range.lowerBound
        var high = range.upperBound
        var indent = 0
        while low < high, scalars[low].isBlank {
            indent = scalars[low] == "\t" ? (indent / 8 + 1) * 8 : indent + 1
            low += 1
        }
        while high > low, scalars[high - 1].isBlank { high -= 1 }
        return Line(range: low..<high, indent: indent)
    }
}

extension Line {
    /// A line of dashes, stars or the like: it separates and says nothing.
    func isRule(in scalars: [Unicode.Scalar]) -> Bool {
        !range.isEmpty && !scalars[range].contains { $0.isWordScalar }
    }

    /// `Copyright (C) 2007 …`, `© 2007 …`: true of a notice, not of a sentence about copyright.
    func isNotice(in scalars: [Unicode.Scalar]) -> Bool {
        let line = scalars[range]
        if line.first == "©" { return true }
        let word = Array("copyright".unicodeScalars)
        guard line.count > word.count + 1 else { return false }
        for (mark, expected) in zip(line, word) where mark.value | 32 != expected.value { return false }
        let rest = line.dropFirst(word.count).drop { $0.isBlank }
        guard let first = rest.first else { return false }
        return first == "(" || first == "©" || first == "[" || first == "<" || first.isASCIIDigit
    }
}
