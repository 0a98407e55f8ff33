// Swift source without its comments and the contents of its string literals, so that a rule about code is not broken by
// a sentence that mentions it. Lines keep their numbers; code within \(…) stays.

struct SwiftCode {
    private let source: [Character]
    private var index = 0
    private(set) var code = ""

    init(_ text: String) {
        source = Array(text)
        scanCode(untilClosing: false)
    }

    private func looking(at text: String) -> Bool {
        index + text.count <= source.count && source[index..<index + text.count].elementsEqual(text)
    }

    /// Copies code to the end, or to the parenthesis that closes an interpolation.
    private mutating func scanCode(untilClosing: Bool) {
        var depth = 0
        while index < source.count {
            if looking(at: "//") {
                while index < source.count, source[index] != "\n" { index += 1 }
            } else if looking(at: "/*") {
                scanBlockComment()
            } else if source[index] == "\"" || source[index] == "#" {
                scanLiteral()
            } else {
                if source[index] == "(" { depth += 1 }
                if source[index] == ")" {
                    depth -= 1
                    if untilClosing && depth < 0 { return }
                }
                code.append(source[index])
                index += 1
            }
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if looking(at: "/*") {
                depth += 1
                index += 2
            } else if looking(at: "*/") {
                depth -= 1
                index += 2
            } else {
                if source[index] == "\n" { code.append("\n") }
                index += 1
            }
        } while depth > 0 && index < source.count
    }

    /// A literal with any number of # around it, or a # that begins something else.
    private mutating func scanLiteral() {
        var hashes = 0
        while looking(at: "#") {
            hashes += 1
            index += 1
        }
        guard looking(at: "\"") else {
            code.append(String(repeating: "#", count: hashes))
            return
        }
        let quotes = looking(at: "\"\"\"") ? "\"\"\"" : "\""
        let fence = String(repeating: "#", count: hashes)
        index += quotes.count
        code.append("\"")
        while index < source.count, !looking(at: quotes + fence) {
            if looking(at: "\\" + fence + "(") {
                index += hashes + 2
                scanCode(untilClosing: true)
            } else if looking(at: "\\" + fence) {
                // The character after an escape cannot end the literal.
                index += hashes + 1
            }
            if index < source.count, source[index] == "\n" { code.append("\n") }
            index += 1
        }
        index += quotes.count + hashes
        code.append("\"")
    }
}
