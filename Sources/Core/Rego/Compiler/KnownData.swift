// What is known at load of what policies look things up in: base data, and rules that are only a value.

/// Base data during a compilation, and the tables made of its collections, each once.
final class KnownData {
    let data: Value
    private var memberships: [[Value]: Membership] = [:]

    init(_ data: Value) { self.data = data }

    /// The table of what is at a path; nil for what has no elements.
    func membership(_ path: [Value], in collection: Value) -> Membership? {
        if let known = memberships[path] { return known }
        memberships[path] = Membership(path: path, collection: collection)
        return memberships[path]
    }
}

extension RuleTree {
    /// The value of a rule without conditions that is written out, e.g. `allowed := {"a", "b"}`.
    func constantValue(ofGroup index: Int) -> Value? {
        let group = groups[index]
        guard group.kind == .complete, group.rules.count == 1 else { return nil }
        let rule = rules[group.rules[0]].rule
        guard rule.body.isEmpty, rule.alternatives.isEmpty else { return nil }
        return rule.head.value?.constantValue
    }
}

extension Term {
    /// The value of a term that is written out, without names and calls.
    var constantValue: Value? {
        switch kind {
        case .scalar(let value): return value
        case .array(let items): return Term.values(items).map { .array($0) }
        case .set(let items): return Term.values(items).map { .set(SetValue($0)) }
        case .object(let members):
            guard let keys = Term.values(members.map(\.key)), let values = Term.values(members.map(\.value)) else {
                return nil
            }
            return ObjectValue(unique: Array(zip(keys, values))).map { .object($0) }
        case .variable, .reference, .call, .comprehension, .template: return nil
        }
    }

    private static func values(_ terms: [Term]) -> [Value]? {
        let values = terms.compactMap(\.constantValue)
        return values.count == terms.count ? values : nil
    }
}
