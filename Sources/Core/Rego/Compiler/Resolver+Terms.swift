// Terms, calls and `with` modifiers.

extension Resolver {
    mutating func resolve(_ term: Term) -> Resolved {
        switch term.kind {
        case .scalar(let value): return Resolved(.constant(value), term.span)
        case .variable(let name): return resolveName(name, [], term.span)
        case .reference(let head, let path):
            if case .variable(let name) = head.kind { return resolveName(name, path, term.span) }
            let base = resolve(head)
            return Resolved(.reference(.term(base), path.map { resolve($0) }), term.span)
        case .call(let callee, let arguments): return resolveCall(callee, arguments, term.span)
        case .array(let items):
            return collection(items, term.span) {
                .array($0)
            } fold: {
                .array($0)
            }
        case .set(let items):
            return collection(items, term.span) {
                .set($0)
            } fold: {
                .set(SetValue($0))
            }
        case .object(let members): return resolveObject(members, term.span)
        case .comprehension(let comprehension): return resolveComprehension(comprehension, term.span)
        case .template(let parts): return resolveTemplate(parts, term.span)
        }
    }

    private mutating func collection(
        _ items: [Term], _ span: Span, _ make: ([Resolved]) -> Resolved.Node, fold: ([Value]) -> Value
    ) -> Resolved {
        let items = items.map { resolve($0) }
        let constants = items.compactMap { if case .constant(let value) = $0.node { value } else { nil } }
        return Resolved(constants.count == items.count ? .constant(fold(constants)) : make(items), span)
    }

    private mutating func resolveObject(_ members: [(key: Term, value: Term)], _ span: Span) -> Resolved {
        let members = members.map { (key: resolve($0.key), value: resolve($0.value)) }
        var constants: [(Value, Value)] = []
        for member in members {
            guard case .constant(let key) = member.key.node, case .constant(let value) = member.value.node else {
                return Resolved(.object(members), span)
            }
            constants.append((key, value))
        }
        guard let object = ObjectValue(unique: constants) else { return Resolved(.object(members), span) }
        return Resolved(.constant(.object(object)), span)
    }

    /// A name with what follows it: a local, a root, a rule, an import.
    private mutating func resolveName(_ name: String, _ path: [Term], _ span: Span) -> Resolved {
        if name == "_" {
            let variable = makeVariable("_")
            markUsed(variable)
            return reference(.local(variable), path, span)
        }
        if name == "input" { return reference(.input, path, span) }
        if name == "data" { return reference(.data, path, span) }
        scope.note(name)
        if let variable = scope.use(name) {
            markUsed(variable)
            return reference(.local(variable), path, span)
        }
        let operands = path.map { resolve($0) }
        switch module.meanings[name] {
        case .data(let prefix): return Resolved(.reference(.data, constants(prefix, span) + operands), span)
        case .input(let prefix): return Resolved(.reference(.input, constants(prefix, span) + operands), span)
        case nil:
            // Nothing declared it ahead: a name only inside a pattern's key, for one. It belongs to this scope.
            let variable = makeVariable(name)
            scope.declare(name, variable, .free)
            markUsed(variable)
            return reference(.local(variable), operands, span)
        }
    }

    private mutating func reference(_ base: Resolved.Base, _ path: [Term], _ span: Span) -> Resolved {
        reference(base, path.map { resolve($0) }, span)
    }

    private func reference(_ base: Resolved.Base, _ operands: [Resolved], _ span: Span) -> Resolved {
        if case .local(let variable) = base, operands.isEmpty { return Resolved(.local(variable), span) }
        return Resolved(.reference(base, operands), span)
    }

    private func constants(_ path: [Value], _ span: Span) -> [Resolved] { path.map { Resolved(.constant($0), span) } }

    private mutating func resolveComprehension(_ comprehension: Comprehension, _ span: Span) -> Resolved {
        let closure = inClosure { resolver in
            var direct = DirectNames()
            direct.add(comprehension.body)
            direct.add(comprehension.value)
            if let key = comprehension.key { direct.add(key) }
            resolver.declareFree(direct)
            var literals = resolver.resolve(body: comprehension.body)
            let key = comprehension.key.map { resolver.lift($0, into: &literals) }
            let value = resolver.lift(comprehension.value, into: &literals)
            return (key, value, literals)
        }
        let (key, value, literals) = closure.result
        let body = ResolvedBody(literals: literals, own: closure.own, captures: closure.captures)
        return Resolved(.comprehension(comprehension.kind, key: key, value: value, body), span)
    }

