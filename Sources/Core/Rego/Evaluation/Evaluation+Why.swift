// What people and models read of a trail: rules, conditions as written, and the values that they saw.

/// A rule that was tried and did not hold.
public struct RuleAttempt: Sendable, Equatable {
    /// Package and name: `cam.allow`.
    public let rule: String
    /// Where the rule, or the else branch, begins.
    public let location: Location
    /// The furthest literal that failed, as written, and where it stands. Nil when the head itself did not match.
    public let literal: String?
    public let literalLocation: Location?
    /// What that literal saw of the input, and the variables it used. Values that may come from base data are left out.
    public let seen: [SeenValue]
    /// Rules that the literal names and that did hold: under a `not` that is why it failed.
    public let held: [FiredRule]
}

/// A value as a condition saw it.
public struct SeenValue: Sendable, Equatable {
    /// `input.caller.socket`, or a variable's name.
    public let name: String
    /// As Rego writes it, shortened where it is long. Nil when it is not there at all.
    public let value: String?
}

/// A rule that held.
public struct FiredRule: Sendable, Equatable {
    public let rule: String
    public let location: Location
}

extension FiredRule {
    init(_ entry: RuleTrail.Entry) {
        self.init(rule: entry.group.name, location: entry.unit.source.location(entry.unit.span.start))
    }
}

extension Evaluation {
    /// Rules that were tried and did not hold, the entry point's own first. Bounded.
    public var attempts: [RuleAttempt] {
        let why = WhyNot(self)
        return (why.failures.filter(\.isOuter) + why.failures.filter { !$0.isOuter }).map(why.attempt)
    }

    /// Rules that held, the entry point's own first. Bounded.
    public var fired: [FiredRule] {
        (trail.fired.filter(\.isOuter).reversed() + trail.fired.filter { !$0.isOuter }.reversed()).map(FiredRule.init)
    }

    /// The value is the entry point's default: none of its other rules held.
    public var isDefault: Bool { trail.endsInDefault }

    /// Errors of builtins that made an expression undefined. Bounded.
    public var builtinErrors: [EvaluationError] { trail.errors }

    /// Whether a value occurs in what the query can read of its input. Not in all of it: the explanation is to depend on
    /// nothing that the answer cannot depend on.
    func inputHolds(_ value: Value) -> Bool {
        guard let input else { return false }
        guard let inputPaths else { return input.holds(value) }
        return inputPaths.contains { input.lookup(path: $0.map { .string($0) })?.holds(value) == true }
    }

    /// The conditions that would have to hold for the entry point's nearest rules, those that got furthest first. Where
    /// a condition is another rule, the conditions of that one stand in its place.
    /// - Parameters:
    ///   - count: how many at most.
    ///   - fixed: paths of the input that cannot differ, such as what is asked for. A rule that failed on nothing else is
    ///     about something else, and left out.
    public func nearest(_ count: Int, fixed: [[String]] = []) -> [RuleAttempt] {
        var why = WhyNot(self, fixed: fixed.map { $0.map { .string($0) } })
        return why.nearest(count)
    }
}

extension String {
    /// The first so many scalars: a character may have any number of them.
    fileprivate func scalars(_ count: Int) -> String { String(String.UnicodeScalarView(unicodeScalars.prefix(count))) }
}

extension Value {
    private static let excerptBytesMax = 80

    /// As Rego writes it; of a long value only the beginning is even looked at.
    var excerpt: String {
        var text = ""
        appendExcerpt(to: &text)
        if text.utf8.count <= Value.excerptBytesMax { return text }
        return text.scalars(Value.excerptBytesMax - 1) + "…"
    }

    private func appendExcerpt(to text: inout String) {
        switch self {
        case .null, .bool, .int, .decimal: text += description
        case .string(let string):
            let isShort = string.utf8.count <= Value.excerptBytesMax
            text += isShort ? description : Value.string(string.scalars(Value.excerptBytesMax)).description
        case .array(let items): Value.append(items.lazy.map { (nil, $0) }, "[", "]", to: &text)
        case .set(let set): Value.append(set.elements.lazy.map { (nil, $0) }, "{", "}", to: &text)
        case .object(let object):
            Value.append(zip(object.keys, object.values).lazy.map { ($0, $1) }, "{", "}", to: &text)
        }
    }

    private static func append(
        _ members: some Sequence<(Value?, Value)>, _ open: String, _ close: String, to text: inout String
    ) {
        text += open
        var isFirst = true
        for (key, value) in members {
            if !isFirst { text += ", " }
            isFirst = false
            if text.utf8.count > excerptBytesMax { return }
            if let key {
                key.appendExcerpt(to: &text)
                text += ": "
            }
            value.appendExcerpt(to: &text)
        }
        text += close
    }

    /// Whether a string or number occurs somewhere in this value. Of a large one only the beginning is searched.
    func holds(_ wanted: Value) -> Bool {
        guard wanted.kind == .string || wanted.kind == .number else { return false }
        var pending = [self]
        var next = 0
        while next < pending.count, next < 1_000 {
            let value = pending[next]
            next += 1
            if value == wanted { return true }
            switch value {
            case .array(let items): pending += items.prefix(1_000)
            case .set(let set): pending += set.elements.prefix(1_000)
            case .object(let object): pending += object.values.prefix(1_000)
            default: break
            }
        }
        return false
    }
}
