// From the trail of an evaluation to the conditions that kept its rules from holding. Rules that an index left out were
// never run; the few that came closest are run now, because only now somebody wants to know.

struct WhyNot {
    private let evaluation: Evaluation
    private var program: Program { evaluation.program }
    private(set) var failures: [RuleTrail.Entry]
    /// Runs what was left out. Its steps are nobody's: they are few, and the answer is given.
    private lazy var machine = Machine(
        program: program, input: evaluation.input, budget: WhyNot.budget, isStrict: true,
        wallNanoseconds: evaluation.wallNanoseconds, observer: nil)
    private var tried: Set<ObjectIdentifier> = []

    private static let budget = Budget(steps: 5_000, memoryBytes: 1 << 20)

    /// Paths of the input that cannot differ.
    private let fixed: [[Value]]

    init(_ evaluation: Evaluation, fixed: [[Value]] = []) {
        self.fixed = fixed
        self.evaluation = evaluation
        failures = evaluation.trail.failures
        for i in evaluation.unit.code where i.operation == .rule && evaluation.error == nil {
            tryNearMisses(of: Int(i.b), isOuter: true)
        }
    }

    private mutating func tryNearMisses(of group: Int, isOuter: Bool) {
        let group = program.groups[group]
        guard group.index != nil, tried.insert(ObjectIdentifier(group)).inserted,
            isOuter || !evaluation.trail.fired.contains(where: { $0.group === group })
        else { return }
        failures += machine.nearMisses(of: group, isOuter: isOuter, fixed: fixed)
    }

    // MARK: The nearest

    /// Those that got furthest first.
    mutating func nearest(_ count: Int) -> [RuleAttempt] {
        let order = failures.indices.filter { failures[$0].isOuter }.sorted { a, b in
            let (x, y) = (failures[a].failed, failures[b].failed)
            return x != y ? x > y : a < b
        }
        var found: [RuleAttempt] = []
        for entry in order.map({ failures[$0] }) {
            for attempt in conditions(of: entry, level: 0)
            where !found.contains(where: { $0.literalLocation == attempt.literalLocation }) {
                found.append(attempt)
            }
            if found.count >= count { break }
        }
        return Array(found.prefix(count))
    }

    /// Empty when the rule is about something else.
    private mutating func conditions(of entry: RuleTrail.Entry, level: Int) -> [RuleAttempt] {
        guard entry.failed >= 0, !LiteralReads.isOnlyAbout(fixed, entry.failed, entry.unit, program) else { return [] }
        let reads = LiteralReads(entry.failed, of: entry.unit, in: program)
        for rule in reads.rules { tryNearMisses(of: rule, isOuter: false) }
        let inner = failures.filter { other in
            !other.isOuter && other.failed >= 0 && reads.rules.contains { program.groups[$0] === other.group }
        }
        guard !inner.isEmpty, held(reads).isEmpty, level < 4 else { return [attempt(entry, reads)] }
        var found: [RuleAttempt] = []
        for entry in inner where found.count < 2 {
            found += conditions(of: entry, level: level + 1)
        }
        return found
    }

    // MARK: Text

    func attempt(_ entry: RuleTrail.Entry) -> RuleAttempt {
        attempt(entry, LiteralReads(entry.failed, of: entry.unit, in: program))
    }

    private func attempt(_ entry: RuleTrail.Entry, _ reads: LiteralReads) -> RuleAttempt {
        let unit = entry.unit
        let literal = entry.failed >= 0 ? unit.literals[Int(entry.failed)] : nil
        return RuleAttempt(
            rule: entry.group.name, location: unit.source.location(unit.span.start),
            literal: literal.map { unit.source.excerpt($0.start..<$0.end) },
            literalLocation: literal.map { unit.source.location($0.start) },
            seen: reads.seen(entry.isPlain ? evaluation.input ?? .emptyObject : nil, holds: evaluation.inputHolds) {
                variable in
                entry.values.indices.contains(variable) ? entry.values[variable] : nil
            }, held: held(reads))
    }

    private func held(_ reads: LiteralReads) -> [FiredRule] {
        evaluation.trail.fired.filter { other in reads.rules.contains { program.groups[$0] === other.group } }
            .prefix(2).map(FiredRule.init)
    }
}
