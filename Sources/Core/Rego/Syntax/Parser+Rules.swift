// Rules: heads, bodies, else branches.

extension Parser {
    mutating func parseRule() throws(SyntaxError) -> Rule {
        let start = token.span
        if kind == .default, !isName {
            advance()
            return try parseDefault(from: start)
        }
        guard isName else {
            if kind == .else { throw unexpected("else needs a rule before it") }
            throw unexpected("expected a rule; a rule's name cannot be a keyword")
        }
        let head = try parseHead()
        let hasIf = take(.if)
        let body = hasIf ? try parseRuleBody() : []
        if !hasIf {
            if kind == .leftBrace {
                throw unexpected("`if` keyword is required before rule body")
            }
            if head.element == nil, head.value == nil {
                throw SyntaxError(
                    message: head.arguments == nil && !head.path.isEmpty
                        ? "rule needs `contains`, `if` or a value" : "rule needs `if` or a value", offset: start.start)
            }
        }
        let alternatives = try parseAlternatives(of: head, hasBody: hasIf)
        return Rule(
            isDefault: false, head: head, body: body, alternatives: alternatives,
            span: Span(start: start.start, end: lastEnd))
    }

    private mutating func parseDefault(from start: Span) throws(SyntaxError) -> Rule {
        let head = try parseHead()
        guard let value = head.value, head.element == nil else {
            throw SyntaxError(message: "default rule needs a value (`default x := …`)", offset: start.start)
        }
        if let culprit = Parser.firstNotGround(value) {
            throw SyntaxError(
                message: "illegal default rule (value cannot contain a variable, reference or call)",
                offset: culprit.span.start)
        }
        for argument in head.arguments ?? [] {
            guard case .variable = argument.kind else {
                throw SyntaxError(
                    message: "illegal default rule (arguments cannot contain anything but variables)",
                    offset: argument.span.start)
            }
        }
        if kind == .if { throw unexpected("default rule cannot have a body") }
        if kind == .else { throw unexpected("default rule cannot have an else branch") }
        return Rule(
            isDefault: true, head: head, body: [], alternatives: [], span: Span(start: start.start, end: lastEnd))
    }

    /// Comprehensions are allowed: what is inside them is evaluated, not matched.
    private static func firstNotGround(_ term: Term) -> Term? {
        switch term.kind {
        case .scalar, .comprehension: nil
        case .variable, .reference, .call, .template: term
        case .array(let items), .set(let items): items.lazy.compactMap(firstNotGround).first
        case .object(let members):
            members.lazy.compactMap { firstNotGround($0.key) ?? firstNotGround($0.value) }.first
        }
    }

    private mutating func parseHead() throws(SyntaxError) -> RuleHead {
        guard isName else { throw unexpected("expected a rule's name") }
        let name = Term(.variable(token.text), token.span)
        advance()
        var path: [Term] = []
        while let operand = try parseOperand() { path.append(operand) }
        guard path.count <= Parser.depthMax else { throw tooDeep() }
        var arguments: [Term]?
        if kind == .leftParenthesis, token.isAdjacent {
            advance()
            arguments = try parseTerms(until: .rightParenthesis)
        }
        var element: Term?
        if arguments == nil, kind == .contains {
            advance()
            element = try parseInfix(allowsKeyAndValue: true)
        }
        var value: Term?
        if element == nil, kind == .assign || kind == .unify {
            advance()
            value = try parseInfix(allowsKeyAndValue: true)
        } else if element != nil, kind == .assign || kind == .unify {
            throw unexpected("a rule with `contains` has no value")
        }
        return RuleHead(
            name: name, path: path, arguments: arguments, element: element, value: value,
            span: Span(start: name.span.start, end: lastEnd))
    }

    /// After `if`: one literal, or a body in braces. `{ x }` is a body, not a set of one element.
    private mutating func parseRuleBody() throws(SyntaxError) -> [Expression] {
        guard kind == .leftBrace else { return [try parseLiteral()] }
        let start = at
        var asLiteral: SyntaxError
        do throws(SyntaxError) {
            let literal = try parseLiteral()
            if case .term(let term) = literal.kind, term.isBodyInBraces {
                asLiteral = SyntaxError(message: "found empty body", offset: literal.span.start)
            } else if kind == .end || kind == .semicolon || token.startsLine || kind == .else {
                return [literal]
            } else {
                asLiteral = unexpected("expected a new line after a rule")
            }
        } catch {
            asLiteral = error
        }
        at = start
        do throws(SyntaxError) {
            return try parseBracedBody()
        } catch {
            // The attempt that came further is the one the author meant.
            throw error.offset >= asLiteral.offset ? error : asLiteral
        }
    }

    /// `{ literal; literal }`, standing on the brace.
    mutating func parseBracedBody() throws(SyntaxError) -> [Expression] {
        let open = token
        try expect(.leftBrace, "{")
        if kind == .rightBrace { throw SyntaxError(message: "found empty body", offset: open.span.start) }
        return try parseBody(until: .rightBrace)
    }

    /// Literals separated by new lines or semicolons, and what ends them.
    mutating func parseBody(until end: TokenKind) throws(SyntaxError) -> [Expression] {
        var body: [Expression] = []
        while true {
            while take(.semicolon) {}
            if kind == end, !body.isEmpty { break }
            body.append(try parseLiteral())
            if kind == end { break }
            guard kind == .semicolon || token.startsLine else {
                throw unexpected("expected a new line, ; or the end of the body")
            }
            if kind == .end { throw unexpected("body without end") }
        }
        if end != .end { advance() }
        return body
    }

    private mutating func parseAlternatives(
        of head: RuleHead, hasBody: Bool
    ) throws(SyntaxError) -> [Rule.Alternative] {
        var alternatives: [Rule.Alternative] = []
        var mayFollow = hasBody
        while kind == .else, !isName {
            guard mayFollow else { throw unexpected("else needs a rule with a body before it") }
            guard head.element == nil else { throw unexpected("else keyword cannot be used on multi-value rules") }
            let start = token.span
            advance()
            var value: Term?
            if kind == .assign || kind == .unify {
                advance()
                value = try parseInfix(allowsKeyAndValue: true)
            }
            if kind == .leftBrace { throw unexpected("`if` keyword is required before else body") }
            mayFollow = take(.if)
            guard value != nil || mayFollow else { throw unexpected("else needs a value or `if`") }
            let body = mayFollow ? try parseRuleBody() : []
            alternatives.append(
                Rule.Alternative(value: value, body: body, span: Span(start: start.start, end: lastEnd)))
        }
        return alternatives
    }
}

extension Term {
    /// What reads as a set, or as an empty object, but stands where a body must.
    fileprivate var isBodyInBraces: Bool {
        switch kind {
        case .set: true
        case .object(let members): members.isEmpty
        default: false
        }
    }
}