    /// A head's term as a variable that the body binds, so that what iterates in the head iterates in the body.
    mutating func lift(_ term: Term, into literals: inout [ResolvedLiteral]) -> Resolved {
        let resolved = resolve(term)
        switch resolved.node {
        case .constant, .local: return resolved
        default:
            let variable = makeVariable("")
            markUsed(variable)
            let local = Resolved(.local(variable), term.span)
            literals.append(
                ResolvedLiteral(kind: .unify(local, resolved), withs: [], span: term.span, isWritten: false))
            return local
        }
    }

    private mutating func resolveTemplate(_ parts: [TemplatePart], _ span: Span) -> Resolved {
        let pieces: [TemplatePiece] = parts.map { part in
            switch part {
            case .text(let text): return .text(text)
            case .expression(let expression): return .expression(resolvePiece(expression))
            }
        }
        return Resolved(.template(pieces), span)
    }

    private mutating func resolvePiece(_ expression: Expression) -> Resolved {
        guard case .term(let term) = expression.kind else { preconditionFailure("the parser takes only terms here") }
        return allValues(of: term, expression.withs)
    }

    /// A term as the set of its values, so that none at all is no reason to fail.
    private mutating func allValues(of term: Term, _ withs: [WithModifier]) -> Resolved {
        let closure = inClosure { resolver in
            let variable = resolver.makeVariable("")
            resolver.markUsed(variable)
            let local = Resolved(.local(variable), term.span)
            let withs = withs.compactMap { resolver.resolve($0) }
            let literal = ResolvedLiteral(
                kind: .unify(local, resolver.resolve(term)), withs: withs, span: term.span, isWritten: false)
            return (local, [literal])
        }
        let (value, literals) = closure.result
        let body = ResolvedBody(literals: literals, own: closure.own, captures: closure.captures)
        return Resolved(.comprehension(.set, key: nil, value: value, body), term.span)
    }
}

// Calls.
extension Resolver {
    /// A literal that is a term. A call with one argument more than the function takes gives it the result.
    mutating func resolveTest(_ term: Term) -> ResolvedLiteral.Kind {
        guard case .call(let callee, let arguments) = term.kind else { return .test(resolve(term)) }
        if case .named(let name) = callee, case .variable("print") = name.kind, module.meanings["print"] == nil {
            guard let target = builtin("internal.print", term.span) else { return .nothing }
            let values = Resolved(.array(arguments.map { allValues(of: $0, []) }), term.span)
            return .test(Resolved(.call(target, [values]), term.span))
        }
        guard let target = resolveTarget(callee, term.span) else {
            for argument in arguments { _ = resolve(argument) }
            return .nothing
        }
        let arity = self.arity(of: target)
        if case .builtin(let index) = target, arguments.count == 2 {
            switch Builtins.all[index].name {
            case "equal": return .compare(resolve(arguments[0]), resolve(arguments[1]))
            case "eq": return .unify(resolve(arguments[0]), resolve(arguments[1]))
            default: break
            }
        }
        guard arguments.count == arity + 1 else {
            return .test(makeCall(target, arguments, term.span))
        }
        let call = makeCall(target, Array(arguments.dropLast()), term.span)
        return .unify(resolve(arguments[arity]), call)
    }

    private mutating func resolveCall(_ callee: Callee, _ arguments: [Term], _ span: Span) -> Resolved {
        guard let target = resolveTarget(callee, span) else {
            for argument in arguments { _ = resolve(argument) }
            return Resolved(.constant(.null), span)
        }
        return makeCall(target, arguments, span)
    }

    private mutating func makeCall(_ target: Target, _ arguments: [Term], _ span: Span) -> Resolved {
        let arity = self.arity(of: target)
        if arguments.count != arity {
            error(
                .type, "\(name(of: target)): arity mismatch: takes \(arity) argument(s), got \(arguments.count)", span)
        }
        if let value = metadata(target) { return Resolved(.constant(value), span) }
        return Resolved(.call(target, arguments.map { resolve($0) }), span)
    }

