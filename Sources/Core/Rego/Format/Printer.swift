// Writes a tree as text, line by line, and puts comments where they were. Comments wait in a queue; whatever ends a line
// takes those that belong there.

struct Printer {
    let source: SourceFile
    private var bytes: [UInt8] = []
    private var comments: ArraySlice<Comment>
    private(set) var isAtLineStart = true
    /// The line of the source that the last thing written came from; 0 where nothing is to be kept apart.
    private var lastLine = 0
    var indent = 0

    init(_ source: SourceFile) {
        self.source = source
        comments = Comment.all(in: source)[...]
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func line(_ offset: Int) -> Int { source.line(offset) }

    /// A stretch of the source as it is.
    func written(_ span: Span) -> String { String(decoding: source.bytes[span.start..<span.end], as: UTF8.self) }

    // MARK: Writing

    mutating func write(_ text: String) {
        if isAtLineStart, !text.isEmpty {
            for _ in 0..<indent { bytes.append(9) }
            isAtLineStart = false
        }
        bytes += text.utf8
    }

    mutating func newLine() {
        guard !isAtLineStart else { return }
        bytes.append(10)
        isAtLineStart = true
    }

    /// One empty line, unless a block or the file has only begun.
    mutating func blankLine() {
        newLine()
        guard !bytes.isEmpty, lastLine > 0, !bytes.suffix(2).elementsEqual([10, 10]) else { return }
        bytes.append(10)
    }

    /// What follows begins a block: no empty line stands there.
    mutating func beginBlock() { lastLine = 0 }

    /// Where the source has empty lines before this one, one is kept.
    mutating func keepBlankLine(before line: Int) {
        if lastLine > 0, line > lastLine + 1 { blankLine() }
    }

    mutating func note(line: Int) { lastLine = max(lastLine, line) }

    /// Takes the line as the last, also when it is an earlier one.
    mutating func reset(line: Int) { lastLine = line }

    /// How far the text has come, to go back there.
    struct Mark {
        fileprivate let count: Int
        fileprivate let comments: ArraySlice<Comment>
        fileprivate let isAtLineStart: Bool
        fileprivate let lastLine: Int
    }

    func mark() -> Mark {
        Mark(count: bytes.count, comments: comments, isAtLineStart: isAtLineStart, lastLine: lastLine)
    }

    mutating func goBack(to mark: Mark) {
        bytes.removeLast(bytes.count - mark.count)
        comments = mark.comments
        isAtLineStart = mark.isAtLineStart
        lastLine = mark.lastLine
    }

    // MARK: Comments

    /// How many comments `endLine` would put behind something that ended at `end`: one from within that found no place
    /// and one behind are two already.
    func commentCount(behind end: Int, before next: Int) -> Int {
        let endLine = line(max(end - 1, 0))
        return comments.prefix { $0.offset < next && ($0.offset < end || $0.line == endLine) }.count
    }

    func hasComment(before offset: Int) -> Bool { comments.first.map { $0.offset < offset } ?? false }

    /// Comments that stand before an offset, each on a line of its own.
    mutating func writeComments(before offset: Int) {
        while let comment = comments.first, comment.offset < offset {
            newLine()
            keepBlankLine(before: comment.line)
            write(comment.text)
            newLine()
            lastLine = comment.line
            comments.removeFirst()
        }
    }

    /// The comment that stands behind an opening bracket, and the end of that line.
    mutating func endOpening(at opening: Int, before first: Int) {
        if let comment = comments.first, comment.offset < first, comment.line == line(opening) {
            write(" " + comment.text)
            comments.removeFirst()
        }
        newLine()
    }

    /// Ends the line of something that ended at `end`: with the comment behind it, or one from within that found no
    /// place; more of those follow on lines of their own.
    /// - Parameter next: where what follows begins; a comment behind that belongs there.
    mutating func endLine(after end: Int, before next: Int = .max) {
        let endLine = line(max(end - 1, 0))
        var isFirst = true
        while let comment = comments.first, comment.offset < next, comment.offset < end || comment.line == endLine {
            if isFirst { write(" ") } else { newLine() }
            write(comment.text)
            isFirst = false
            comments.removeFirst()
        }
        newLine()
        lastLine = endLine
    }
}
