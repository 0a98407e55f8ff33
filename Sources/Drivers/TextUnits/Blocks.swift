// Paragraphs, list items, headings and notices of a plain text, told apart by layout as people lay out plain text.

/// What a block of lines is.
public enum BlockKind: Sendable, Equatable {
    case heading, paragraph, item, notice
}

/// Consecutive lines that belong together. `start` skips the mark of a list item.
struct Block: Sendable {
    var kind: BlockKind
    var lines: [Line]
}

/// Cuts lines into blocks.
///
/// A blank line or a rule ends a block. A list mark starts one where the line before could end (so that a wrapped
/// "version\n2. You may" stays whole). A copyright notice lasts to the next blank line. A short block in capitals, in title
/// case or in the middle of the page, without a full stop, is a heading.
struct BlockSplitter {
    private let scalars: [Unicode.Scalar]
    private var blocks: [Block] = []
    private var open: Block?

    static func split(_ scalars: [Unicode.Scalar]) -> [Block] {
        var splitter = BlockSplitter(scalars)
        for line in Lines.cut(scalars) { splitter.take(line) }
        splitter.close()
        return splitter.blocks
    }

    private init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private mutating func take(_ line: Line) {
        if line.isBlank || line.isRule(in: scalars) { return close() }
        if line.isNotice(in: scalars) {
            close()
            open = Block(kind: .notice, lines: [line])
            return
        }
        if open?.kind == .notice {
            // An address, "All rights reserved." and the permission to copy the text itself follow without a blank line.
            open?.lines.append(line)
            return
        }
        let mark = Enumerator.count(scalars[line.range])
        if mark > 0, mayStartItem() {
            close()
            var rest = line
            rest.range = line.range.lowerBound + mark..<line.range.upperBound
            open = Block(kind: .item, lines: [rest])
        } else if open == nil {
            open = Block(kind: .paragraph, lines: [line])
        } else {
            open?.lines.append(line)
        }
    }

    /// True where the line before ended something: nothing is open, it ended in a mark, or it announced the last item.
    private func mayStartItem() -> Bool {
        guard let last = open?.lines.last, let mark = scalars[last.range].last else { return true }
        if ".;:,!?)\"'”’。".unicodeScalars.contains(mark) { return true }
        let word = String(String.UnicodeScalarView(scalars[last.range].reversed().prefix { !$0.isBlank }.reversed()))
        return word == "and" || word == "or"
    }

    private mutating func close() {
        guard var block = open else { return }
        open = nil
        if block.kind != .notice, looksLikeHeading(block) { block.kind = .heading }
        blocks.append(block)
    }

    private func looksLikeHeading(_ block: Block) -> Bool {
        guard block.lines.count <= 4, let last = block.lines.last, let end = scalars[last.range].last else {
            return false
        }
        if ".;:,?!。".unicodeScalars.contains(end) { return false }
        let shape = Shape(block.lines.map { scalars[$0.range] })
        guard shape.words <= 14, shape.words > 0 else { return false }
        let isCentred = block.lines.allSatisfy { $0.indent >= 8 } && block.kind == .paragraph
        return shape.isShouted || isCentred || (block.lines.count <= 2 && shape.isTitleCase)
    }
}

/// How a few lines are written: how many words, in capitals or in title case.
private struct Shape {
    var words = 0
    var long = 0
    var capitalised = 0
    var upper = 0
    var letters = 0

    init(_ lines: [ArraySlice<Unicode.Scalar>]) {
        for line in lines {
            for word in line.split(whereSeparator: { $0.isBlank }) where word.contains(where: { $0.isWordScalar }) {
                count(word)
            }
        }
    }

    private mutating func count(_ word: ArraySlice<Unicode.Scalar>) {
        words += 1
        let marks = word.filter { $0.isWordScalar }
        if marks.count > 3, marks[0].isUpper || marks[0].isLower {
            long += 1
            if marks[0].isUpper { capitalised += 1 }
        }
        letters += marks.count
        upper += marks.count { $0.isUpper }
    }

    var isShouted: Bool { letters > 0 && upper * 10 >= letters * 7 }
    var isTitleCase: Bool { long > 0 && capitalised * 10 >= long * 7 }
}
