// The words of Rego.

enum TokenKind: UInt8, Sendable {
    case end, invalid
    case identifier, number, string, template
    // Keywords.
    case `as`, `default`, `else`, `import`, package, not, with, null, `true`, `false`, some, `if`, contains, every, `in`
    // Punctuation.
    case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
    case comma, dot, colon, semicolon, assign, unify
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    case plus, minus, times, divide, modulo, and, or

    static func keyword(_ word: String) -> TokenKind? {
        switch word {
        case "as": .as
        case "default": .default
        case "else": .else
        case "import": .import
        case "package": .package
        case "not": .not
        case "with": .with
        case "null": .null
        case "true": .true
        case "false": .false
        case "some": .some
        case "if": .if
        case "contains": .contains
        case "every": .every
        case "in": .in
        default: nil
        }
    }

    var isKeyword: Bool { rawValue >= TokenKind.as.rawValue && rawValue <= TokenKind.in.rawValue }
}

struct Token: Sendable {
    let kind: TokenKind
    let span: Span
    /// The name, the number's digits, the decoded string, or what is wrong with an invalid token.
    let text: String
    /// Stands on a later line than the token before it.
    let startsLine: Bool
    /// Follows the token before it without any space: `f(` is a call, `f (` is not.
    let isAdjacent: Bool
    /// The parts of a template string.
    let parts: [TemplateToken]

    init(
        _ kind: TokenKind, _ span: Span, text: String = "", startsLine: Bool = false, isAdjacent: Bool = false,
        parts: [TemplateToken] = []
    ) {
        self.kind = kind
        self.span = span
        self.text = text
        self.startsLine = startsLine
        self.isAdjacent = isAdjacent
        self.parts = parts
    }

    /// How an error message names it.
    var name: String {
        switch kind {
        case .end: "end of file"
        case .invalid: text
        case .identifier: "name \(text)"
        case .number: "number \(text)"
        case .string: "string"
        case .template: "template string"
        default: kind.isKeyword ? "keyword \(text)" : text
        }
    }
}

/// A stretch of text in a template string, or the tokens of an expression in braces.
enum TemplateToken: Sendable {
    case text(String)
    case expression([Token])
}
