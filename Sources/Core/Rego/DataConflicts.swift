// Base data where rules are: what a rule gives and what data gives there cannot both be the value.

/// A place of the data at which, or above which, data and a rule exclude each other.
public struct DataConflict: Sendable, Equatable, CustomStringConvertible {
    /// The key at the top of the data that leads to the place.
    public let document: String
    /// Names the place, the rule and where the rule stands.
    public let description: String
}

extension CompiledPolicy {
    /// Where the data that the policy was compiled over defines the place of a rule, or is no object above one, in the
    /// order of the places. Rules win there when they are defined; OPA refuses such data.
    public var dataConflicts: [DataConflict] {
        var found: [DataConflict] = []
        program.findConflicts(of: program.data, at: 0, &found)
        return found
    }
}

extension Program {
    fileprivate func findConflicts(of data: Value, at node: Int, _ found: inout [DataConflict]) {
        let place = tree.nodes[node]
        if place.group == nil, case .object = data {
            for key in place.sortedKeys {
                if let inner = data.lookup(path: [key]), let child = place.children[key] {
                    findConflicts(of: inner, at: child, &found)
                }
            }
        } else if case .string(let document)? = place.path.first, let group = firstGroup(below: node),
            let unit = groups[group].rules.first ?? groups[group].defaultRule
        {
            let rule = "the rule \(tree.name(of: group)) (\(unit.source.location(unit.span.start)))"
            let name = RuleTree.name(place.path)
            let said = place.group == nil ? "\(name) is no object, but above" : "\(name) is also given by"
            found.append(DataConflict(document: document, description: "\(said) \(rule)"))
        }
    }

    /// The first rules at or below a place; packages may have none.
    private func firstGroup(below node: Int) -> Int? {
        if let group = tree.nodes[node].group { return group }
        for key in tree.nodes[node].sortedKeys {
            if let child = tree.nodes[node].children[key], let group = firstGroup(below: child) { return group }
        }
        return nil
    }
}
