// Runs the unit tests of policies: every rule whose name begins with `test_`, each evaluated by itself.

/// The unit tests of a set of modules, compiled once. Value and order of the tests do not depend on one another.
public struct TestRunner: Sendable {
    private struct Test: Sendable {
        let name: String
        let location: Location
        let isPending: Bool
        let query: PreparedQuery
    }

    private let policy: CompiledPolicy
    private let tests: [Test]

    /// Compiles modules with their tests over base data. Two rules with one name are two tests, `test_x` and `test_x#2`:
    /// as one rule with two bodies either would hide the other's failure.
    /// - Throws: everything that is wrong with the modules.
    public init(modules: [Module], data: Value = .emptyObject) throws(RegoErrors) {
        var names = TestNames()
        let modules = modules.map { names.divide($0) }
        policy = try CompiledPolicy(modules: modules, data: data)
        var tests: [Test] = []
        for found in names.found {
            let path = (found.package + [found.rule]).map { "[\(Value.string($0).jsonText)]" }
            tests.append(
                Test(
                    name: (found.package + [found.rule]).joined(separator: "."), location: found.location,
                    isPending: found.rule.hasPrefix(TestNames.pending),
                    query: try policy.prepare(entry: "data" + path.joined())))
        }
        self.tests = tests
    }

    /// Runs the tests whose full name, for example `cam_test.test_admin_may`, passes `filter`.
    /// - Parameters:
    ///   - budget: what each test may cost.
    ///   - isStrict: whether an error of a builtin fails the test, as it denies in camd, or leaves an expression undefined.
    ///   - wallNanoseconds: what `time.now_ns` gives.
    ///   - observer: who watches the tests; `coverage(by:)` then says what they ran.
    ///   - clock: nanoseconds that only rise; without one no test takes any time.
    public func run(
        budget: Budget = .standard, isStrict: Bool = true, wallNanoseconds: Int64 = 0,
        observer: Observer? = nil, clock: () -> UInt64 = { 0 }, filter: (String) -> Bool = { _ in true }
    ) -> [TestOutcome] {
        tests.filter { filter($0.name) }.map { test in
            if test.isPending { return TestOutcome(name: test.name, location: test.location, result: .pending) }
            let start = clock()
            let evaluation = test.query.evaluate(
                input: nil, budget: budget, isStrict: isStrict, wallNanoseconds: wallNanoseconds,
                observer: observer)
            var outcome = TestOutcome(name: test.name, location: test.location, result: Self.result(evaluation))
            outcome.nanoseconds = clock() - start
            outcome.steps = evaluation.steps
            if outcome.result != .passed {
                outcome.value = evaluation.value
                outcome.attempts = evaluation.attempts
            }
            outcome.printed = evaluation.printed
            return outcome
        }
    }

    /// Which lines of the modules an observer saw run, the tests' own among them.
    public func coverage(by observer: Observer) -> Coverage { Coverage(of: policy, by: observer) }

    /// Compiles and runs in one go.
    public static func run(
        modules: [Module], data: Value = .emptyObject, filter: (String) -> Bool = { _ in true }
    ) throws(RegoErrors) -> [TestOutcome] {
        try TestRunner(modules: modules, data: data).run(filter: filter)
    }

    /// Undefined and false fail; so does a test of several cases in which one is false, or which has no case at all.
    private static func result(_ evaluation: Evaluation) -> TestOutcome.Result {
        if let error = evaluation.error { return .error(error) }
        switch evaluation.value {
        case nil, .bool(false)?: return .failed
        case .object(let cases)?:
            return cases.keys.isEmpty || cases.values.contains(.bool(false)) ? .failed : .passed
        case .set(let cases)?: return cases.elements.isEmpty ? .failed : .passed
        default: return .passed
        }
    }
}

/// How one test ended.
public struct TestOutcome: Sendable {
    /// The ways in which a test can end.
    public enum Result: Sendable, Equatable {
        case passed, failed
        /// It could not be evaluated to its end.
        case error(EvaluationError)
        /// A `todo_test_`, which is named and not run.
        case pending
    }

    /// Package and rule: `cam_test.test_admin_may`.
    public let name: String
    /// Where the rule begins.
    public let location: Location
    public let result: Result
    public fileprivate(set) var nanoseconds: UInt64 = 0
    public fileprivate(set) var steps: UInt64 = 0
    /// What a test that failed came to; nil where that is undefined.
    public fileprivate(set) var value: Value?
    /// Of a test that did not pass: the rules that were tried in vain, its own first.
    public fileprivate(set) var attempts: [RuleAttempt] = []
    /// What it said with `print`. Bounded.
    public fileprivate(set) var printed: [String] = []
}

/// Finds the tests of modules and gives each a name of its own.
private struct TestNames {
    static let pending = "todo_test_"

    private(set) var found: [(package: [String], rule: String, location: Location)] = []
    private var counts: [[String]: Int] = [:]

    mutating func divide(_ module: Module) -> Module {
        Module(
            source: module.source, package: module.package, packageSpan: module.packageSpan, imports: module.imports,
            rules: module.rules.map { divide($0, of: module) }, annotations: module.annotations)
    }

    private mutating func divide(_ rule: Rule, of module: Module) -> Rule {
        let head = rule.head
        guard case .variable(let name) = head.name.kind, name.hasPrefix("test_") || name.hasPrefix(Self.pending),
            !rule.isDefault, head.arguments == nil
        else { return rule }
        let count = counts[module.package + [name], default: 0] + 1
        counts[module.package + [name]] = count
        // The bodies of a partial rule are the cases of one test.
        let isPartial = !head.path.isEmpty || head.element != nil
        if count > 1, isPartial { return rule }
        let own = count == 1 ? name : "\(name)#\(count)"
        found.append((module.package, own, module.source.location(rule.span.start)))
        if count == 1 { return rule }
        let renamed = RuleHead(
            name: Term(.variable(own), head.name.span), path: [], arguments: nil, element: nil, value: head.value,
            span: head.span)
        return Rule(
            isDefault: false, head: renamed, body: rule.body, alternatives: rule.alternatives, span: rule.span)
    }
}
