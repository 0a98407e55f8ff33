// Policies as the generator makes them: a tree of its own, which the naive evaluator walks and which is written out as
// text for the evaluator under test. Neither knows the other's parser or compiler.

indirect enum Expression: Sendable {
    case constant(Plain)
    case variable(String)
    /// `_`
    case wildcard
    case reference(Base, [Expression])
    case call(String, [Expression])
    /// A function of the policy.
    case apply(Path, [Expression])
    case array([Expression])
    case set([Expression])
    case object([(key: Expression, value: Expression)])
    case arrayComprehension(Expression, [Literal])
    case setComprehension(Expression, [Literal])
    case objectComprehension(key: Expression, value: Expression, [Literal])

    enum Base: Sendable {
        case input
        case data
        case variable(String)
    }
}

/// Below `data`.
typealias Path = [String]

struct Literal: Sendable {
    indirect enum Kind: Sendable {
        case test(Expression)
        case equal(Expression, Expression)
        case assign(String, Expression)
        /// The left side may be a pattern.
        case unify(Expression, Expression)
        case some(key: String?, value: String, in: Expression)
        case every(key: String?, value: String, in: Expression, [Literal])
        case not(Literal)
    }

    var kind: Kind
    /// What `with` replaces: a path that begins with `input` or `data`, or the name of a builtin.
    var withs: [(path: Path, value: Replacement)] = []

    enum Replacement: Sendable {
        case value(Expression)
        /// A function by another of the policy.
        case function(Path)
    }

    init(_ kind: Kind) { self.kind = kind }
}

struct Rule: Sendable {
    struct Branch: Sendable {
        /// In an order in which each variable is bound before it is used.
        var body: [Literal]
        var value: Expression
        /// The order in which the text has them.
        var written: [Literal]?
    }

    /// Of a function.
    var arguments: [Expression] = []
    /// Of a partial object: where the value goes, key below key.
    var keys: [Expression] = []
    /// The rule's own and those after `else`. The value of a partial set is its element.
    var branches: [Branch]
}

/// All rules of a name.
struct Group: Sendable {
    enum Kind: Sendable {
        case complete, set, object, function
        /// An object whose values are sets.
        case objectOfSets
    }

    var path: Path
    var kind: Kind
    var rules: [Rule]
    var defaultValue: Plain?
}

/// A generated policy.
public struct GeneratedPolicy: Sendable {
    var groups: [Group]
    var data: Plain
    var inputs: [Plain]

    /// The same for the same seed.
    public init(seed: UInt64) { self = Generator.policy(seed: seed) }

    init(groups: [Group], data: Plain, inputs: [Plain]) {
        self.groups = groups
        self.data = data
        self.inputs = inputs
    }

    /// Some literals stand in another order than the naive evaluator takes: a conflict that one meets, the other may
    /// not come to.
    var isShuffled: Bool { groups.contains { $0.rules.contains { $0.branches.contains { $0.written != nil } } } }

    /// One module for each package.
    public var modules: [String] {
        var rules: [String: [String]] = [:]
        for group in groups { rules[group.path[0], default: []] += group.texts }
        return rules.keys.sorted().map { "package \($0)\n\n" + rules[$0]!.joined(separator: "\n\n") + "\n" }
    }
}

// MARK: Text

extension Group {
    private var name: String { path.dropFirst().joined(separator: ".") }

    fileprivate var texts: [String] {
        let arguments = kind == .function ? "(" + rules[0].arguments.map { _ in "_" }.joined(separator: ", ") + ")" : ""
        return (defaultValue.map { ["default \(name)\(arguments) := \($0.text)"] } ?? []) + rules.map(text)
    }

    private func text(_ rule: Rule) -> String {
        var text = name
        text += rule.keys.map { "[\($0.text)]" }.joined()
        if kind == .function { text += "(" + rule.arguments.map(\.text).joined(separator: ", ") + ")" }
        for (index, branch) in rule.branches.enumerated() {
            if index > 0 { text += " else" }
            text +=
                kind == .set || kind == .objectOfSets ? " contains \(branch.value.text)" : " := \(branch.value.text)"
            if !branch.body.isEmpty { text += " if " + (branch.written ?? branch.body).blockText }
        }
        return text
    }
}

extension [Literal] {
    fileprivate var blockText: String { "{\n" + map { "\t\($0.text)\n" }.joined() + "}" }
    fileprivate var lineText: String { map(\.text).joined(separator: "; ") }
}

extension Literal {
    fileprivate var text: String {
        kind.text + withs.map { " with \($0.path.joined(separator: ".")) as \($0.value.text)" }.joined()
    }
}

extension Literal.Replacement {
    fileprivate var text: String {
        switch self {
        case .value(let term): term.text
        case .function(let path): "data." + path.joined(separator: ".")
        }
    }
}

extension Literal.Kind {
    fileprivate var text: String {
        switch self {
        case .test(let term): term.text
        case .equal(let left, let right): "\(left.text) == \(right.text)"
        case .assign(let name, let term): "\(name) := \(term.text)"
        case .unify(let left, let right): "\(left.text) = \(right.text)"
        case .some(let key, let value, let domain): "some \(key.map { $0 + ", " } ?? "")\(value) in \(domain.text)"
        case .every(let key, let value, let domain, let body):
            "every \(key.map { $0 + ", " } ?? "")\(value) in \(domain.text) { \(body.lineText) }"
        case .not(let inner): "not " + inner.text
        }
    }
}

extension Expression {
    private static let signs = [
        "neq": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "plus": "+", "minus": "-", "mul": "*", "or": "|",
        "and": "&", "internal.member_2": "in",
    ]

    fileprivate var text: String {
        switch self {
        case .constant(let value): value.text
        case .variable(let name): name
        case .wildcard: "_"
        case .reference(let base, let operands):
            switch base {
            case .input: "input" + operands.map(\.operandText).joined()
            case .data: "data" + operands.map(\.operandText).joined()
            case .variable(let name): name + operands.map(\.operandText).joined()
            }
        case .call(let name, let arguments):
            if let sign = Expression.signs[name] {
                "(\(arguments[0].text) \(sign) \(arguments[1].text))"
            } else {
                name + "(" + Expression.list(arguments) + ")"
            }
        case .apply(let path, let arguments):
            "data." + path.joined(separator: ".") + "(" + Expression.list(arguments) + ")"
        case .array(let items): "[" + Expression.list(items) + "]"
        case .set(let items): items.isEmpty ? "set()" : "{" + Expression.list(items) + "}"
        case .object(let members):
            "{" + members.map { "\($0.key.text): \($0.value.text)" }.joined(separator: ", ") + "}"
        case .arrayComprehension(let value, let body): "[\(value.text) | \(body.lineText)]"
        case .setComprehension(let value, let body): "{\(value.text) | \(body.lineText)}"
        case .objectComprehension(let key, let value, let body): "{\(key.text): \(value.text) | \(body.lineText)}"
        }
    }

    private static func list(_ items: [Expression]) -> String { items.map(\.text).joined(separator: ", ") }

    private var operandText: String {
        if case .constant(.string(let name)) = self { return "." + name }
        return "[\(text)]"
    }
}
