// Terms: operators by precedence, references, calls, literals of arrays, objects and sets, comprehensions.
// Precedence, loosest first: in · == != < <= > >= · | · & · + - · * / %.

extension Parser {
    /// A term with operators.
    /// - Parameters:
    ///   - allowsKeyAndValue: whether `k, v in xs` may stand here; in lists the comma separates.
    ///   - seed: the first operand, when it has been parsed already.
    mutating func parseInfix(allowsKeyAndValue: Bool, after seed: Term? = nil) throws(SyntaxError) -> Term {
        guard depth < Parser.depthMax else { throw tooDeep() }
        depth += 1
        defer { depth -= 1 }
        let first = try parseRelation(after: seed)
        var term = first
        if allowsKeyAndValue, kind == .comma {
            let before = at
            advance()
            if let value = try? parseRelation(), take(.in) {
                let domain = try parseRelation()
                term = infix("internal.member_3", [first, value, domain])
            } else {
                at = before
                return first
            }
        }
        return try chain(term, { $0 == .in ? "internal.member_2" : nil }) { parser throws(SyntaxError) in
            try parser.parseRelation()
        }
    }

    /// Operators of one precedence in a row, from the left.
    private mutating func chain(
        _ first: Term, _ name: (TokenKind) -> String?, _ operand: (inout Parser) throws(SyntaxError) -> Term
    ) throws(SyntaxError) -> Term {
        var left = first
        for _ in 0..<Parser.operatorsMax {
            guard let name = name(kind) else { return left }
            advance()
            // Before `infix` looks where it ends.
            let right = try operand(&self)
            left = infix(name, [left, right])
        }
        throw SyntaxError(message: "more than \(Parser.operatorsMax) operators in a row", offset: token.span.start)
    }

    private func infix(_ name: String, _ operands: [Term]) -> Term {
        Term(.call(.infix(name), operands), Span(start: operands[0].span.start, end: lastEnd))
    }

    private mutating func parseRelation(after seed: Term? = nil) throws(SyntaxError) -> Term {
        try chain(parseOr(after: seed), Parser.relation) { parser throws(SyntaxError) in try parser.parseOr() }
    }

    private static func relation(_ kind: TokenKind) -> String? {
        switch kind {
        case .equal: "equal"
        case .notEqual: "neq"
        case .less: "lt"
        case .lessOrEqual: "lte"
        case .greater: "gt"
        case .greaterOrEqual: "gte"
        default: nil
        }
    }

    private mutating func parseOr(after seed: Term? = nil) throws(SyntaxError) -> Term {
        try chain(parseAnd(after: seed), { $0 == .or ? "or" : nil }) { parser throws(SyntaxError) in
            try parser.parseAnd()
        }
    }

    private mutating func parseAnd(after seed: Term? = nil) throws(SyntaxError) -> Term {
        try chain(parseSum(after: seed), { $0 == .and ? "and" : nil }) { parser throws(SyntaxError) in
            try parser.parseSum()
        }
    }

    private mutating func parseSum(after seed: Term? = nil) throws(SyntaxError) -> Term {
        try chain(parseProduct(after: seed), { $0 == .plus ? "plus" : $0 == .minus ? "minus" : nil }) {
            parser throws(SyntaxError) in try parser.parseProduct()
        }
    }

    private mutating func parseProduct(after seed: Term? = nil) throws(SyntaxError) -> Term {
        let first = if let seed { seed } else { try parseTerm() }
        return try chain(first, { $0 == .times ? "mul" : $0 == .divide ? "div" : $0 == .modulo ? "rem" : nil }) {
            parser throws(SyntaxError) in try parser.parseTerm()
        }
    }

    /// A term without operators, with the references and calls that follow it.
    mutating func parseTerm() throws(SyntaxError) -> Term {
        guard depth < Parser.depthMax else { throw tooDeep() }
        guard termsLeft > 0 else {
            throw SyntaxError(message: "too ambiguous to parse in bounded time", offset: token.span.start)
        }
        termsLeft -= 1
        depth += 1
        defer { depth -= 1 }
        return try parsePostfix(parsePrimary())
    }

