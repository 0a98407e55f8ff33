// Evaluates generated policies in the plainest way: every term gives a list of values, each with the variables that were
// bound on the way; every rule is evaluated anew whenever it is asked for. No compiler, no index, no cache, no order.

/// Two values where there may be only one.
struct Conflict: Error {}

struct NaiveEvaluator {
    let policy: GeneratedPolicy
    var input: Plain?
    var data: Plain
    /// Paths that `with` replaced: rules there do not count.
    var hidden: [Path] = []
    /// What stands for a function: a path below `data`, or the name of a builtin.
    var replaced: [Path: Substitute] = [:]

    enum Substitute {
        case value(Plain)
        case function(Path)
    }

    typealias Bindings = [String: Plain]
    typealias Solutions = [(value: Plain, bindings: Bindings)]

    init(_ policy: GeneratedPolicy, input: Plain?) {
        self.policy = policy
        self.input = input
        data = policy.data
    }

    // MARK: Documents

    private func isHidden(_ path: Path) -> Bool { hidden.contains { path.starts(with: $0) } }

    /// The value at a path below `data`: rules and base data together.
    func document(_ path: Path) throws(Conflict) -> Plain? {
        let base = path.reduce(Optional(data)) { $0?[.string($1)] }
        if isHidden(path) { return base }
        if let group = policy.groups.first(where: { $0.path == path }) { return try value(of: group) }
        let names = Set(
            policy.groups.lazy.map(\.path).filter { $0.count > path.count && $0.starts(with: path) }
                .map { $0[path.count] })
        guard !names.isEmpty else {
            // Below a rule: whatever its value holds.
            for count in stride(from: path.count - 1, to: 0, by: -1) {
                let above = Array(path[..<count])
                guard !isHidden(above), let group = policy.groups.first(where: { $0.path == above }) else { continue }
                var value = try self.value(of: group)
                for name in path[count...] { value = value?[.string(name)] }
                return value
            }
            return base
        }
        var members: [Plain: Plain] = [:]
        if case .object(let object) = base { members = object }
        for name in names {
            let below = path + [name]
            guard let value = try document(below) else { continue }
            members[.string(name)] = value
        }
        return .object(members)
    }

    private func value(of group: Group) throws(Conflict) -> Plain? {
        switch group.kind {
        case .function: return nil
        case .complete: return try complete(group, []) ?? group.defaultValue
        case .set:
            var elements: Set<Plain> = []
            for rule in group.rules {
                for bindings in try solve(rule.branches[0].body[...], [:]) {
                    for solution in try evaluate(rule.branches[0].value, bindings) { elements.insert(solution.value) }
                }
            }
            return .set(elements)
        case .object, .objectOfSets:
            var members: [[Plain]: Plain] = [:]
            for rule in group.rules { try insert(rule, isSet: group.kind == .objectOfSets, into: &members) }
            return members.reduce(Plain.object([:])) { $0.setting($1.key[...], to: $1.value) }
        }
    }

    /// All that one rule says about an object. The rules of a group have equally many keys.
    private func insert(_ rule: Rule, isSet: Bool, into members: inout [[Plain]: Plain]) throws(Conflict) {
        for bindings in try solve(rule.branches[0].body[...], [:]) {
            for (found, _) in try all(rule.keys + [rule.branches[0].value], bindings) {
                let path = Array(found.dropLast())
                guard let value = found.last else { continue }
                if isSet {
                    guard case .set(let set) = members[path] ?? .set([]) else { continue }
                    members[path] = .set(set.union([value]))
                } else {
                    if let known = members[path], known != value { throw Conflict() }
                    members[path] = value
                }
            }
        }
    }

    /// The one value of a complete rule or a function.
    private func complete(_ group: Group, _ arguments: [Plain]) throws(Conflict) -> Plain? {
        var found: Plain?
        for rule in group.rules {
            guard let bindings = match(rule.arguments, arguments) else { continue }
            for branch in rule.branches {
                var values: Set<Plain> = []
                for bindings in try solve(branch.body[...], bindings) {
                    for solution in try evaluate(branch.value, bindings) { values.insert(solution.value) }
                }
                if values.count > 1 { throw Conflict() }
                guard let value = values.first else { continue }
                if let found, found != value { throw Conflict() }
                found = value
                break
            }
        }
        return found
    }

    private func match(_ parameters: [Expression], _ arguments: [Plain]) -> Bindings? {
        var bindings: Bindings = [:]
        for (parameter, argument) in zip(parameters, arguments) {
            guard let next = match(parameter, argument, bindings) else { return nil }
            bindings = next
        }
        return bindings
    }

    private func match(_ pattern: Expression, _ value: Plain, _ bindings: Bindings) -> Bindings? {
        switch pattern {
        case .wildcard: return bindings
        case .constant(let constant): return constant == value ? bindings : nil
        case .variable(let name):
            if let known = bindings[name] { return known == value ? bindings : nil }
            return bindings.merging([name: value]) { $1 }
        case .array(let items):
            guard case .array(let values) = value, values.count == items.count else { return nil }
            return zip(items, values).reduce(Optional(bindings)) { found, pair in
                found.flatMap { match(pair.0, pair.1, $0) }
            }
        case .object(let members):
            guard case .object(let object) = value, object.count == members.count else { return nil }
            return members.reduce(Optional(bindings)) { found, member in
                guard case .constant(let key) = member.key, let value = object[key] else { return nil }
                return found.flatMap { match(member.value, value, $0) }
            }
        default: return nil
        }
    }

