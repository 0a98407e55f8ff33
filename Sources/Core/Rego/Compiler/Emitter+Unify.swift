// `=`, decided at compile time: which side binds which variables, and in which order.

extension Emitter {
    /// Makes both sides equal, binding variables of either.
    mutating func unify(_ left: Resolved, _ right: Resolved) throws(NotReady) {
        var pending = [(left, right)]
        while !pending.isEmpty {
            var failure: NotReady?
            var waiting: [(Resolved, Resolved)] = []
            for (a, b) in pending {
                if let parts = parts(a, b) {
                    waiting += parts
                    continue
                }
                let before = mark()
                do throws(NotReady) {
                    try unifyWhole(a, b)
                } catch {
                    reset(to: before)
                    failure = failure ?? error
                    waiting.append((a, b))
                }
            }
            if waiting.count == pending.count, let failure, !splits(pending) { throw failure }
            pending = waiting
        }
    }

    private func splits(_ pairs: [(Resolved, Resolved)]) -> Bool {
        pairs.contains { parts($0.0, $0.1) != nil }
    }

    /// Two collections written out are equal when their parts are.
    private func parts(_ a: Resolved, _ b: Resolved) -> [(Resolved, Resolved)]? {
        switch (a.node, b.node) {
        case (.array(let x), .array(let y)):
            guard x.count == y.count else { return nil }
            return Array(zip(x, y))
        case (.array(let x), .constant(.array(let y))), (.constant(.array(let y)), .array(let x)):
            guard x.count == y.count else { return nil }
            return zip(x, y).map { ($0, Resolved(.constant($1), $0.span)) }
        case (.object(let x), .object(let y)): return memberParts(x, y)
        default: return nil
        }
    }

    private func memberParts(
        _ x: [(key: Resolved, value: Resolved)], _ y: [(key: Resolved, value: Resolved)]
    ) -> [(Resolved, Resolved)]? {
        guard x.count == y.count else { return nil }
        var theirs: [Value: Resolved] = [:]
        for member in y {
            guard let key = member.key.constantValue else { return nil }
            theirs[key] = member.value
        }
        var parts: [(Resolved, Resolved)] = []
        var mine: Set<Value> = []
        for member in x {
            guard let key = member.key.constantValue, let other = theirs[key], mine.insert(key).inserted else {
                return nil
            }
            parts.append((member.value, other))
        }
        return parts
    }

    private mutating func unifyWhole(_ a: Resolved, _ b: Resolved) throws(NotReady) {
        let before = mark()
        do throws(NotReady) {
            // A lone variable without value waits for the other side.
            if case .local(let variable) = a.node, !isBound(variable) {
                throw NotReady(variable: variable, span: a.span)
            }
            if isPattern(a), !isPattern(b) { throw NotReady(variable: firstUnbound(a) ?? 0, span: a.span) }
            let value = try operand(a)
            try match(b, value)
        } catch {
            reset(to: before)
            let value = try operand(b)
            try match(a, value)
        }
    }

    /// Holds variables that matching would bind.
    private func isPattern(_ term: Resolved) -> Bool { firstUnbound(term) != nil }

    private func firstUnbound(_ term: Resolved) -> Int? {
        switch term.node {
        case .local(let variable): isBound(variable) ? nil : variable
        case .array(let items): items.lazy.compactMap { firstUnbound($0) }.first
        case .object(let members): members.lazy.compactMap { firstUnbound($0.value) }.first
        default: nil
        }
    }

    /// Matches a pattern against a value that is there, binding the pattern's variables.
    mutating func match(_ pattern: Resolved, _ value: Int32) throws(NotReady) {
        switch pattern.node {
        case .local(let variable):
            if isBound(variable) {
                emit(.equal, slot(variable), value)
            } else {
                if slot(variable) != value { emit(.move, slot(variable), value) }
                bind(variable)
            }
        case .array(let items) where isPattern(pattern):
            emit(.isArray, value, Int32(items.count))
            var parts: [(Resolved, Int32)] = []
            for (index, item) in items.enumerated() {
                let part = temporary()
                emit(.get, part, value, constant(.int(index)))
                parts.append((item, part))
            }
            try matchAll(parts)
        case .object(let members) where isPattern(pattern):
            emit(.isObject, value, Int32(members.count))
            var parts: [(Resolved, Int32)] = []
            for member in members {
                let part = temporary()
                emit(.get, part, value, try operand(member.key))
                parts.append((member.value, part))
            }
            try matchAll(parts)
        default: emit(.equal, try operand(pattern), value)
        }
    }

    private mutating func matchAll(_ parts: [(Resolved, Int32)]) throws(NotReady) {
        var pending = parts
        while !pending.isEmpty {
            var failure: NotReady?
            var waiting: [(Resolved, Int32)] = []
            for (pattern, value) in pending {
                let before = mark()
                do throws(NotReady) {
                    try match(pattern, value)
                } catch {
                    reset(to: before)
                    failure = failure ?? error
                    waiting.append((pattern, value))
                }
            }
            if waiting.count == pending.count, let failure { throw failure }
            pending = waiting
        }
    }

    // MARK: Negation

    /// Replaces what stands nested in a literal by temporaries that hold it, emitted before the negation.
    mutating func hoist(_ kind: ResolvedLiteral.Kind) throws(NotReady) -> ResolvedLiteral.Kind {
        switch kind {
        case .test(let term): return .test(try hoistTop(term))
        case .compare(let left, let right): return .compare(try hoistSide(left), try hoistSide(right))
        case .unify(let result, let call) where call.span.contains(result.span):
            // `f(x, y)` that puts its result into y is one call, which stays inside.
            return .unify(try hoistTop(result), try hoistTop(call))
        case .unify(let left, let right): return .unify(try hoistSide(left), try hoistSide(right))
        case .every(let key, let value, let domain, let body):
            return .every(key: key, value: value, domain: try hoistNested(domain), body)
        case .member, .not, .notBody, .nothing: return kind
        }
    }

    /// The outermost reference or call stays inside; its operands go outside.
    private mutating func hoistTop(_ term: Resolved) throws(NotReady) -> Resolved {
        switch term.node {
        case .reference(let base, let operands):
            var hoisted: [Resolved] = []
            for operand in operands { hoisted.append(try hoistNested(operand)) }
            if case .term(let inner) = base {
                return Resolved(.reference(.term(try hoistNested(inner)), hoisted), term.span)
            }
            return Resolved(.reference(base, hoisted), term.span)
        case .call(let target, let arguments):
            var hoisted: [Resolved] = []
            for argument in arguments { hoisted.append(try hoistNested(argument)) }
            return Resolved(.call(target, hoisted), term.span)
        case .array, .object, .set: return try hoistNested(term)
        default: return term
        }
    }

    /// A call beside an equals sign is an operand like any other.
    private mutating func hoistSide(_ term: Resolved) throws(NotReady) -> Resolved {
        if case .call = term.node { return try hoistNested(term) }
        return try hoistTop(term)
    }

    private mutating func hoistNested(_ term: Resolved) throws(NotReady) -> Resolved {
        switch term.node {
        case .constant, .local, .slot: return term
        default: return Resolved(.slot(try operand(term)), term.span)
        }
    }
}
