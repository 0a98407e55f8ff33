// The always-on "why": which rules were tried, which held, and how far the others got. Places and values only while
// evaluating, and of both a bounded number; text is made when somebody asks.

struct RuleTrail {
    /// Entries of one kind that are kept.
    static let entriesMax = 32
    static let errorsMax = 8
    /// Values of variables that are kept of one rule.
    static let valuesMax = 8

    /// Where a rule got to. Units and groups are not retained for it: whoever keeps the trail keeps the program.
    struct Entry {
        unowned(unsafe) let group: RuleGroup
        unowned(unsafe) let unit: CodeUnit
        /// The furthest literal that failed; −1 for none.
        let failed: Int32
        /// The query's own rules, not those that they use.
        let isOuter: Bool
        /// The input was the query's own, not one that `with` made.
        let isPlain: Bool
        /// What the rule's variables held when that literal failed.
        let values: [Value]
    }

    /// Rules within rules: the query is at depth 1, the entry point's own rules at depth 2.
    var depth = 0
    private(set) var failures: [Entry] = []
    private(set) var fired: [Entry] = []
    private var outerCount = 0
    private var innerCount = 0
    private(set) var errors: [EvaluationError] = []

    /// Whether what fails now will be kept, so that its values are worth keeping.
    @inline(__always)
    var hasRoom: Bool { (depth <= 2 ? outerCount : innerCount) < RuleTrail.entriesMax }

    mutating func noteFailure(_ group: RuleGroup, _ unit: CodeUnit, at failed: Int32, isPlain: Bool, _ values: [Value])
    {
        guard hasRoom else { return noteNearer(group, unit, at: failed, isPlain: isPlain) }
        if failures.isEmpty { failures.reserveCapacity(16) }
        if depth <= 2 { outerCount += 1 } else { innerCount += 1 }
        failures.append(
            Entry(group: group, unit: unit, failed: failed, isOuter: depth <= 2, isPlain: isPlain, values: values))
    }

    /// In a full trail the query's own rules that got further take the places of those that did not.
    private mutating func noteNearer(_ group: RuleGroup, _ unit: CodeUnit, at failed: Int32, isPlain: Bool) {
        guard depth <= 2, failed > 0,
            let least = failures.indices.filter({ failures[$0].isOuter }).min(by: {
                failures[$0].failed < failures[$1].failed
            }), failures[least].failed < failed
        else { return }
        failures[least] = Entry(group: group, unit: unit, failed: failed, isOuter: true, isPlain: isPlain, values: [])
    }

    /// The last to hold are the query's own, so there is always room for them.
    mutating func noteFired(_ group: RuleGroup, _ unit: CodeUnit) {
        guard fired.count < (depth <= 2 ? 2 : 1) * RuleTrail.entriesMax, fired.last?.unit !== unit else { return }
        fired.append(
            Entry(group: group, unit: unit, failed: -1, isOuter: depth <= 2, isPlain: true, values: []))
    }

    /// The value is that of the query's own rule's default.
    var endsInDefault: Bool {
        guard let last = fired.last(where: \.isOuter) else { return false }
        return last.unit === last.group.defaultRule
    }

    mutating func note(_ error: EvaluationError) {
        if errors.count < RuleTrail.errorsMax { errors.append(error) }
    }
}
