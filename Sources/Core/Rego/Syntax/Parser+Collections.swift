// Arrays, objects, sets and comprehensions. As in OPA a comprehension's head is a term without operators: `[a | b]`
// is a comprehension, `[a + b | c]` an array that holds a union.

extension Parser {
    mutating func parseArray() throws(SyntaxError) -> Term {
        let start = token.span.start
        advance()
        if take(.rightBracket) { return Term(.array([]), Span(start: start, end: lastEnd)) }
        let first = try parseTerm()
        if let comprehension = try parseComprehension(.array, first, closedBy: .rightBracket, from: start) {
            return comprehension
        }
        let items = try parseTerms(until: .rightBracket, after: first)
        return Term(.array(items), Span(start: start, end: lastEnd))
    }

    mutating func parseBraces() throws(SyntaxError) -> Term {
        let start = token.span.start
        advance()
        if take(.rightBrace) { return Term(.object([]), Span(start: start, end: lastEnd)) }
        let first = try parseTerm()
        if let comprehension = try parseComprehension(.set, first, closedBy: .rightBrace, from: start) {
            return comprehension
        }
        let item = try parseInfix(allowsKeyAndValue: false, after: first)
        if kind == .colon { return try parseObject(firstKey: item, from: start) }
        guard kind == .rightBrace || take(.comma) else { throw unexpected("expected , or }") }
        let items = try parseTerms(until: .rightBrace)
        return Term(.set([item] + items), Span(start: start, end: lastEnd))
    }

    /// Stands on the colon after the first key.
    private mutating func parseObject(firstKey: Term, from start: Int) throws(SyntaxError) -> Term {
        var members: [(key: Term, value: Term)] = []
        var key = firstKey
        while true {
            try expect(.colon, ":")
            let first = try parseTerm()
            if members.isEmpty,
                let comprehension = try parseComprehension(
                    .object, first, key: key, closedBy: .rightBrace, from: start)
            {
                return comprehension
            }
            members.append((key, try parseInfix(allowsKeyAndValue: false, after: first)))
            guard kind == .rightBrace || take(.comma) else { throw unexpected("expected , or }") }
            if take(.rightBrace) { return Term(.object(members), Span(start: start, end: lastEnd)) }
            key = try parseInfix(allowsKeyAndValue: false)
        }
    }

    /// Nil, and nothing taken, when `value` does not begin a comprehension.
    private mutating func parseComprehension(
        _ kind: Comprehension.Kind, _ value: Term, key: Term? = nil, closedBy end: TokenKind, from start: Int
    ) throws(SyntaxError) -> Term? {
        guard self.kind == .or else { return nil }
        let before = at
        advance()
        let body: [Expression]
        do throws(SyntaxError) {
            body = try parseBody(until: end)
        } catch {
            // `{a | b, c}` is a set that holds a union; then what follows the bar is an operand and a comma.
            at = before
            guard (try? parseInfix(allowsKeyAndValue: false, after: value)) != nil, self.kind == .comma else {
                throw error
            }
            at = before
            return nil
        }
        let comprehension = Comprehension(kind: kind, key: key, value: value, body: body)
        return Term(.comprehension(comprehension), Span(start: start, end: lastEnd))
    }
}
