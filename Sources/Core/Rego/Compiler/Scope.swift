// Which name means which variable where.

/// How a name came into a scope; decides what may be said about it again.
enum Declaration: Sendable {
    case argument
    /// `x := …`
    case assigned
    /// `some x`, with where, to say so when it is never used.
    case some(Span)
    /// `some x in …`, `every x in …`
    case iterated
    /// Used without declaration: belongs to the body that uses it.
    case free
}

/// The names of one body. A class because closures are resolved while their surroundings still grow.
final class Scope {
    struct Entry {
        let variable: Int
        let declaration: Declaration
        var isUsed = false
    }

    let parent: Scope?
    private(set) var entries: [String: Entry] = [:]
    /// Names that were referred to while this was the innermost scope.
    private(set) var seen: Set<String> = []

    init(parent: Scope?) { self.parent = parent }

    func declare(_ name: String, _ variable: Int, _ declaration: Declaration) {
        entries[name] = Entry(variable: variable, declaration: declaration)
    }

    func note(_ name: String) { seen.insert(name) }

    /// The variable a name means here, and marks it used.
    func use(_ name: String) -> Int? {
        var scope: Scope? = self
        while let current = scope {
            if let entry = current.entries[name] {
                current.entries[name]?.isUsed = true
                return entry.variable
            }
            scope = current.parent
        }
        return nil
    }

    func isVisible(_ name: String) -> Bool {
        entries[name] != nil || (parent?.isVisible(name) ?? false)
    }
}

/// Collects the names a body uses directly, without looking into closures.
struct DirectNames {
    private(set) var used: [String] = []
    private(set) var declared: Set<String> = []

    mutating func add(_ body: [Expression]) { for expression in body { add(expression) } }

    mutating func add(_ expression: Expression) {
        // A builtin that replaces a function is no variable, whatever it looks like.
        for with in expression.withs where !with.value.namesBuiltin { add(with.value) }
        switch expression.kind {
        case .term(let term): add(term)
        case .assign(let left, let right):
            declare(left)
            add(right)
        case .unify(let left, let right):
            add(left)
            add(right)
        case .some(let names): for name in names { declare(name) }
        case .someIn(let key, let value, let domain):
            if let key { declare(key) }
            declare(value)
            add(domain)
        case .every(_, _, let domain, _): add(domain)
        case .not(let inner): add(inner)
        case .notBody: break
        }
    }

    mutating func add(_ term: Term) {
        switch term.kind {
        case .scalar, .comprehension, .template: break
        case .variable(let name): used.append(name)
        case .reference(let head, let path):
            add(head)
            for operand in path { add(operand) }
        case .call(_, let arguments): for argument in arguments { add(argument) }
        case .array(let items), .set(let items): for item in items { add(item) }
        case .object(let members):
            for member in members {
                add(member.key)
                add(member.value)
            }
        }
    }

    private mutating func declare(_ pattern: Term) {
        for name in DirectNames.variables(ofPattern: pattern) { declared.insert(name.0) }
        // Keys of object patterns and references are used, not declared.
        switch pattern.kind {
        case .object(let members): for member in members { add(member.key) }
        case .variable, .scalar, .array: break
        default: add(pattern)
        }
    }

    /// The variables that a pattern on the left of `:=` or after `some` declares, with where they stand.
    static func variables(ofPattern term: Term) -> [(String, Span)] {
        switch term.kind {
        case .variable(let name): name == "_" ? [] : [(name, term.span)]
        case .array(let items): items.flatMap(variables)
        case .object(let members): members.flatMap { variables(ofPattern: $0.value) }
        default: []
        }
    }
}

extension Term {
    fileprivate var namesBuiltin: Bool {
        switch kind {
        case .variable(let name): return Builtins.index(of: name) != nil
        case .reference(let head, let path):
            guard case .variable(var name) = head.kind else { return false }
            for operand in path {
                guard case .scalar(.string(let word)) = operand.kind else { return false }
                name += "." + word
            }
            return Builtins.index(of: name) != nil
        default: return false
        }
    }
}