    // MARK: Bodies

    /// All ways to satisfy the literals in order.
    func solve(_ literals: ArraySlice<Literal>, _ bindings: Bindings) throws(Conflict) -> [Bindings] {
        guard let literal = literals.first else { return [bindings] }
        var found: [Bindings] = []
        for next in try solve(literal, bindings) { found += try solve(literals.dropFirst(), next) }
        return found
    }

    /// A function below `data` by its path there, a builtin by its name.
    private func target(of path: Path) -> Path { path[0] == "data" ? Array(path.dropFirst()) : path }

    private func isFunction(_ path: Path) -> Bool { policy.groups.contains { $0.path == path && $0.kind == .function } }

    private func solve(_ literal: Literal, _ bindings: Bindings) throws(Conflict) -> [Bindings] {
        guard !literal.withs.isEmpty else { return try solve(literal.kind, bindings) }
        var inner = self
        for with in literal.withs.map({ (path: $0.path, target: target(of: $0.path), value: $0.value) }) {
            let value: Plain
            switch with.value {
            case .function(let path):
                inner.replaced[with.target] = .function(path)
                continue
            case .value(let term):
                guard let found = try evaluate(term, bindings).first?.value else { return [] }
                value = found
            }
            if with.path[0] != "input", with.path[0] != "data" || isFunction(with.target) {
                inner.replaced[with.target] = .value(value)
                continue
            }
            let path = with.path.dropFirst().map { Plain.string($0) }
            if with.path[0] == "input" {
                inner.input = path.isEmpty ? value : (inner.input ?? .object([:])).setting(path[...], to: value)
            } else {
                inner.data = inner.data.setting(path[...], to: value)
                inner.hidden.append(Array(with.path.dropFirst()))
            }
        }
        return try inner.solve(literal.kind, bindings)
    }

    private func solve(_ kind: Literal.Kind, _ bindings: Bindings) throws(Conflict) -> [Bindings] {
        switch kind {
        case .test(let term):
            return try evaluate(term, bindings).filter { $0.value != .bool(false) }.map(\.bindings)
        case .equal(let left, let right):
            var found: [Bindings] = []
            for a in try evaluate(left, bindings) {
                found += try evaluate(right, a.bindings).filter { $0.value == a.value }.map(\.bindings)
            }
            return found
        case .assign(let name, let term):
            return try evaluate(term, bindings).map { $0.bindings.merging([name: $0.value]) { $1 } }
        case .unify(let pattern, let term):
            return try evaluate(term, bindings).compactMap { match(pattern, $0.value, $0.bindings) }
        case .some(let key, let value, let domain):
            return try evaluate(domain, bindings).flatMap { solution in
                solution.value.members.map { member in
                    var bound = solution.bindings
                    if let key { bound[key] = member.key }
                    bound[value] = member.value
                    return bound
                }
            }
        case .every(let key, let value, let domain, let body):
            return try every(key, value, domain, body, bindings)
        case .not(let inner):
            guard try areDefined(operands(of: inner), bindings) else { return [] }
            return try solve(inner, bindings).isEmpty ? [bindings] : []
        }
    }

    private func every(
        _ key: String?, _ value: String, _ domain: Expression, _ body: [Literal], _ bindings: Bindings
    ) throws(Conflict) -> [Bindings] {
        var found: [Bindings] = []
        for solution in try evaluate(domain, bindings) {
            switch solution.value {
            case .array, .set, .object: break
            default: continue
            }
            var holds = true
            for member in solution.value.members where holds {
                var bound = solution.bindings
                if let key { bound[key] = member.key }
                bound[value] = member.value
                holds = !(try solve(body[...], bound).isEmpty)
            }
            if holds { found.append(solution.bindings) }
        }
        return found
    }

    // MARK: Negation

    /// What of a negated literal is evaluated before the negation: the arguments of a call, collections, and on either
    /// side of an equality also calls. A reference stays inside, but for what is in its brackets.
    private func operands(of literal: Literal) -> [Expression] {
        switch literal.kind {
        case .test(.call(_, let arguments)), .test(.apply(_, let arguments)): return arguments
        case .test(let term):
            switch term {
            case .array, .set, .object: return [term]
            default: return []
            }
        case .equal(let left, let right), .unify(let left, let right):
            return [left, right].filter { if case .reference = $0 { false } else { true } }
        default: return []
        }
    }

    private func areDefined(_ terms: [Expression], _ bindings: Bindings) throws(Conflict) -> Bool {
        for term in terms where try evaluate(term, bindings).isEmpty { return false }
        return true
    }

    func call(_ path: Path, _ arguments: [Plain]) throws(Conflict) -> Plain? {
        switch replaced[path] {
        case .value(let value): return value
        case .function(let other):
            // What stands for a function calls the real ones.
            var inner = self
            inner.replaced = [:]
            return try inner.call(other, arguments)
        case nil: break
        }
        guard let group = policy.groups.first(where: { $0.path == path }) else { return nil }
        return try complete(group, arguments) ?? group.defaultValue
    }
}
