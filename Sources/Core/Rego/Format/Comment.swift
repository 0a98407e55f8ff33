// The comments of a source text. The lexer skips them; the formatter puts them back.

struct Comment: Sendable {
    let offset: Int
    let line: Int
    /// From the `#`, without white space at its end.
    let text: String

    /// In order. Comments within template strings belong to those.
    static func all(in source: SourceFile) -> [Comment] {
        var comments: [Comment] = []
        var end = 0
        for token in Lexer.tokens(of: source) {
            scan(source, end..<max(end, token.span.start), &comments)
            end = max(end, token.span.end)
        }
        return comments
    }

    /// Between tokens there is white space and comments, nothing else.
    private static func scan(_ source: SourceFile, _ gap: Range<Int>, _ comments: inout [Comment]) {
        var at = gap.lowerBound
        while at < gap.upperBound {
            guard source.bytes[at] == UInt8(ascii: "#") else {
                at += 1
                continue
            }
            var end = at
            while end < gap.upperBound, source.bytes[end] != 10 { end += 1 }
            var last = end
            while last > at, [32, 9, 13].contains(source.bytes[last - 1]) { last -= 1 }
            comments.append(
                Comment(
                    offset: at, line: source.line(at), text: String(decoding: source.bytes[at..<last], as: UTF8.self)))
            at = end
        }
    }
}
