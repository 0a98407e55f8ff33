// Rules, else branches, defaults and queries as units: arguments, a body, a result.

extension Resolver {
    /// One body of a rule with its head: the rule itself, or one of its else branches.
    mutating func resolveUnit(
        _ declared: DeclaredRule, kind: GroupKind, depth: Int, value: Term?, body: [Expression], span: Span
    ) -> ResolvedUnit {
        begin()
        rule = declared
        let head = declared.rule.head
        var direct = DirectNames()
        direct.add(body)
        for term in declared.path { direct.add(term) }
        if let element = head.element { direct.add(element) }
        if let value { direct.add(value) }
        var literals: [ResolvedLiteral] = []
        let arguments = resolveArguments(head.arguments ?? [], direct, into: &literals)
        literals += resolve(body: body)
        let path =
            declared.prefix[depth...].map { Resolved(.constant($0), head.name.span) }
            + declared.path.map { lift($0, into: &literals) }
        let result: ResolvedUnit.Result
        if let element = head.element {
            result = .element(path: path, lift(element, into: &literals))
        } else {
            let value = value.map { lift($0, into: &literals) } ?? Resolved(.constant(.bool(true)), head.span)
            result = kind == .object ? .member(path: path, value: value) : .value(value)
        }
        noteUnused()
        return unit(arguments, literals, result, span)
    }

    /// A query: its result is an object of its named variables.
    mutating func resolveQuery(_ body: [Expression]) -> ResolvedUnit {
        begin()
        var direct = DirectNames()
        direct.add(body)
        declareFree(direct)
        let literals = resolve(body: body)
        noteUnused()
        let bindings = scope.entries.map { (name: $0.key, variable: $0.value.variable) }
            .sorted { $0.name.compareBytes(with: $1.name) < 0 }
        let span = body.first.map { $0.span.to(body[body.count - 1].span) } ?? .none
        return unit([], literals, .bindings(bindings), span)
    }

    private mutating func begin() {
        names = []
        scope = Scope(parent: nil)
    }

    private func unit(
        _ arguments: [Int], _ literals: [ResolvedLiteral], _ result: ResolvedUnit.Result, _ span: Span
    ) -> ResolvedUnit {
        ResolvedUnit(
            arguments: arguments, body: ResolvedBody(literals: literals, own: 0..<names.count, captures: []),
            result: result, names: names, source: module.source, span: span)
    }

    /// A plain name is the argument's variable itself; anything else is matched against it.
    private mutating func resolveArguments(
        _ terms: [Term], _ direct: DirectNames, into literals: inout [ResolvedLiteral]
    ) -> [Int] {
        var arguments: [Int] = []
        var patterns: [(Int, Term)] = []
        for term in terms {
            if case .variable(let name) = term.kind, name != "_", scope.entries[name] == nil {
                arguments.append(declare(name, term.span, .argument))
            } else {
                arguments.append(makeVariable(""))
                patterns.append((arguments[arguments.count - 1], term))
            }
        }
        for (_, term) in patterns {
            for (name, span) in DirectNames.variables(ofPattern: term) where scope.entries[name] == nil {
                _ = declare(name, span, .argument)
            }
        }
        declareFree(direct)
        for (variable, term) in patterns {
            // `_` matches everything: nothing to check.
            if case .variable("_") = term.kind { continue }
            let argument = Resolved(.local(variable), term.span)
            literals.append(
                ResolvedLiteral(kind: .unify(argument, resolve(term)), withs: [], span: term.span, isWritten: true))
        }
        return arguments
    }
}
