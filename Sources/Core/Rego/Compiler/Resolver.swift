// Names to variables, references and calls. One resolver works through one rule; errors are collected, not thrown, so
// that a load reports them all.

/// What a module's names mean: its package's rules and its imports.
struct ModuleNames: Sendable {
    enum Meaning: Sendable {
        case data([Value])
        case input([Value])
    }

    let source: SourceFile
    let keepsOperandsInNegation: Bool
    /// Builtins that the embedder does not offer, each with the reason.
    let refusing: [String: String]
    private(set) var meanings: [String: Meaning] = [:]
    /// Nil for a query.
    let metadata: Metadata?

    init(
        _ module: Module, packageRules: Set<String>, refusing: [String: String], metadata: Metadata,
        errors: inout ErrorList
    ) {
        source = module.source
        self.metadata = metadata
        self.refusing = refusing
        keepsOperandsInNegation = module.keepsOperandsInNegation
        let package: [Value] = module.package.map { .string($0) }
        for name in packageRules { meanings[name] = .data(package + [.string(name)]) }
        var imported: [String: String] = [:]
        for item in module.imports where item.path[0] == "data" || item.path[0] == "input" {
            guard let name = item.name else { continue }
            let written = item.path.joined(separator: ".")
            if let other = imported[name] {
                errors.add(.compile, "import must not shadow import \(other)", module.source, item.span)
            }
            imported[name] = written
            let path: [Value] = item.path.dropFirst().map { .string($0) }
            if name != item.path[0] || item.path.count > 1 {
                meanings[name] = item.path[0] == "data" ? .data(path) : .input(path)
            }
        }
    }

    /// For a query, which belongs to no module.
    init(source: SourceFile) {
        self.source = source
        metadata = nil
        refusing = [:]
        keepsOperandsInNegation = false
    }
}

struct Resolver {
    let tree: RuleTree
    let module: ModuleNames
    /// The rule that is being resolved; nil for a query.
    var rule: DeclaredRule?
    var errors = ErrorList()

    /// Names of all variables made so far; the index is the variable's number.
    var names: [String] = []
    var scope = Scope(parent: nil)
    /// Variables used, for each closure that is being resolved; the last is the innermost.
    private var uses: [Set<Int>] = [[]]

    init(tree: RuleTree, module: ModuleNames) {
        self.tree = tree
        self.module = module
    }

    mutating func error(_ code: RegoError.Code, _ message: String, _ span: Span) {
        errors.add(code, message, module.source, span)
    }

    mutating func makeVariable(_ name: String) -> Int {
        names.append(name)
        return names.count - 1
    }

    mutating func markUsed(_ variable: Int) { uses[uses.count - 1].insert(variable) }

    /// Runs `resolve` in a new scope, as a closure, and returns what it captures.
    mutating func inClosure<Result>(
        _ resolve: (inout Resolver) -> Result
    ) -> (result: Result, own: Range<Int>, captures: [Int]) {
        let outer = scope
        scope = Scope(parent: outer)
        uses.append([])
        let first = names.count
        let result = resolve(&self)
        noteUnused()
        scope = outer
        let used = uses.removeLast()
        let captures = used.filter { $0 < first }.sorted()
        uses[uses.count - 1].formUnion(captures)
        return (result, first..<names.count, captures)
    }

    /// Declares a name in the innermost scope.
    mutating func declare(_ name: String, _ span: Span, _ declaration: Declaration) -> Int {
        if name == "input" || name == "data" {
            error(.compile, "variables must not shadow \(name) (use a different variable name)", span)
        }
        if let entry = scope.entries[name] {
            switch entry.declaration {
            case .argument: error(.compile, "arg \(name) redeclared", span)
            case .assigned: error(.compile, "var \(name) assigned above", span)
            case .some, .iterated: error(.compile, "var \(name) declared above", span)
            case .free: error(.compile, "var \(name) referenced above", span)
            }
        } else if scope.seen.contains(name) {
            error(.compile, "var \(name) referenced above", span)
        }
        let variable = makeVariable(name)
        scope.declare(name, variable, declaration)
        return variable
    }

    /// `some x` that nothing uses is a mistake, most often a misspelt name.
    mutating func noteUnused() {
        for (name, entry) in scope.entries {
            guard case .some(let span) = entry.declaration, !entry.isUsed else { continue }
            error(.compile, "declared var \(name) unused", span)
        }
    }

