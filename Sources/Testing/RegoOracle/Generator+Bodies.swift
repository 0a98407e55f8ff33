// Literals and terms at random.

extension Generator {
    mutating func body(_ count: Int) -> [Literal] {
        var literals: [Literal] = []
        for _ in 0..<count { literals.append(literal(2)) }
        return literals
    }

    /// A body that sees the variables around it and keeps its own.
    private mutating func closure<Result>(_ make: (inout Generator) -> Result) -> Result {
        let outer = bound
        defer { bound = outer }
        return make(&self)
    }

    mutating func literal(_ depth: Int) -> Literal {
        switch below(depth > 0 ? 14 : 4) {
        case 0...3: return guardLiteral(source())
        case 4: return comparison(depth)
        case 5: return bind { .assign($0, $1.term(depth)) }
        case 6: return bind { .unify(.variable($0), $1.iteration() ?? $1.term(depth)) }
        case 7: return pattern()
        case 8: return some()
        case 9: return every(depth)
        case 10: return Literal(.not(negatable(depth)))
        case 11: return Literal(.test(iteration() ?? term(depth)))
        case 12: return modified(depth)
        default: return Literal(.equal(iteration() ?? source(), chance(70) ? .constant(scalar()) : term(1)))
        }
    }

    private mutating func bind(_ make: (String, inout Generator) -> Literal.Kind) -> Literal {
        let name = newVariable()
        let literal = Literal(make(name, &self))
        bound.append(name)
        return literal
    }

    /// The shapes that choose rules in practice.
    mutating func guardLiteral(_ reference: Expression) -> Literal {
        let constant = Expression.constant(scalar())
        switch below(8) {
        case 0...1: return Literal(.equal(reference, constant))
        case 2: return Literal(.equal(constant, reference))
        case 3: return Literal(.unify(constant, reference))
        case 4:
            let items = (0..<below(3) + 1).map { _ in Expression.constant(scalar()) }
            return Literal(.test(.call("internal.member_2", [reference, chance(50) ? .set(items) : .array(items)])))
        case 5:
            let list = Expression.reference(
                .data, one(of: [["d", "l"], ["d", "t", "a"], ["d", "t"]]).map { .constant(.string($0)) })
            return Literal(.test(.call("internal.member_2", [reference, list])))
        case 6:
            let pattern = one(of: ["x:*", "a", "*", "x:y", "x*"])
            let separators = Expression.array([.constant(.string(":"))])
            return Literal(.test(.call("glob.match", [.constant(.string(pattern)), separators, reference])))
        default: return Literal(.test(.call(one(of: ["neq", "lt", "gte"]), [reference, constant])))
        }
    }

    private mutating func comparison(_ depth: Int) -> Literal {
        if chance(40) { return Literal(.equal(source(), term(depth))) }
        return Literal(.test(.call(one(of: ["neq", "lt", "lte", "gt", "gte"]), [term(depth), term(depth - 1)])))
    }

    private mutating func pattern() -> Literal {
        let term = chance(50) ? source() : Expression.array([self.term(1), self.term(1)])
        let other = source()
        let first = newVariable()
        let second = newVariable()
        bound += [first, second]
        if chance(70) { return Literal(.unify(.array([.variable(first), .variable(second)]), term)) }
        return Literal(
            .unify(
                .object([
                    (.constant(.string("a")), .variable(first)), (.constant(.string("b")), .variable(second)),
                ]), other))
    }

    private mutating func some() -> Literal {
        let domain = collection(1)
        let key = chance(50) ? newVariable() : nil
        let value = newVariable()
        bound += [value] + (key.map { [$0] } ?? [])
        return Literal(.some(key: key, value: value, in: domain))
    }

    private mutating func every(_ depth: Int) -> Literal {
        let domain = collection(1)
        let key = chance(30) ? newVariable() : nil
        let value = newVariable()
        return closure { generator in
            generator.bound += [value] + (key.map { [$0] } ?? [])
            let first = generator.guardLiteral(.variable(value))
            let body = depth > 1 && generator.chance(30) ? [first, generator.literal(depth - 1)] : [first]
            return Literal(.every(key: key, value: value, in: domain, body))
        }
    }

    /// Nothing may be bound in a negation.
    private mutating func negatable(_ depth: Int) -> Literal {
        switch below(6) {
        case 0...2: guardLiteral(source())
        case 3: comparison(depth)
        default: Literal(.test(chance(50) ? source() : term(depth)))
        }
    }

    private mutating func modified(_ depth: Int) -> Literal {
        // Their values belong to the outside: they do not see what the literal binds.
        let withs = (0..<below(2) + 1).map { _ in replacement() }
        var literal = chance(30) ? bind { .assign($0, $1.term(depth)) } : self.literal(depth - 1)
        if literal.withs.isEmpty { literal.withs = withs }
        return literal
    }

    private mutating func replacement() -> (path: Path, value: Literal.Replacement) {
        let functions = groups.filter { $0.kind == .function }
        if !functions.isEmpty, chance(25) {
            let function = one(of: functions)
            let others = functions.filter { $0.rules[0].arguments.count == function.rules[0].arguments.count }
            return (
                ["data"] + function.path,
                chance(50) ? .function(one(of: others).path) : .value(.constant(scalar()))
            )
        }
        if chance(15) { return ([one(of: ["count", "startswith", "is_string"])], .value(.constant(scalar()))) }
        var paths: [Path] = [["input"], ["input", "a"], ["input", "o", "a"], ["data", "d", "a"], ["data", "d"]]
        paths += groups.filter { $0.kind != .function }.map { ["data"] + $0.path }
        return (one(of: paths), .value(chance(50) ? .constant(json(1)) : term(1)))
    }

