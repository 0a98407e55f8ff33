// The way in: modules and data become a policy, a query is prepared once, and evaluated with many inputs.

/// A compiled, immutable set of modules over its data. Free to share between threads.
public struct CompiledPolicy: Sendable {
    let program: Program
    /// What is no error and deserves a look, in the order of the modules.
    public let warnings: [RegoWarning]

    /// Compiles modules over base data.
    /// - Parameters:
    ///   - refusing: builtins that may not be called here, each with the reason to give.
    ///   - isIndexed: whether rules that cannot hold are passed over without being run. The answers are the same
    ///     without it; tests compare both.
    /// - Throws: everything that is wrong with the modules, in the order of file, line and column.
    public init(
        modules: [Module], data: Value = .emptyObject, refusing: [String: String] = [:],
        isIndexed: Bool = true
    ) throws(RegoErrors) {
        var compiler = Compiler(modules: modules, data: data, refusing: refusing, isIndexed: isIndexed)
        program = try compiler.compile()
        warnings = WarningFinder.warnings(in: modules) + program.patterns.warnings
    }

    /// Prepares a reference into `data`, e.g. `data.cam.allow`. Evaluating it gives the value there.
    public func prepare(entry: String) throws(RegoErrors) -> PreparedQuery {
        let query = try parse("__value__ = \(entry)")
        return PreparedQuery(program, try compile(query), isEntry: true)
    }

    /// Prepares a query; evaluating it gives its bindings, one object for each way to satisfy it.
    public func prepare(query: String) throws(RegoErrors) -> PreparedQuery {
        let parsed = try parse(query)
        return PreparedQuery(program, try compile(parsed), isEntry: false)
    }

    /// Whether a rule is defined at a path under `data`, or above or below it.
    public func defines(_ path: [String]) -> Bool {
        let place = program.tree.walk(path.map { .string($0) })
        return place.used == path.count || program.tree.nodes[place.node].group != nil
    }

    private func compile(_ query: ([Expression], SourceFile)) throws(RegoErrors) -> CodeUnit {
        try Compiler.compile(query: query.0, source: query.1, for: program)
    }

    private func parse(_ query: String) throws(RegoErrors) -> ([Expression], SourceFile) {
        let source = SourceFile(name: "query", text: query)
        var parser = Parser(source: source, tokens: Lexer.tokens(of: source))
        do throws(SyntaxError) {
            return (try parser.parseBody(until: .end), source)
        } catch {
            var errors: [RegoError] = []
            parser.note(error, in: &errors)
            throw RegoErrors(errors)
        }
    }
}

/// A query ready to be evaluated.
public struct PreparedQuery: Sendable {
    let program: Program
    let unit: CodeUnit
    let isEntry: Bool
    /// The rules that an entry is the value of, where it is just that.
    private let entryGroup: Int?
    /// Paths into the input that evaluating can read, e.g. `["caller", "uid"]`, in order; nothing else of the input
    /// makes a difference to the answer. Nil when it could be anything.
    public let inputPaths: [[String]]?

    init(_ program: Program, _ unit: CodeUnit, isEntry: Bool) {
        self.program = program
        self.unit = unit
        self.isEntry = isEntry
        inputPaths = ReadSet.of(unit, in: program)
        entryGroup = isEntry ? unit.groupThatIsAll : nil
    }

    /// Evaluates the query.
    /// - Parameters:
    ///   - input: what policies see as `input`; nil leaves it undefined.
    ///   - budget: what the evaluation may cost; beyond it `error` has the code `.cancel`.
    ///   - isStrict: whether an error of a builtin ends the evaluation. Without it the expression is undefined, and
    ///     the error is only noted.
    ///   - wallNanoseconds: the time that `time.now_ns` gives, since 1970; the same for the whole evaluation.
    ///   - observer: who watches the evaluation, for a trace or for coverage; it costs several times as much then.
    public func evaluate(
        input: Value?, budget: Budget = .standard, isStrict: Bool = false, wallNanoseconds: Int64 = 0,
        observer: Observer? = nil
    ) -> Evaluation {
        let machine = Machine(
            program: program, input: input, budget: budget, isStrict: isStrict, wallNanoseconds: wallNanoseconds,
            observer: observer)
        var value: Value?
        var bindings: [Value] = []
        var failure: EvaluationError?
        do throws(EvaluationError) {
            if let entryGroup, observer == nil {
                value = try machine.value(ofEntry: entryGroup)
            } else {
                let extent = Extent(isSet: true)
                _ = try machine.activate(unit, in: nil, arguments: [], extent: extent)
                if case .set(let found) = extent.finish() { bindings = found.elements }
                if isEntry { value = bindings.first?["__value__"] }
            }
        } catch {
            failure = error
        }
        return Evaluation(
            value: value, bindings: isEntry ? [] : bindings, error: failure,
            steps: machine.steps, readTime: machine.readTime, memoryBytes: machine.memoryUsed,
            printed: machine.printed.lines, program: program, unit: unit, input: input,
            inputPaths: inputPaths, wallNanoseconds: wallNanoseconds, trail: machine.trail)
    }
}

/// What came of an evaluation.
public struct Evaluation: Sendable {
    /// The value of an entry; nil when undefined or when there was an error.
    public let value: Value?
    /// The bindings of a query, as a set in total order; an entry has none.
    public let bindings: [Value]
    public let error: EvaluationError?
    public let steps: UInt64
    /// Whether a builtin asked for the time: the answer may be another at another time.
    public let readTime: Bool
    /// Bytes of the values that were made, as `Budget.memoryBytes` counts them.
    public let memoryBytes: UInt64
    /// What `print` and `trace` were called with, a line for each call. Bounded.
    public let printed: [String]
    // What an explanation needs.
    let program: Program
    let unit: CodeUnit
    let input: Value?
    let inputPaths: [[String]]?
    let wallNanoseconds: Int64
    let trail: RuleTrail
}

extension CodeUnit {
    /// The rules whose value is all that a prepared entry asks for.
    fileprivate var groupThatIsAll: Int? {
        guard let first = code.first, first.operation == .rule,
            code.dropFirst().allSatisfy({ [.move, .makeObject, .element].contains($0.operation) })
        else { return nil }
        return Int(first.b)
    }
}
