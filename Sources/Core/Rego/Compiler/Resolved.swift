// The tree after names are resolved: variables are numbers, references know whether they go to input, data or a local,
// calls know what they call. The emitter turns it into code.

/// A term whose names are resolved.
struct Resolved: Sendable {
    indirect enum Node: Sendable {
        case constant(Value)
        case local(Int)
        case reference(Base, [Resolved])
        case call(Target, [Resolved])
        case array([Resolved])
        case set([Resolved])
        case object([(key: Resolved, value: Resolved)])
        case comprehension(Comprehension.Kind, key: Resolved?, value: Resolved, ResolvedBody)
        case template([TemplatePiece])
        /// Already computed: an operand that was moved out of a negation.
        case slot(Int32)
    }

    enum Base: Sendable {
        case input
        case data
        case local(Int)
        case term(Resolved)
    }

    let node: Node
    let span: Span

    init(_ node: Node, _ span: Span) {
        self.node = node
        self.span = span
    }
}

enum TemplatePiece: Sendable {
    case text(String)
    /// A set comprehension over the one expression: empty means undefined.
    case expression(Resolved)
}

/// What a call calls.
enum Target: Sendable, Hashable {
    case builtin(Int)
    case function(Int)
}

/// A body and the variables that belong to it: those numbered in `own`.
struct ResolvedBody: Sendable {
    var literals: [ResolvedLiteral]
    /// Numbers of the variables declared in this body or in closures within it.
    let own: Range<Int>
    /// Variables of enclosing bodies that this one uses: they must be bound before it runs.
    let captures: [Int]
}

struct ResolvedLiteral: Sendable {
    indirect enum Kind: Sendable {
        case test(Resolved)
        /// `==`: like `unify`, but binds nothing.
        case compare(Resolved, Resolved)
        case unify(Resolved, Resolved)
        /// `some k, v in xs`
        case member(key: Resolved?, value: Resolved, domain: Resolved)
        case every(key: Int?, value: Int, domain: Resolved, ResolvedBody)
        /// One literal; its operands are evaluated outside of the negation (OPA's old and default meaning).
        case not(ResolvedLiteral)
        case notBody(ResolvedBody)
        /// A declaration: nothing to evaluate.
        case nothing
    }

    let kind: Kind
    let withs: [ResolvedWith]
    let span: Span
    /// Written by the author, and so something to name when it fails.
    let isWritten: Bool
}

struct ResolvedWith: Sendable {
    enum Target: Sendable {
        case input([Value])
        case data([Value])
        case function(Rego.Target)
    }

    enum Replacement: Sendable {
        case value(Resolved)
        case function(Rego.Target)
    }

    let target: Target
    let replacement: Replacement
}

/// One rule, else branch, default or query, ready for the emitter.
struct ResolvedUnit: Sendable {
    enum Result: Sendable {
        /// A complete rule or a function.
        case value(Resolved)
        /// `path… := value`
        case member(path: [Resolved], value: Resolved)
        /// `path… contains element`
        case element(path: [Resolved], Resolved)
        /// A query: its named variables.
        case bindings([(name: String, variable: Int)])
    }

    /// Variables that hold the arguments, in order.
    let arguments: [Int]
    let body: ResolvedBody
    let result: Result
    /// Names of all variables; empty for those the compiler made.
    let names: [String]
    let source: SourceFile
    let span: Span
}
