// Source text to tokens. What cannot be a token becomes an invalid one that says why; the parser reports it where it
// stands and goes on with the next rule, so that one pass finds the errors of the whole file.

struct Lexer {
    private let bytes: [UInt8]
    private var at = 0
    private var tokens: [Token] = []
    private var lastEnd = 0
    private var sawNewline = true
    private var templateDepth = 0

    /// Templates within templates; each level is a recursion here and in the parser.
    private static let templateDepthMax = 16

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func tokens(of source: SourceFile) -> [Token] {
        var lexer = Lexer(source.bytes)
        if String(validating: source.bytes, as: UTF8.self) == nil {
            return [Token(.invalid, Span(start: 0, end: 0), text: "the file is not UTF-8")]
        }
        while lexer.scanToken() {}
        return lexer.tokens
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        at + distance < bytes.count ? bytes[at + distance] : nil
    }

    private mutating func emit(_ kind: TokenKind, from start: Int, text: String = "", parts: [TemplateToken] = []) {
        tokens.append(
            Token(
                kind, Span(start: start, end: at), text: text, startsLine: sawNewline,
                isAdjacent: start == lastEnd && !tokens.isEmpty, parts: parts))
        lastEnd = at
        sawNewline = false
    }

    private mutating func skipSpaceAndComments() {
        while let byte = peek() {
            switch byte {
            case 10:
                sawNewline = true
                at += 1
            case 32, 9, 13: at += 1
            case UInt8(ascii: "#"): while let byte = peek(), byte != 10 { _ = byte; at += 1 }
            default: return
            }
        }
    }

