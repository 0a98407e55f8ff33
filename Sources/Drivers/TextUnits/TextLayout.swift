// Text laid out for people: wrapped lines, underlined titles.

public enum TextLayout {
    /// Wraps at blanks so that no line has more than `width` marks, unless one word has; each line begins with `indent`.
    public static func wrapped(_ text: String, width: Int = 100, indent: String = "") -> String {
        var lines: [String] = []
        var line = indent
        var count = indent.count
        var isFresh = true
        for word in text.split(whereSeparator: \.isWhitespace) {
            let wordCount = word.count
            if !isFresh, count + 1 + wordCount > width {
                lines.append(line)
                line = indent
                count = indent.count
                isFresh = true
            }
            if !isFresh {
                line += " "
                count += 1
            }
            line += word
            count += wordCount
            isFresh = false
        }
        if !isFresh { lines.append(line) }
        return lines.joined(separator: "\n")
    }

    /// A title with a rule under it.
    public static func underlined(_ title: String, with mark: Character) -> String {
        title + "\n" + String(repeating: mark, count: max(1, title.count))
    }

    /// The beginning of `text` in at most `byteCount` bytes, cut after a whole word, with an ellipsis where it was cut.
    public static func shortened(_ text: String, byteCount: Int) -> String {
        guard text.utf8.count > byteCount else { return text }
        var kept = ""
        for word in text.split(separator: " ") {
            if kept.utf8.count + word.utf8.count + 1 > byteCount - 3 { break }
            kept += (kept.isEmpty ? "" : " ") + word
        }
        return kept + "…"
    }
}
