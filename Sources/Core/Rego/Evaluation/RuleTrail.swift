// The always-on "why": which rules were tried, which held, and how far the others got. Numbers only while evaluating;
// text is made when somebody asks.

/// A rule that was tried and did not hold.
public struct RuleAttempt: Sendable, Equatable {
    /// Package and name: `cam.allow`.
    public let rule: String
    /// Where the rule, or the else branch, begins.
    public let location: Location
    /// The furthest literal that failed, as written, and where it stands. Nil when the head itself did not match.
    public let literal: String?
    public let literalLocation: Location?
}

/// A rule that held.
public struct FiredRule: Sendable, Equatable {
    public let rule: String
    public let location: Location
}

struct RuleTrail {
    /// Entries of one kind that are kept.
    static let entriesMax = 32
    static let errorsMax = 8

    private struct Entry {
        let group: RuleGroup
        let unit: CodeUnit
        let failed: Int32
    }

    /// Rules within rules: the query is at depth 1, the entry point's own rules at depth 2.
    var depth = 0
    private var outer: [Entry] = []
    private var inner: [Entry] = []
    private var fired: [Entry] = []
    private(set) var errors: [EvaluationError] = []

    @inline(__always)
    mutating func note(_ group: RuleGroup, _ unit: CodeUnit, _ held: Bool, failed: Int32) {
        if held {
            if fired.count < RuleTrail.entriesMax { fired.append(Entry(group: group, unit: unit, failed: -1)) }
        } else if depth <= 2 {
            if outer.count < RuleTrail.entriesMax { outer.append(Entry(group: group, unit: unit, failed: failed)) }
        } else if inner.count < RuleTrail.entriesMax {
            inner.append(Entry(group: group, unit: unit, failed: failed))
        }
    }

    mutating func note(_ error: EvaluationError) {
        if errors.count < RuleTrail.errorsMax { errors.append(error) }
    }

    /// The entry point's own rules first.
    var attempts: [RuleAttempt] {
        (outer + inner).map { entry in
            let literal = entry.failed >= 0 ? entry.unit.literals[Int(entry.failed)] : nil
            return RuleAttempt(
                rule: entry.group.name, location: entry.unit.source.location(entry.unit.span.start),
                literal: literal.map { entry.unit.source.excerpt($0.start..<$0.end) },
                literalLocation: literal.map { entry.unit.source.location($0.start) })
        }
    }

    /// The last to hold first: the entry point's own rule holds after those it uses.
    var firedRules: [FiredRule] {
        fired.reversed().map {
            FiredRule(rule: $0.group.name, location: $0.unit.source.location($0.unit.span.start))
        }
    }
}
