// Watches evaluations: every step for a trace that people read, and which rules and literals ran, for coverage. An
// evaluation without an observer pays nothing for this.

/// Collects what evaluations do; give one to `PreparedQuery.evaluate`, or the same to many for their common coverage.
/// Not for several threads at once.
public final class Observer {
    /// Events that are kept; what comes after them is only counted.
    public let eventsMax: Int
    /// Empty unless `eventsMax` is more than 0.
    public private(set) var events: [TraceEvent] = []
    /// Events beyond `eventsMax`.
    public private(set) var eventsOmitted = 0
    private(set) var runs: [ObjectIdentifier: UnitRun] = [:]

    /// The events as text, a line for each.
    public var lines: [String] {
        events.map(\.description) + (eventsOmitted > 0 ? ["… and \(eventsOmitted) steps more"] : [])
    }

    /// - Parameter eventsMax: 0 for coverage alone.
    public init(eventsMax: Int = 0) { self.eventsMax = eventsMax }

    /// Which literals of a unit ran, and whether it ever came to a value.
    struct UnitRun {
        /// Keeps the unit's identity from being given to another.
        let unit: CodeUnit
        var literals: [Bool]
        var held = false
    }

    // MARK: What the machine tells

    func step(_ machine: Machine, _ pc: Int, _ f: Machine.Activation) {
        let i = f.unit.code[pc]
        if i.literal >= 0 {
            run(f.unit) { $0.literals[Int(i.literal)] = true }
            if pc == 0 || f.unit.code[pc - 1].literal < i.literal { note(.eval, machine, f, i.literal) }
        } else if i.operation == .result || i.operation == .member || i.operation == .element {
            run(f.unit) { $0.held = true }
        }
    }

    func enter(_ machine: Machine, _ f: Machine.Activation) {
        run(f.unit) { _ in }
        note(.enter, machine, f, -1)
    }

    func fail(_ machine: Machine, _ f: Machine.Activation, _ literal: Int32) {
        if literal >= 0 { note(.fail, machine, f, literal) }
    }

    func leave(_ machine: Machine, _ f: Machine.Activation, held: Bool) {
        note(held ? .exit : .fail, machine, f, -1)
    }

    private func run(_ unit: CodeUnit, _ change: (inout UnitRun) -> Void) {
        let fresh = UnitRun(unit: unit, literals: [Bool](repeating: false, count: unit.literals.count))
        change(&runs[ObjectIdentifier(unit), default: fresh])
    }

    private func note(_ kind: TraceEvent.Kind, _ machine: Machine, _ f: Machine.Activation, _ literal: Int32) {
        guard eventsMax > 0 else { return }
        guard events.count < eventsMax else {
            eventsOmitted += 1
            return
        }
        let unit = f.unit
        let span = literal >= 0 ? unit.literals[Int(literal)] : unit.span
        var seen: [SeenValue] = []
        if kind == .fail, literal >= 0 {
            seen = LiteralReads(literal, of: unit, in: machine.program).seen(
                machine.outerContexts.isEmpty ? machine.context.input ?? .emptyObject : nil,
                holds: { machine.rootInput?.holds($0) == true }
            ) { f.value(Int32($0 + unit.argumentCount)) }
        }
        events.append(
            TraceEvent(
                kind: kind, depth: machine.trail.depth, location: unit.source.location(span.start),
                text: unit.source.excerpt(span.start..<span.end), seen: seen))
    }
}

/// One step of an evaluation.
public struct TraceEvent: Sendable, Equatable, CustomStringConvertible {
    /// What happened.
    public enum Kind: String, Sendable {
        /// A rule, function, else branch or query begins.
        case enter
        /// A literal is evaluated; again for each member when an iteration comes back to it.
        case eval
        /// A literal, or the whole rule, does not hold.
        case fail
        /// A rule has a value.
        case exit
    }

    public let kind: Kind
    /// Rules within rules; the query is at 1.
    public let depth: Int
    public let location: Location
    /// The literal or the rule as it is written, on one line.
    public let text: String
    /// Of a literal that failed: what it saw. Values that may come from base data are left out.
    public let seen: [SeenValue]

    /// `  fail cam.rego:7:2: input.x == 1 (input.x is 2)`, further to the right the deeper it is.
    public var description: String {
        let facts = seen.map { "\($0.name) is \($0.value ?? "not there")" }.joined(separator: ", ")
        let indent = String(repeating: "  ", count: max(0, min(depth, 20) - 1))
        return "\(indent)\(kind.rawValue) \(location): \(text)" + (facts.isEmpty ? "" : " (\(facts))")
    }
}
