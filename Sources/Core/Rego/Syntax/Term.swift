// The tree that the parser builds: terms.

/// A term and where it stands.
struct Term: Sendable {
    indirect enum Kind: Sendable {
        /// null, a boolean, a number or a string.
        case scalar(Value)
        /// A name; `_` is a different variable each time.
        case variable(String)
        /// `head.a["b"][c]`: the head and one operand or more.
        case reference(Term, [Term])
        case call(Callee, [Term])
        case array([Term])
        case object([(key: Term, value: Term)])
        case set([Term])
        case comprehension(Comprehension)
        case template([TemplatePart])
    }

    let kind: Kind
    let span: Span

    init(_ kind: Kind, _ span: Span) {
        self.kind = kind
        self.span = span
    }
}

/// What is called: an operator, by the name of the builtin that it is, or a name or reference as written.
enum Callee: Sendable {
    case infix(String)
    case named(Term)
}

struct Comprehension: Sendable {
    enum Kind: Sendable { case array, set, object }

    let kind: Kind
    /// Only of an object comprehension.
    let key: Term?
    let value: Term
    let body: [Expression]
}

enum TemplatePart: Sendable {
    case text(String)
    case expression(Expression)
}
