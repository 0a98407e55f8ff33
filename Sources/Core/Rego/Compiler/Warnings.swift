// What a policy may say but hardly means: it loads, and whoever loads it is told.

/// Something that is no error and deserves a look.
public struct RegoWarning: Sendable, Hashable, CustomStringConvertible {
    public let message: String
    public let location: Location

    public var description: String { "\(location): warning: \(message)" }
}

/// Finds `not f(input.x)` in rules that allow or deny: the operand is evaluated before the negation, so that where it is
/// missing the condition does not hold, although it reads as if it did.
struct WarningFinder {
    private let module: Module
    /// Names that mean input or a part of it.
    private let inputNames: Set<String>
    private var warnings: [RegoWarning] = []

    static func warnings(in modules: [Module]) -> [RegoWarning] {
        modules.filter { !$0.keepsOperandsInNegation }.flatMap { module in
            var finder = WarningFinder(module)
            for rule in module.rules { finder.visit(rule) }
            return finder.warnings
        }
    }

    private init(_ module: Module) {
        self.module = module
        inputNames = Set(
            ["input"] + module.imports.filter { $0.path[0] == "input" }.compactMap(\.name))
    }

    private mutating func visit(_ rule: Rule) {
        let words = ([rule.head.name] + rule.head.path).compactMap { term in
            switch term.kind {
            case .variable(let name), .scalar(.string(let name)): name
            default: String?.none
            }
        }
        guard words.contains("allow") || words.contains("deny") else { return }
        visit(rule.body)
        for alternative in rule.alternatives { visit(alternative.body) }
    }

    private mutating func visit(_ body: [Expression]) {
        for expression in body {
            switch expression.kind {
            case .not(let inner): visit(negated: inner)
            case .every(_, _, _, let body): visit(body)
            case .term, .assign, .unify, .some, .someIn, .notBody: break
            }
        }
    }

    private mutating func visit(negated expression: Expression) {
        switch expression.kind {
        case .term(let term):
            guard case .call(let callee, let operands) = term.kind else { return }
            if case .infix("equal") = callee {
                for operand in operands { noteCall(operand) }
            } else {
                note(operands)
            }
        case .unify(let left, let right):
            noteCall(left)
            noteCall(right)
        case .assign, .some, .someIn, .every, .not, .notBody: return
        }
    }

    /// Beside an equals sign a reference stays in the negation, a call does not.
    private mutating func noteCall(_ term: Term) {
        if case .call(_, let operands) = term.kind { note(operands) }
    }

    private mutating func note(_ operands: [Term]) {
        for operand in operands {
            switch operand.kind {
            case .reference(let head, _):
                guard case .variable(let name) = head.kind, inputNames.contains(name) else { continue }
            case .variable(let name):
                guard name != "input", inputNames.contains(name) else { continue }
            case .call(_, let inner):
                note(inner)
                continue
            default: continue
            }
            let written = module.source.excerpt(operand.span.start..<operand.span.end)
            warnings.append(
                RegoWarning(
                    message: "where \(written) is missing this condition does not hold, because it is evaluated before "
                        + "`not`; `import future.keywords.not` makes `not` true then",
                    location: module.source.location(operand.span.start)))
        }
    }
}