    /// Gives the names that a body uses and nothing declares a place in that body's scope.
    mutating func declareFree(_ direct: DirectNames) {
        for name in direct.used where name != "_" && name != "input" && name != "data" {
            guard !direct.declared.contains(name), !scope.isVisible(name), module.meanings[name] == nil else {
                continue
            }
            scope.declare(name, makeVariable(name), .free)
        }
    }

    // MARK: Bodies

    mutating func resolve(body: [Expression]) -> [ResolvedLiteral] {
        var literals: [ResolvedLiteral] = []
        literals.reserveCapacity(body.count)
        for expression in body { literals.append(resolve(expression)) }
        return literals
    }

    mutating func resolve(_ expression: Expression) -> ResolvedLiteral {
        // Modifiers are resolved first: what they say is about the outside of the literal.
        let withs = expression.withs.compactMap { resolve($0) }
        return ResolvedLiteral(
            kind: resolveKind(expression), withs: withs, span: expression.span, isWritten: true)
    }

    private mutating func resolveKind(_ expression: Expression) -> ResolvedLiteral.Kind {
        switch expression.kind {
        case .term(let term): return resolveTest(term)
        case .assign(let left, let right):
            let value = resolve(right)
            return .unify(resolveDeclaration(left, .assigned), value)
        case .unify(let left, let right): return .unify(resolve(left), resolve(right))
        case .some(let terms):
            for term in terms { _ = resolveDeclaration(term, .some(term.span)) }
            return .nothing
        case .someIn(let key, let value, let domain):
            let domain = resolve(domain)
            let key = key.map { resolveDeclaration($0, .iterated) }
            return .member(key: key, value: resolveDeclaration(value, .iterated), domain: domain)
        case .every(let key, let value, let domain, let body): return resolveEvery(key, value, domain, body)
        case .not(let inner):
            guard module.keepsOperandsInNegation else { return .not(resolve(inner)) }
            return .notBody(resolveClosure([inner]))
        case .notBody(let body):
            guard module.keepsOperandsInNegation else {
                error(.compile, "`not { … }` needs `import future.keywords.not`", expression.span)
                return .nothing
            }
            return .notBody(resolveClosure(body))
        }
    }

    private mutating func resolveClosure(_ body: [Expression]) -> ResolvedBody {
        let closure = inClosure { resolver in
            var direct = DirectNames()
            direct.add(body)
            resolver.declareFree(direct)
            return resolver.resolve(body: body)
        }
        return ResolvedBody(literals: closure.result, own: closure.own, captures: closure.captures)
    }

    private mutating func resolveEvery(
        _ key: Term?, _ value: Term, _ domain: Term, _ body: [Expression]
    ) -> ResolvedLiteral.Kind {
        let domain = resolve(domain)
        let closure = inClosure { resolver in
            let key = key.map { resolver.declareName($0) }
            let value = resolver.declareName(value)
            var direct = DirectNames()
            direct.add(body)
            resolver.declareFree(direct)
            return (key, value, resolver.resolve(body: body))
        }
        let (keyVariable, valueVariable, literals) = closure.result
        return .every(
            key: keyVariable, value: valueVariable, domain: domain,
            ResolvedBody(literals: literals, own: closure.own, captures: closure.captures))
    }

    private mutating func declareName(_ term: Term) -> Int {
        guard case .variable(let name) = term.kind else { preconditionFailure("the parser takes only names here") }
        return name == "_" ? makeVariable("_") : declare(name, term.span, .iterated)
    }

    /// A pattern whose variables are new: the left of `:=`, what stands after `some`.
    private mutating func resolveDeclaration(_ term: Term, _ declaration: Declaration) -> Resolved {
        switch term.kind {
        case .variable(let name):
            let variable = name == "_" ? makeVariable("_") : declare(name, term.span, declaration)
            markUsed(variable)
            return Resolved(.local(variable), term.span)
        case .array(let items):
            return Resolved(.array(items.map { resolveDeclaration($0, declaration) }), term.span)
        case .object(let members):
            let members = members.map { (key: resolve($0.key), value: resolveDeclaration($0.value, declaration)) }
            return Resolved(.object(members), term.span)
        case .scalar: return resolve(term)
        case .reference, .call, .set, .comprehension, .template:
            if case .assigned = declaration {
                error(.compile, "cannot assign to \(Resolver.kindName(term))", term.span)
            }
            return resolve(term)
        }
    }

    private static func kindName(_ term: Term) -> String {
        switch term.kind {
        case .reference: "ref"
        case .call: "call"
        case .set: "set"
        case .comprehension: "comprehension"
        case .template: "template string"
        default: "term"
        }
    }
}
