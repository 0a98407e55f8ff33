// The marks that open a list item: bullets, `1.`, `2.3.1`, `(a)`, `iv)`, `B.`

enum Enumerator {
    /// How many scalars the mark at the start of `line` takes, white space after it included; 0 where there is none.
    static func count(_ line: ArraySlice<Unicode.Scalar>) -> Int {
        let mark = bulletCount(line) ?? labelCount(line)
        guard let mark, mark < line.count else { return 0 }
        let spaces = line.dropFirst(mark).prefix { $0.isBlank }.count
        return spaces == 0 ? 0 : mark + spaces
    }

    private static func bulletCount(_ line: ArraySlice<Unicode.Scalar>) -> Int? {
        switch line.first {
        case "-", "*", "+", "•", "‣", "–", "·": 1
        case "#": line.prefix { $0 == "#" }.count
        default: nil
        }
    }

    /// `(x)`, `x)`, `x.` or `1.2.3` with x a number, one letter or a small Roman number.
    private static func labelCount(_ line: ArraySlice<Unicode.Scalar>) -> Int? {
        var index = line.startIndex
        let bracketed = line.first == "("
        if bracketed { index += 1 }
        let body = line[index...].prefix { $0.isASCIILetter || $0.isASCIIDigit || $0 == "." }
        guard !body.isEmpty, body.count <= 9 else { return nil }
        let after = body.endIndex
        let closed = after < line.endIndex && line[after] == ")"
        if bracketed && !closed { return nil }
        guard isLabel(body, mayLackPoint: closed) else { return nil }
        return after - line.startIndex + (closed ? 1 : 0)
    }

    private static func isLabel(_ body: ArraySlice<Unicode.Scalar>, mayLackPoint: Bool) -> Bool {
        let pointed = body.last == "."
        let core = pointed ? body.dropLast() : body
        guard let first = core.first, core.last != "." else { return false }
        if first.isASCIIDigit {
            let isDotted = core.contains(".")
            guard core.allSatisfy({ $0.isASCIIDigit || $0 == "." }) else { return false }
            return pointed || mayLackPoint || isDotted
        }
        guard pointed || mayLackPoint, core.allSatisfy({ $0.isASCIILetter }) else { return false }
        return core.count == 1 || core.allSatisfy { "ivxIVX".unicodeScalars.contains($0) }
    }
}