    /// Scans one token; false after the end.
    private mutating func scanToken() -> Bool {
        skipSpaceAndComments()
        let start = at
        guard let byte = peek() else {
            emit(.end, from: start)
            return false
        }
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): scanWord()
        case UInt8(ascii: "0")...UInt8(ascii: "9"): scanNumber()
        case UInt8(ascii: "\""): scanString()
        case UInt8(ascii: "`"): scanRawString()
        case UInt8(ascii: "$") where peek(1) == UInt8(ascii: "\"") || peek(1) == UInt8(ascii: "`"): scanTemplate()
        default: scanPunctuation(byte)
        }
        return true
    }

    private mutating func scanWord() {
        let start = at
        while let byte = peek(), Lexer.isWordByte(byte) { at += 1 }
        let word = String(decoding: bytes[start..<at], as: UTF8.self)
        emit(TokenKind.keyword(word) ?? .identifier, from: start, text: word)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 95: true
        default: false
        }
    }

    private mutating func scanNumber() {
        let start = at
        while let byte = peek() {
            let isSign = byte == 43 || byte == 45
            if isSign, bytes[at - 1] | 32 != UInt8(ascii: "e") { break }
            // A dot that no digit follows is not part of the number.
            if byte == 46, !(peek(1).map { $0 >= 48 && $0 <= 57 } ?? false) { break }
            guard isSign || byte == 46 || Lexer.isWordByte(byte) else { break }
            at += 1
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if Decimal.parse(text.utf8) == nil {
            emit(.invalid, from: start, text: "illegal number \(text.shortened(toBytes: 64))")
        } else {
            emit(.number, from: start, text: text)
        }
    }

    private mutating func scanString() {
        let start = at
        at += 1
        while let byte = peek(), byte != 10, byte != UInt8(ascii: "\"") {
            at += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        at = min(at, bytes.count)
        guard peek() == UInt8(ascii: "\"") else {
            emit(.invalid, from: start, text: "non-terminated string")
            return
        }
        at += 1
        do throws(JSONError) {
            guard case .string(let text) = try Value(json: Array(bytes[start..<at])) else {
                preconditionFailure("JSON text that starts with a quote is a string")
            }
            emit(.string, from: start, text: text)
        } catch {
            emit(.invalid, from: start, text: "illegal string: \(error.message)")
        }
    }

    private mutating func scanRawString() {
        let start = at
        at += 1
        while let byte = peek(), byte != UInt8(ascii: "`") { _ = byte; at += 1 }
        guard peek() != nil else {
            emit(.invalid, from: start, text: "non-terminated raw string")
            return
        }
        at += 1
        emit(.string, from: start, text: String(decoding: bytes[(start + 1)..<(at - 1)], as: UTF8.self))
    }

    private mutating func scanPunctuation(_ byte: UInt8) {
        let start = at
        let two: TokenKind? =
            switch (byte, peek(1)) {
            case (UInt8(ascii: ":"), UInt8(ascii: "=")): .assign
            case (UInt8(ascii: "="), UInt8(ascii: "=")): .equal
            case (UInt8(ascii: "!"), UInt8(ascii: "=")): .notEqual
            case (UInt8(ascii: "<"), UInt8(ascii: "=")): .lessOrEqual
            case (UInt8(ascii: ">"), UInt8(ascii: "=")): .greaterOrEqual
            default: nil
            }
        at += two == nil ? 1 : 2
        if let kind = two ?? Lexer.punctuation(byte) {
            emit(kind, from: start, text: String(decoding: bytes[start..<at], as: UTF8.self))
            return
        }
        while let byte = peek(), byte & 0xC0 == 0x80 { _ = byte; at += 1 }
        emit(.invalid, from: start, text: "illegal character \(String(decoding: bytes[start..<at], as: UTF8.self))")
    }

    private static func punctuation(_ byte: UInt8) -> TokenKind? {
        switch byte {
        case UInt8(ascii: "("): .leftParenthesis
        case UInt8(ascii: ")"): .rightParenthesis
        case UInt8(ascii: "["): .leftBracket
        case UInt8(ascii: "]"): .rightBracket
        case UInt8(ascii: "{"): .leftBrace
        case UInt8(ascii: "}"): .rightBrace
        case UInt8(ascii: ","): .comma
        case UInt8(ascii: "."): .dot
        case UInt8(ascii: ":"): .colon
        case UInt8(ascii: ";"): .semicolon
        case UInt8(ascii: "="): .unify
        case UInt8(ascii: "<"): .less
        case UInt8(ascii: ">"): .greater
        case UInt8(ascii: "+"): .plus
        case UInt8(ascii: "-"): .minus
        case UInt8(ascii: "*"): .times
        case UInt8(ascii: "/"): .divide
        case UInt8(ascii: "%"): .modulo
        case UInt8(ascii: "&"): .and
        case UInt8(ascii: "|"): .or
        default: nil
        }
    }
}

// Template strings: $"text {expression} text" and $`…`.
extension Lexer {
    private mutating func scanTemplate() {
        let start = at
        let isRaw = peek(1) == UInt8(ascii: "`")
        let quote = isRaw ? UInt8(ascii: "`") : UInt8(ascii: "\"")
        at += 2
        var parts: [TemplateToken] = []
        var text: [UInt8] = []
        while let byte = peek() {
            if byte == quote {
                at += 1
                parts += decoded(text, isRaw: isRaw, from: start)
                emit(.template, from: start, parts: parts)
                return
            }
            if byte == UInt8(ascii: "{") {
                parts += decoded(text, isRaw: isRaw, from: start)
                text = []
                guard let tokens = scanTemplateExpression() else { return }
                parts.append(.expression(tokens))
                continue
            }
            if byte == 10, !isRaw { break }
            at += 1
            if byte == UInt8(ascii: "\\"), let next = peek() {
                if next == UInt8(ascii: "{") || next == UInt8(ascii: "}") && !isRaw {
                    text.append(next)
                    at += 1
                    continue
                }
                if !isRaw {
                    text += [byte, next]
                    at += 1
                    continue
                }
            }
            text.append(byte)
        }
        emit(.invalid, from: start, text: "non-terminated template string")
    }

    /// The text between two expressions, escapes decoded.
    private mutating func decoded(_ text: [UInt8], isRaw: Bool, from start: Int) -> [TemplateToken] {
        if text.isEmpty { return [] }
        if isRaw { return [.text(String(decoding: text, as: UTF8.self))] }
        do throws(JSONError) {
            guard case .string(let string) = try Value(json: [34] + text + [34]) else { return [] }
            return [.text(string)]
        } catch {
            let end = at
            at = start + 1
            emit(.invalid, from: start, text: "illegal template string: \(error.message)")
            at = end
            return []
        }
    }

    /// Stands on the opening brace; nil when the closing one is missing.
    private mutating func scanTemplateExpression() -> [Token]? {
        let start = at
        at += 1
        let outer = tokens
        tokens = []
        templateDepth += 1
        defer { templateDepth -= 1 }
        guard templateDepth <= Lexer.templateDepthMax else {
            tokens = outer
            at = bytes.count
            emit(.invalid, from: start, text: "template strings nested deeper than \(Lexer.templateDepthMax)")
            return nil
        }
        var depth = 0
        while scanToken() {
            guard let last = tokens.last else { break }
            if last.kind == .leftBrace { depth += 1 }
            if last.kind == .rightBrace {
                if depth == 0 {
                    let inner = tokens.dropLast() + [Token(.end, last.span, text: "}", startsLine: true)]
                    tokens = outer
                    lastEnd = at
                    return Array(inner)
                }
                depth -= 1
            }
        }
        tokens = outer
        emit(.invalid, from: start, text: "template expression without closing brace")
        return nil
    }
}