    // MARK: Terms

    /// A reference that has at most one value.
    mutating func source() -> Expression {
        switch below(8) {
        case 0...4: return .reference(.input, operands(below(2) + 1))
        case 5: return .reference(.data, [.constant(.string("d"))] + operands(below(2) + 1))
        case 6 where !bound.isEmpty:
            let name = one(of: bound)
            return chance(50) ? .variable(name) : .reference(.variable(name), operands(1))
        default: return ruleReference() ?? .reference(.input, operands(1))
        }
    }

    private mutating func operands(_ count: Int) -> [Expression] {
        (0..<count).map { _ in
            if !bound.isEmpty, chance(15) { return .variable(one(of: bound)) }
            return .constant(chance(85) ? .string(key()) : .number(below(2)))
        }
    }

    /// A reference with a variable that it binds, or a wildcard; nil now and then.
    private mutating func iteration() -> Expression? {
        guard chance(60) else { return nil }
        let step: Expression
        if chance(50) {
            let name = newVariable()
            bound.append(name)
            step = .variable(name)
        } else {
            step = .wildcard
        }
        let tail = chance(30) ? [Expression.constant(.string(key()))] : []
        if chance(25) {
            // All of a package below: a path that is known only when it is walked.
            let packages = Set(groups.map { $0.path[0] }).sorted().dropLast()
            if let package = packages.randomElement(using: &random) {
                return .reference(.data, [.constant(.string(package)), step] + tail)
            }
        }
        if chance(30), case .reference(let base, let path)? = ruleReference() {
            return .reference(base, path + [step] + tail)
        }
        return .reference(.input, [.constant(.string(key())), step] + tail)
    }

    private mutating func ruleReference() -> Expression? {
        let candidates = groups.filter { $0.kind != .function }
        guard !candidates.isEmpty else { return nil }
        let path = one(of: candidates).path.map { Expression.constant(.string($0)) }
        return .reference(.data, path + (chance(25) ? operands(1) : []))
    }

    mutating func term(_ depth: Int) -> Expression {
        guard depth > 0 else { return chance(50) ? .constant(scalar()) : source() }
        switch below(16) {
        case 0...1: return .constant(scalar())
        case 2...6: return source()
        case 7...8: return builtin(depth)
        case 9: return apply(depth) ?? source()
        case 10: return .array((0..<below(3)).map { _ in term(depth - 1) })
        case 11: return .set((0..<below(3)).map { _ in term(depth - 1) })
        case 12: return object(depth)
        default: return comprehension(depth)
        }
    }

    /// What could be iterated.
    private mutating func collection(_ depth: Int) -> Expression {
        switch below(8) {
        case 0: .array((0..<below(3)).map { _ in term(depth - 1) })
        case 1: .set((0..<below(3)).map { _ in term(depth - 1) })
        case 2: object(depth)
        default: source()
        }
    }

    private mutating func number() -> Expression { chance(40) ? .constant(.number(below(4))) : source() }

    private mutating func someSet(_ depth: Int) -> Expression {
        chance(40) ? .set((0..<below(3)).map { _ in term(depth - 1) }) : source()
    }

    private mutating func builtin(_ depth: Int) -> Expression {
        switch below(8) {
        case 0: .call(one(of: ["plus", "minus", "mul"]), [number(), number()])
        case 1: .call("count", [collection(depth)])
        case 2: .call(one(of: ["or", "and", "minus"]), [someSet(depth), someSet(depth)])
        case 3: .call("array.concat", [source(), source()])
        case 4: .call("object.get", [source(), .constant(.string(key())), term(depth - 1)])
        case 5: .call(one(of: ["sort", "max"]), [chance(30) ? someSet(depth) : source()])
        case 6: .call(one(of: ["is_string", "count"]), [source()])
        default: .call("startswith", [source(), .constant(.string(word()))])
        }
    }

    private mutating func apply(_ depth: Int) -> Expression? {
        let functions = groups.filter { $0.kind == .function }
        guard !functions.isEmpty else { return nil }
        let function = one(of: functions)
        return .apply(function.path, function.rules[0].arguments.map { _ in term(depth - 1) })
    }

    private mutating func object(_ depth: Int) -> Expression {
        let members = (0..<below(3)).map { _ in
            (key: chance(80) ? Expression.constant(.string(key())) : term(0), value: term(depth - 1))
        }
        return .object(members)
    }

    private mutating func comprehension(_ depth: Int) -> Expression {
        closure { generator in
            var body = [generator.chance(60) ? generator.some() : generator.literal(depth - 1)]
            if generator.chance(40) { body.append(generator.literal(depth - 1)) }
            let value = generator.bound.isEmpty ? generator.term(0) : .variable(generator.one(of: generator.bound))
            switch generator.below(3) {
            case 0: return .arrayComprehension(value, body)
            case 1: return .setComprehension(value, body)
            default: return .objectComprehension(key: generator.term(0), value: value, body)
            }
        }
    }
}
