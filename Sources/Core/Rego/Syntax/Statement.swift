// The tree that the parser builds: expressions of bodies, rules, imports, modules.

/// One literal of a body, with its `with` modifiers.
struct Expression: Sendable {
    indirect enum Kind: Sendable {
        case term(Term)
        /// `x := y`
        case assign(Term, Term)
        /// `x = y`
        case unify(Term, Term)
        /// `some x, y`
        case some([Term])
        /// `some k, v in xs`
        case someIn(key: Term?, value: Term, domain: Term)
        case every(key: Term?, value: Term, domain: Term, body: [Expression])
        case not(Expression)
        /// `not { … }`, with `import future.keywords.not`.
        case notBody([Expression])
    }

    let kind: Kind
    let withs: [WithModifier]
    let span: Span
}

/// `with target as value`
struct WithModifier: Sendable {
    let target: Term
    let value: Term
    let span: Span
}

struct RuleHead: Sendable {
    /// The name as written: a variable, then the rest of the reference.
    let name: Term
    let path: [Term]
    /// The parameters of a function; nil for a rule.
    let arguments: [Term]?
    /// `x` in `p contains x`.
    let element: Term?
    /// What stands after `:=` or `=`.
    let value: Term?
    let span: Span
}

struct Rule: Sendable {
    struct Alternative: Sendable {
        let value: Term?
        let body: [Expression]
        let span: Span
    }

    let isDefault: Bool
    let head: RuleHead
    /// Empty for a rule without conditions.
    let body: [Expression]
    /// The `else` branches in order.
    let alternatives: [Alternative]
    let span: Span
}

struct Import: Sendable {
    let path: [String]
    let alias: String?
    let span: Span

    /// The name by which the module uses it.
    var name: String? { alias ?? path.last }
}

/// One parsed Rego module.
public struct Module: Sendable {
    let source: SourceFile
    /// Without `data`.
    let package: [String]
    let packageSpan: Span
    let imports: [Import]
    let rules: [Rule]
    let annotations: [Annotation]

    /// `import future.keywords.not`: operands of a negated call stay inside the negation.
    var keepsOperandsInNegation: Bool { imports.contains { $0.path == ["future", "keywords", "not"] } }

    public var file: String { source.name }

    /// Parses one module of Rego v1.
    /// - Parameter file: the name that errors and reasons show.
    /// - Throws: every syntax error that was found.
    public init(parsing text: String, file: String) throws(RegoErrors) {
        let source = SourceFile(name: file, text: text)
        var parser = Parser(source: source, tokens: Lexer.tokens(of: source))
        self = try parser.parseModule()
    }

    init(
        source: SourceFile, package: [String], packageSpan: Span, imports: [Import], rules: [Rule],
        annotations: [Annotation]
    ) {
        self.source = source
        self.package = package
        self.packageSpan = packageSpan
        self.imports = imports
        self.rules = rules
        self.annotations = annotations
    }

    /// The same with some of its rules only.
    func keeping(_ isKept: (Rule) -> Bool) -> Module {
        Module(
            source: source, package: package, packageSpan: packageSpan, imports: imports, rules: rules.filter(isKept),
            annotations: annotations)
    }
}