    private mutating func parsePrimary() throws(SyntaxError) -> Term {
        let token = self.token
        if isName {
            advance()
            return Term(.variable(token.text), token.span)
        }
        switch token.kind {
        case .null, .true, .false:
            advance()
            return Term(.scalar(token.kind == .null ? .null : .bool(token.kind == .true)), token.span)
        case .number, .minus: return try parseNumber()
        case .string:
            advance()
            return Term(.scalar(.string(token.text)), token.span)
        case .template:
            advance()
            return try parseTemplate(token)
        case .leftBracket: return try parseArray()
        case .leftBrace: return try parseBraces()
        case .leftParenthesis:
            advance()
            let term = try parseInfix(allowsKeyAndValue: true)
            try expect(.rightParenthesis, ")")
            return term
        default: throw unexpected("expected a term")
        }
    }

    private mutating func parseNumber() throws(SyntaxError) -> Term {
        let start = token.span
        let isNegative = take(.minus)
        guard kind == .number, !isNegative || token.isAdjacent else { throw unexpected("expected a number") }
        let text = (isNegative ? "-" : "") + token.text
        guard let value = Decimal.parse(text.utf8) else { throw unexpected("illegal number") }
        advance()
        return Term(.scalar(value), start.to(tokens[at - 1].span))
    }

    private mutating func parsePostfix(_ head: Term) throws(SyntaxError) -> Term {
        var term = head
        var path: [Term] = []
        func finished() -> Term {
            path.isEmpty ? term : Term(.reference(term, path), Span(start: head.span.start, end: lastEnd))
        }
        while true {
            if let operand = try parseOperand() {
                path.append(operand)
            } else if kind == .leftParenthesis, token.isAdjacent {
                let callee = finished()
                guard Parser.isCallable(callee) else { throw unexpected("only a function can be called") }
                advance()
                let arguments = try parseTerms(until: .rightParenthesis)
                path = []
                let span = Span(start: head.span.start, end: lastEnd)
                if case .variable("set") = callee.kind, arguments.isEmpty {
                    term = Term(.set([]), span)
                } else {
                    term = Term(.call(.named(callee), arguments), span)
                }
            } else {
                return finished()
            }
        }
    }

    private static func isCallable(_ term: Term) -> Bool {
        switch term.kind {
        case .variable: true
        case .reference(let head, let path):
            if case .variable = head.kind {
                path.allSatisfy { if case .scalar(.string) = $0.kind { true } else { false } }
            } else {
                false
            }
        default: false
        }
    }

    /// `.name` or `[term]` that follows without space; nil when there is none.
    mutating func parseOperand() throws(SyntaxError) -> Term? {
        guard token.isAdjacent else { return nil }
        if take(.dot) {
            guard kind == .identifier || kind.isKeyword, token.isAdjacent else {
                throw unexpected("expected a name after the dot")
            }
            let name = Term(.scalar(.string(token.text)), token.span)
            advance()
            return name
        }
        guard take(.leftBracket) else { return nil }
        let operand = try parseInfix(allowsKeyAndValue: true)
        try expect(.rightBracket, "]")
        return operand
    }

    /// Terms separated by commas, and what ends them. A comma may stand before the end.
    mutating func parseTerms(until end: TokenKind, after seed: Term? = nil) throws(SyntaxError) -> [Term] {
        var terms: [Term] = []
        var seed = seed
        while kind != end || seed != nil {
            terms.append(try parseInfix(allowsKeyAndValue: false, after: seed))
            seed = nil
            guard kind == end || take(.comma) else { throw unexpected("expected , or the end of the list") }
        }
        advance()
        return terms
    }

    private mutating func parseTemplate(_ token: Token) throws(SyntaxError) -> Term {
        var parts: [TemplatePart] = []
        for part in token.parts {
            switch part {
            case .text(let text): parts.append(.text(text))
            case .expression(let tokens):
                guard tokens.first?.kind != .end else {
                    throw SyntaxError(message: "template expression is empty", offset: token.span.start)
                }
                var inner = Parser(source: source, tokens: tokens)
                inner.depth = depth
                inner.hasNegatedBodies = hasNegatedBodies
                let literal = try inner.parseLiteral()
                guard inner.kind == .end else { throw inner.unexpected("expected the end of the template expression") }
                guard case .term = literal.kind else {
                    throw SyntaxError(message: "a template expression must have a value", offset: literal.span.start)
                }
                parts.append(.expression(literal))
            }
        }
        return Term(.template(parts), token.span)
    }
}
