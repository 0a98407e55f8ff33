// Tokens to the tree of a module: the grammar's outermost level, and what all levels share.

/// What is wrong at one place; becomes a `RegoError` with the file's name.
struct SyntaxError: Error {
    let message: String
    let offset: Int
}

struct Parser {
    let source: SourceFile
    let tokens: [Token]
    var at = 0
    var depth = 0
    /// `import future.keywords.not` stands above.
    var hasNegatedBodies = false
    /// Terms that may still be parsed. Trying one reading and then another costs a factor a level; this bounds it.
    var termsLeft: Int

    /// Terms within terms; each level costs stack.
    static let depthMax = 128
    /// Operators in a row, each of which is an operand of the next: they nest as well.
    static let operatorsMax = 512
    /// Errors of one file that are reported.
    static let errorsMax = 64

    init(source: SourceFile, tokens: [Token]) {
        self.source = source
        self.tokens = tokens
        termsLeft = 1000 + 16 * tokens.count
    }

    var token: Token { tokens[at] }
    /// A keyword that a `.` follows at once is a name: `if.foo`.
    var kind: TokenKind {
        let kind = tokens[at].kind
        guard kind.isKeyword, let next, next.kind == .dot, next.isAdjacent else { return kind }
        return .identifier
    }
    var next: Token? { at + 1 < tokens.count ? tokens[at + 1] : nil }
    /// The end of the token before this one.
    var lastEnd: Int { at > 0 ? tokens[at - 1].span.end : 0 }

    mutating func advance() { if at + 1 < tokens.count { at += 1 } }

    mutating func take(_ kind: TokenKind) -> Bool {
        guard self.kind == kind else { return false }
        advance()
        return true
    }

    mutating func expect(_ kind: TokenKind, _ what: String) throws(SyntaxError) {
        guard take(kind) else { throw unexpected("expected \(what)") }
    }

    func unexpected(_ message: String) -> SyntaxError {
        if kind == .invalid { return SyntaxError(message: token.text, offset: token.span.start) }
        return SyntaxError(message: "unexpected \(token.name): \(message)", offset: token.span.start)
    }

    /// Besides names, `contains` where it is called.
    var isName: Bool {
        if kind == .identifier { return true }
        guard kind == .contains, let next else { return false }
        return next.isAdjacent && next.kind == .leftParenthesis
    }

    // MARK: Modules

    mutating func parseModule() throws(RegoErrors) -> Module {
        var errors: [RegoError] = []
        var package: [String] = []
        var packageSpan = Span.none
        do throws(SyntaxError) {
            (package, packageSpan) = try parsePackage()
        } catch {
            note(error, in: &errors)
            throw RegoErrors(errors)
        }
        var imports: [Import] = []
        var rules: [Rule] = []
        while kind != .end {
            do throws(SyntaxError) {
                if kind == .import, !isName {
                    imports.append(try parseImport())
                    if imports[imports.count - 1].path == ["future", "keywords", "not"] { hasNegatedBodies = true }
                } else {
                    rules.append(try parseRule())
                }
                guard kind == .end || kind == .semicolon || token.startsLine else {
                    throw unexpected("expected a new line after a rule")
                }
                while take(.semicolon) {}
            } catch {
                note(error, in: &errors)
                if errors.count >= Parser.errorsMax { break }
                skipToNextRule()
            }
        }
        noteImports(imports, in: &errors)
        let annotations = Annotation.all(
            in: source, package: packageSpan, imports: imports, rules: rules, &errors)
        if !errors.isEmpty { throw RegoErrors(errors) }
        return Module(
            source: source, package: package, packageSpan: packageSpan, imports: imports, rules: rules,
            annotations: annotations)
    }

    func note(_ error: SyntaxError, in errors: inout [RegoError]) {
        errors.append(RegoError(code: .parse, message: error.message, location: source.location(error.offset)))
    }

    /// After an error: rules start at the beginning of a line, so the next such token is where sense begins again.
    private mutating func skipToNextRule() {
        let failed = at
        while kind != .end {
            let canStart = kind == .identifier || kind == .default || kind == .import || kind == .package || isName
            if at > failed, token.startsLine, canStart, source.location(token.span.start).column == 1 { return }
            advance()
        }
    }

    private mutating func parsePackage() throws(SyntaxError) -> ([String], Span) {
        guard kind == .package else { throw unexpected("expected the package") }
        let start = token.span
        advance()
        guard kind == .identifier || kind.isKeyword else { throw unexpected("expected the package's name") }
        let path = try parseStaticPath()
        return (path.first == "data" && path.count > 1 ? Array(path.dropFirst()) : path, start.to(tokens[at - 1].span))
    }

    private mutating func parseImport() throws(SyntaxError) -> Import {
        let start = token.span
        advance()
        guard kind == .identifier || kind.isKeyword else { throw unexpected("expected what to import") }
        let root = token
        let path = try parseStaticPath()
        guard ["data", "input", "rego", "future"].contains(path[0]) else {
            throw SyntaxError(
                message: "unexpected import path, must begin with one of: {data, future, input, rego}, got: \(path[0])",
                offset: root.span.start)
        }
        var alias: String?
        if take(.as) {
            guard kind == .identifier else { throw unexpected("expected the import's alias") }
            alias = token.text
            advance()
        }
        try checkLanguageImport(path, alias: alias, at: root.span.start)
        return Import(path: path, alias: alias, span: start.to(tokens[at - 1].span))
    }

    private func checkLanguageImport(_ path: [String], alias: String?, at offset: Int) throws(SyntaxError) {
        guard path[0] == "rego" || path[0] == "future" else { return }
        let known = ["contains", "every", "if", "in", "not"]
        let isKnown =
            path == ["rego", "v1"] || path == ["future", "keywords"]
            || (path.count == 3 && path[0] == "future" && path[1] == "keywords" && known.contains(path[2]))
        guard isKnown else {
            throw SyntaxError(message: "invalid import \(path.joined(separator: "."))", offset: offset)
        }
        guard alias == nil else {
            throw SyntaxError(message: "\(path.joined(separator: ".")) cannot be aliased", offset: offset)
        }
    }

    /// `rego.v1` says everything that `future.keywords` would say; both together are refused.
    private func noteImports(_ imports: [Import], in errors: inout [RegoError]) {
        guard imports.contains(where: { $0.path == ["rego", "v1"] }) else { return }
        for item in imports where item.path.first == "future" && item.path.last != "not" {
            note(
                SyntaxError(
                    message: "the `rego.v1` import implies `future.keywords`, these are therefore mutually exclusive",
                    offset: item.span.start), in: &errors)
        }
    }

    /// `a.b["c"]`: names, keywords and strings.
    private mutating func parseStaticPath() throws(SyntaxError) -> [String] {
        var path = [token.text]
        advance()
        while path.count <= Parser.depthMax {
            if kind == .dot, token.isAdjacent {
                advance()
                guard kind == .identifier || kind.isKeyword else { throw unexpected("expected a name after the dot") }
                path.append(token.text)
                advance()
            } else if kind == .leftBracket, token.isAdjacent {
                advance()
                guard kind == .string else { throw unexpected("expected a string") }
                path.append(token.text)
                advance()
                try expect(.rightBracket, "]")
            } else {
                return path
            }
        }
        throw tooDeep()
    }
}
