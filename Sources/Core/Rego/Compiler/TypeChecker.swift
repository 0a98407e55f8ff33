// Types known at load: what can only fail when it is evaluated is refused instead. Types are sets of kinds, and for
// objects written out also their keys; whatever is not known is `any`, so nothing that could work is refused.

struct TypeChecker {
    private let tree: RuleTree
    private let unit: ResolvedUnit
    private var errors = ErrorList()
    private var locals: [Int: Known] = [:]

    /// What is known of a value.
    private struct Known {
        var types: TypeSet
        /// All keys of an object or positions of an array that was written out, with what is known of each.
        var members: [Value: Known]?

        static let any = Known(types: .any)
    }

    init(tree: RuleTree, unit: ResolvedUnit) {
        self.tree = tree
        self.unit = unit
    }

    mutating func check() -> [RegoError] {
        visit(unit.body)
        switch unit.result {
        case .value(let term): _ = type(of: term)
        case .member(_, let value): _ = type(of: value)
        case .element(_, let element): _ = type(of: element)
        case .bindings: break
        }
        return errors.errors
    }

    private mutating func visit(_ body: ResolvedBody) {
        // What a variable is assigned counts wherever it is used, whatever the order of the literals.
        for literal in body.literals { learn(literal) }
        for literal in body.literals { visit(literal) }
    }

    private mutating func learn(_ literal: ResolvedLiteral) {
        guard case .unify(let left, let right) = literal.kind, case .local(let variable) = left.node,
            locals[variable] == nil
        else { return }
        switch right.node {
        case .constant, .array, .object, .set, .comprehension, .template: locals[variable] = shape(of: right)
        case .call(.builtin(let index), _): locals[variable] = Known(types: Builtins.all[index].result)
        default: break
        }
    }

    private mutating func visit(_ literal: ResolvedLiteral) {
        // A replaced function may take and give anything.
        let replacesFunctions = literal.withs.contains { if case .function = $0.target { true } else { false } }
        for with in literal.withs { if case .value(let term) = with.replacement { _ = type(of: term) } }
        if replacesFunctions { return }
        switch literal.kind {
        case .test(let term): _ = type(of: term)
        case .compare(let left, let right), .unify(let left, let right):
            let a = type(of: left)
            let b = type(of: right)
            if a.types.isDisjoint(with: b.types) {
                errors.add(
                    .type, "match error: \(a.types.name) is never equal to \(b.types.name)", unit.source, literal.span)
            } else if !TypeChecker.canBeEqual(a, b) {
                errors.add(.type, "match error: both sides never have the same members", unit.source, literal.span)
            }
        case .member(let key, let value, let domain):
            _ = type(of: domain)
            if let key { _ = type(of: key) }
            _ = type(of: value)
        case .every(_, _, let domain, let body):
            _ = type(of: domain)
            visitInner(body)
        case .not(let inner): visit(inner)
        case .notBody(let body): visitInner(body)
        case .nothing: break
        }
    }

    /// What a body assigns holds in that body only.
    private mutating func visitInner(_ body: ResolvedBody) {
        let outer = locals
        visit(body)
        locals = outer
    }

    /// Whether values of which this much is known can be equal: written out, they have the same keys.
    private static func canBeEqual(_ a: Known, _ b: Known) -> Bool {
        guard !a.types.isDisjoint(with: b.types) else { return false }
        guard a.types == b.types, let mine = a.members, let theirs = b.members else { return true }
        return mine.count == theirs.count
            && mine.allSatisfy { key, member in theirs[key].map { canBeEqual(member, $0) } ?? false }
    }

    private mutating func type(of term: Resolved) -> Known {
        switch term.node {
        case .constant, .slot: break
        case .local(let variable): return locals[variable] ?? .any
        case .reference(let base, let operands): return type(of: base, operands)
        case .call(let target, let arguments): return type(of: target, arguments, term.span)
        case .array(let items), .set(let items): for item in items { _ = type(of: item) }
        case .object(let members):
            for member in members {
                _ = type(of: member.key)
                _ = type(of: member.value)
            }
        case .comprehension(_, let key, let value, let body):
            let outer = locals
            visit(body)
            if let key { _ = type(of: key) }
            _ = type(of: value)
            locals = outer
        case .template(let pieces):
            for piece in pieces { if case .expression(let term) = piece { _ = type(of: term) } }
        }
        return shape(of: term)
    }

    private mutating func type(of base: Resolved.Base, _ operands: [Resolved]) -> Known {
        for operand in operands { _ = type(of: operand) }
        var known = Known.any
        switch base {
        case .input, .data: return .any
        case .local(let variable): known = locals[variable] ?? .any
        case .term(let term): known = type(of: term)
        }
        for operand in operands {
            guard known.types.isDisjoint(with: .iterable) == false else {
                errors.add(.type, "undefined ref: \(known.types.name) has no members", unit.source, operand.span)
                return .any
            }
            guard let members = known.members, let key = operand.constantValue else { return .any }
            guard let member = members[key] else {
                errors.add(.type, "undefined ref: there is no \(key)", unit.source, operand.span)
                return .any
            }
            known = member
        }
        return known
    }

    private mutating func type(of target: Target, _ arguments: [Resolved], _ span: Span) -> Known {
        let types = arguments.map { type(of: $0).types }
        guard case .builtin(let index) = target else { return .any }
        let builtin = Builtins.all[index]
        for (position, expected) in builtin.arguments.enumerated() where position < types.count {
            guard types[position].isDisjoint(with: expected) else { continue }
            errors.add(
                .type,
                "\(builtin.name): invalid argument(s): have \(types[position].name), want \(expected.name)",
                unit.source, arguments[position].span)
        }
        return Known(types: builtin.result)
    }

    /// What a term written out is.
    private func shape(of term: Resolved) -> Known {
        switch term.node {
        case .constant(let value): return TypeChecker.shape(of: value)
        case .local(let variable): return locals[variable] ?? .any
        case .array(let items):
            let members = items.enumerated().map { (Value.int($0.offset), shape(of: $0.element)) }
            return Known(types: .array, members: Dictionary(uniqueKeysWithValues: members))
        case .set: return Known(types: .set)
        case .object(let members):
            var known: [Value: Known] = [:]
            for member in members {
                guard let key = member.key.constantValue else { return Known(types: .object) }
                known[key] = shape(of: member.value)
            }
            return Known(types: .object, members: known)
        case .comprehension(let kind, _, _, _):
            return Known(types: kind == .array ? .array : kind == .set ? .set : .object)
        case .template: return Known(types: .string)
        case .reference, .slot: return .any
        case .call(let target, _):
            guard case .builtin(let index) = target else { return .any }
            return Known(types: Builtins.all[index].result)
        }
    }

    private static func shape(of value: Value) -> Known {
        switch value {
        case .array(let items):
            let members = items.enumerated().map { (Value.int($0.offset), shape(of: $0.element)) }
            return Known(types: .array, members: Dictionary(uniqueKeysWithValues: members))
        case .object(let object):
            return Known(
                types: .object,
                members: Dictionary(uniqueKeysWithValues: object.members.map { ($0.0, shape(of: $0.1)) }))
        default: return Known(types: TypeSet(value.kind))
        }
    }
}
