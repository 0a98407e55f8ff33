// Breaks text into lines of a width. Counts characters, which is right for the texts that programs of CAM have.

enum TextLayout {
    /// Words of one paragraph, broken at spaces; a longer word stays whole.
    static func lines(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }

    static func wrapped(_ text: String, width: Int) -> String {
        lines(text, width: width).joined(separator: "\n")
    }

    /// Paragraphs are separated by empty lines; one whose lines are indented stays as it is.
    static func paragraphs(_ text: String, width: Int) -> String {
        text.split(separator: "\n\n").map { paragraph in
            paragraph.hasPrefix(" ") ? String(paragraph) : wrapped(String(paragraph), width: width)
        }.joined(separator: "\n\n")
    }

    /// A name at the left and its explanation in a column beside it, or below where the name is too long.
    static func hanging(_ name: String, _ text: String, column: Int, width: Int) -> String {
        let indent = String(repeating: " ", count: column)
        let lines = lines(text, width: max(20, width - column))
        let head = "  " + name
        guard head.count + 2 <= column else {
            return ([head] + lines.map { indent + $0 }).joined(separator: "\n")
        }
        let first = head + String(repeating: " ", count: column - head.count) + (lines.first ?? "")
        return ([first] + lines.dropFirst().map { indent + $0 }).joined(separator: "\n")
    }
}
