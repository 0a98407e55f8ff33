// A module's tree as text, without places and layout: two modules with one outline are the same policy.

extension Module {
    /// The tree in parentheses.
    package var outline: String {
        let imports = imports.map { "(import \($0.path) \($0.alias ?? ""))" }
        return "(package \(package))\n" + (imports + rules.map(Outline.of)).joined(separator: "\n")
    }
}

private enum Outline {
    static func of(_ rule: Rule) -> String {
        let head = rule.head
        var text = "(\(rule.isDefault ? "default" : "rule") \(of([head.name] + head.path))"
        if let arguments = head.arguments { text += " (arguments \(of(arguments)))" }
        if let element = head.element { text += " (contains \(of(element)))" }
        if let value = head.value { text += " (value \(of(value)))" }
        text += " " + of(rule.body)
        for alternative in rule.alternatives {
            text += " (else \(alternative.value.map(of) ?? "") \(of(alternative.body)))"
        }
        return text + ")"
    }

    static func of(_ body: [Expression]) -> String { "{" + body.map(of).joined(separator: "; ") + "}" }

    static func of(_ terms: [Term]) -> String { terms.map(of).joined(separator: " ") }

    static func of(_ expression: Expression) -> String {
        let withs = expression.withs.map { " (with \(of($0.target)) \(of($0.value)))" }.joined()
        return of(expression.kind) + withs
    }

    private static func of(_ kind: Expression.Kind) -> String {
        switch kind {
        case .term(let term): of(term)
        case .assign(let left, let right): "(:= \(of(left)) \(of(right)))"
        case .unify(let left, let right): "(= \(of(left)) \(of(right)))"
        case .some(let names): "(some \(of(names)))"
        case .someIn(let key, let value, let domain): "(some-in \(key.map(of) ?? "") \(of(value)) \(of(domain)))"
        case .every(let key, let value, let domain, let body):
            "(every \(key.map(of) ?? "") \(of(value)) \(of(domain)) \(of(body)))"
        case .not(let inner): "(not \(of(inner)))"
        case .notBody(let body): "(not \(of(body)))"
        }
    }

    static func of(_ term: Term) -> String {
        switch term.kind {
        case .scalar(let value): value.description
        case .variable(let name): name
        case .reference(let head, let path): "(ref \(of([head] + path)))"
        case .call(.infix(let name), let operands): "(\(name) \(of(operands)))"
        case .call(.named(let callee), let arguments): "(call \(of([callee] + arguments)))"
        case .array(let items): "(array \(of(items)))"
        case .set(let items): "(set \(of(items)))"
        case .object(let members):
            "(object \(members.map { of($0.key) + ": " + of($0.value) }.joined(separator: ", ")))"
        case .comprehension(let comprehension):
            "(\(comprehension.kind) \(comprehension.key.map(of) ?? "") \(of(comprehension.value)) \(of(comprehension.body)))"
        case .template(let parts): "(template \(parts.map(of).joined(separator: " ")))"
        }
    }

    private static func of(_ part: TemplatePart) -> String {
        switch part {
        case .text(let text): Value.string(text).description
        case .expression(let expression): of(expression)
        }
    }
}
