// Which variables to name when no order of the literals binds everything.

extension Emitter {
    /// The variables without value in literals that cannot be ordered. A variable that another of these literals would
    /// bind is only a consequence, and left out as long as a cause is left.
    func unsafeVariables(in literals: [ResolvedLiteral]) -> [NotReady] {
        var missing: [NotReady] = []
        var consequences: Set<Int> = []
        for literal in literals {
            for item in variables(in: literal) where !isBound(item.variable) { missing.append(item) }
            switch literal.kind {
            case .unify(let left, let right): consequences.formUnion(patternVariables(left) + patternVariables(right))
            case .member(let key, let value, _):
                consequences.formUnion(patternVariables(value) + (key.map { patternVariables($0) } ?? []))
            default: break
            }
        }
        let causes = missing.filter { !consequences.contains($0.variable) }
        return causes.isEmpty ? missing : causes
    }

    private func patternVariables(_ term: Resolved) -> [Int] {
        switch term.node {
        case .local(let variable): [variable]
        case .array(let items): items.flatMap { patternVariables($0) }
        case .object(let members): members.flatMap { patternVariables($0.value) }
        default: []
        }
    }

    private func variables(in literal: ResolvedLiteral) -> [NotReady] {
        var found: [NotReady] = []
        for with in literal.withs { if case .value(let term) = with.replacement { found += variables(in: term) } }
        switch literal.kind {
        case .test(let term): found += variables(in: term)
        case .compare(let left, let right), .unify(let left, let right):
            found += variables(in: left) + variables(in: right)
        case .member(let key, let value, let domain):
            found += (key.map { variables(in: $0) } ?? []) + variables(in: value) + variables(in: domain)
        case .every(_, _, let domain, let body): found += variables(in: domain) + captured(body, literal.span)
        case .not(let inner): found += variables(in: inner)
        case .notBody(let body): found += captured(body, literal.span)
        case .nothing: break
        }
        return found
    }

    private func captured(_ body: ResolvedBody, _ span: Span) -> [NotReady] {
        body.captures.map { NotReady(variable: $0, span: span) }
    }

    private func variables(in term: Resolved) -> [NotReady] {
        switch term.node {
        case .constant, .slot: []
        case .local(let variable): [NotReady(variable: variable, span: term.span)]
        case .reference(let base, let operands): variables(in: base, term.span) + operands.flatMap { variables(in: $0) }
        case .call(_, let items), .array(let items), .set(let items): items.flatMap { variables(in: $0) }
        case .object(let members): members.flatMap { variables(in: $0.key) + variables(in: $0.value) }
        case .comprehension(_, _, _, let body): captured(body, term.span)
        case .template(let pieces):
            pieces.flatMap { if case .expression(let term) = $0 { variables(in: term) } else { [NotReady]() } }
        }
    }

    private func variables(in base: Resolved.Base, _ span: Span) -> [NotReady] {
        switch base {
        case .input, .data: []
        case .local(let variable): [NotReady(variable: variable, span: span)]
        case .term(let term): variables(in: term)
        }
    }
}
