// Source text being written: lines with indentation, doc comments wrapped as they stood in the .proto file.

struct SwiftSource {
    private(set) var text = ""
    private var depth = 0

    mutating func line(_ content: String = "") {
        text += content.isEmpty ? "\n" : String(repeating: "    ", count: depth) + content + "\n"
    }

    /// Writes `opening {`, what `body` writes one level deeper, and `}`.
    mutating func block(_ opening: String, _ body: (inout SwiftSource) -> Void) {
        line("\(opening) {")
        depth += 1
        body(&self)
        depth -= 1
        line("}")
    }

    mutating func comment(_ comment: String, mark: String = "///") {
        var lines = comment.split(separator: "\n", omittingEmptySubsequences: false)[...]
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        for content in lines {
            let trimmed = content.hasPrefix(" ") ? content.dropFirst() : content
            line(trimmed.isEmpty ? mark : "\(mark) \(trimmed)")
        }
    }
}
