// Literals of a body: some, every, not, assignments, `with` modifiers.

extension Parser {
    mutating func parseLiteral() throws(SyntaxError) -> Expression {
        let start = token.span.start
        let kind = try parseLiteralKind()
        var withs: [WithModifier] = []
        while self.kind == .with { withs.append(try parseWith()) }
        return Expression(kind: kind, withs: withs, span: Span(start: start, end: lastEnd))
    }

    private mutating func parseLiteralKind() throws(SyntaxError) -> Expression.Kind {
        guard !isName else { return try parseStatement() }
        switch kind {
        case .some: return try parseSome()
        case .every: return try parseEvery()
        case .not: return try parseNot()
        default: return try parseStatement()
        }
    }

    private mutating func parseStatement() throws(SyntaxError) -> Expression.Kind {
        let left = try parseInfix(allowsKeyAndValue: true)
        if take(.assign) { return .assign(left, try parseInfix(allowsKeyAndValue: true)) }
        if take(.unify) { return .unify(left, try parseInfix(allowsKeyAndValue: true)) }
        return .term(left)
    }

    private mutating func parseWith() throws(SyntaxError) -> WithModifier {
        let start = token.span.start
        advance()
        let target = try parseTerm()
        switch target.kind {
        case .variable, .reference: break
        default: throw SyntaxError(message: "with needs input, data or a function", offset: target.span.start)
        }
        try expect(.as, "as")
        let value = try parseInfix(allowsKeyAndValue: false)
        return WithModifier(target: target, value: value, span: Span(start: start, end: lastEnd))
    }

    private mutating func parseSome() throws(SyntaxError) -> Expression.Kind {
        let start = token.span.start
        advance()
        var terms = [try parseTerm()]
        while take(.comma) { terms.append(try parseTerm()) }
        if take(.in) {
            guard terms.count <= 2 else {
                throw SyntaxError(message: "some … in takes one or two names", offset: start)
            }
            let domain = try parseInfix(allowsKeyAndValue: false)
            return .someIn(key: terms.count == 2 ? terms[0] : nil, value: terms[terms.count - 1], domain: domain)
        }
        for term in terms {
            guard case .variable = term.kind else {
                throw SyntaxError(message: "some declares names, nothing else", offset: term.span.start)
            }
        }
        return .some(terms)
    }

    private mutating func parseEvery() throws(SyntaxError) -> Expression.Kind {
        let start = token.span.start
        advance()
        var terms = [try parseTerm()]
        if take(.comma) { terms.append(try parseTerm()) }
        for term in terms {
            guard case .variable = term.kind else {
                throw SyntaxError(message: "every declares names, nothing else", offset: term.span.start)
            }
        }
        guard take(.in) else {
            throw SyntaxError(
                message: "missing `in` in every at \(source.location(start).line)", offset: token.span.start)
        }
        let domain = try parseInfix(allowsKeyAndValue: false)
        guard kind == .leftBrace else { throw unexpected("every needs a body in braces") }
        let body = try parseBracedBody()
        return .every(key: terms.count == 2 ? terms[0] : nil, value: terms[terms.count - 1], domain: domain, body: body)
    }

    private mutating func parseNot() throws(SyntaxError) -> Expression.Kind {
        advance()
        let start = token.span.start
        guard depth < Parser.depthMax else { throw tooDeep() }
        depth += 1
        defer { depth -= 1 }
        if kind == .leftBrace, let body = try parseNegatedBody() { return .notBody(body) }
        guard kind != .some || isName else { throw unexpected("some cannot be negated") }
        let kind = try parseLiteralKind()
        return .not(Expression(kind: kind, withs: [], span: Span(start: start, end: lastEnd)))
    }

    /// `not { … }` where the braces hold a body and no object, set or comprehension. What could be a set is one unless
    /// the import says otherwise.
    private mutating func parseNegatedBody() throws(SyntaxError) -> [Expression]? {
        let start = at
        do throws(SyntaxError) {
            let term = try parseInfix(allowsKeyAndValue: true)
            if case .set = term.kind, hasNegatedBodies {
            } else {
                at = start
                return nil
            }
        } catch {}
        at = start
        return try parseBracedBody()
    }

    func tooDeep() -> SyntaxError {
        SyntaxError(message: "nested deeper than \(Parser.depthMax)", offset: token.span.start)
    }
}