    func arity(of target: Target) -> Int {
        switch target {
        case .builtin(let index): return Builtins.all[index].arity
        case .function(let group):
            guard case .function(let arity) = tree.groups[group].kind else {
                preconditionFailure("only groups of functions become targets")
            }
            return arity
        }
    }

    func name(of target: Target) -> String {
        switch target {
        case .builtin(let index): Builtins.all[index].name
        case .function(let group): tree.name(of: group)
        }
    }

    private mutating func resolveTarget(_ callee: Callee, _ span: Span) -> Target? {
        switch callee {
        case .infix(let name): return builtin(name, span)
        case .named(let term):
            switch function(named: term) {
            case .target(let target): return target
            case .data(let path):
                error(.type, "undefined function \(RuleTree.name(path))", term.span)
                return nil
            case .builtin(let name): return builtin(name, term.span)
            case .other:
                error(.type, "undefined function", term.span)
                return nil
            }
        }
    }

    private mutating func builtin(_ name: String, _ span: Span) -> Target? {
        let reason = module.refusing[name] ?? Builtins.refused[name]
        if reason == nil, let index = Builtins.index(of: name) { return .builtin(index) }
        if let reason {
            error(.type, "unsupported function \(name): \(reason)", span)
        } else {
            error(.type, "undefined function \(name)", span)
        }
        return nil
    }

    enum Callable {
        case target(Target)
        /// A place under `data` where no function is.
        case data([Value])
        case builtin(String)
        case other
    }

    /// What a name or constant reference means where a function may stand.
    mutating func function(named term: Term) -> Callable {
        var path: [Value] = []
        var words: [String] = []
        var head = term
        if case .reference(let base, let operands) = term.kind {
            head = base
            for operand in operands {
                guard case .scalar(let key) = operand.kind else { return .other }
                path.append(key)
                if case .string(let word) = key { words.append(word) }
            }
        }
        guard case .variable(let name) = head.kind else { return .other }
        // A function may be called what a local is called, but not where it is.
        if scope.isVisible(name) { return .other }
        switch name == "data" ? .data([]) : module.meanings[name] {
        case .data(let prefix):
            let full = prefix + path
            let place = tree.walk(full)
            if place.used == full.count, let group = tree.nodes[place.node].group,
                case .function = tree.groups[group].kind
            {
                return .target(.function(group))
            }
            return .data(full)
        case .input: return .other
        case nil: return name == "input" ? .other : .builtin(([name] + words).joined(separator: "."))
        }
    }
}

// Modifiers.
extension Resolver {
    mutating func resolve(_ with: WithModifier) -> ResolvedWith? {
        guard let target = resolveWithTarget(with.target) else { return nil }
        if case .function = target, let replacement = functionReplacement(with.value) {
            return ResolvedWith(target: target, replacement: .function(replacement))
        }
        return ResolvedWith(target: target, replacement: .value(resolve(with.value)))
    }

    private mutating func resolveWithTarget(_ term: Term) -> ResolvedWith.Target? {
        switch term.kind {
        case .variable("input"): return .input([])
        case .reference(let head, let path):
            guard case .variable("input") = head.kind else { break }
            let keys = path.compactMap { if case .scalar(let key) = $0.kind { key } else { nil } }
            if keys.count == path.count { return .input(keys) }
        default: break
        }
        switch function(named: term) {
        case .target(let target): return .function(target)
        case .data(let path): return .data(path)
        case .builtin(let name):
            if let index = Builtins.index(of: name) { return .function(.builtin(index)) }
            error(.type, "undefined function \(name)", term.span)
        case .other: error(.type, "with keyword target must reference existing input, data, or a function", term.span)
        }
        return nil
    }

    private mutating func functionReplacement(_ term: Term) -> Target? {
        switch term.kind {
        case .variable, .reference: break
        default: return nil
        }
        switch function(named: term) {
        case .target(let target): return target
        case .builtin(let name): return Builtins.index(of: name).map { .builtin($0) }
        case .data, .other: return nil
        }
    }
}
