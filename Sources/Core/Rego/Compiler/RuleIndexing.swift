// Builds the index of a group: again and again the value that tells most rules apart is looked at next.

struct RuleIndexing {
    /// What is looked at one after the other, at most.
    private static let levelsMax = 4
    /// Near misses that are remembered for each value looked at.
    static let firstMax = 16

    private let guards: [[Guard]]

    /// An index of a group's rules; nil when it could leave none out.
    static func index(of group: RuleGroup, _ finder: inout GuardFinder) -> RuleIndex? {
        guard group.rules.count > 1 else { return nil }
        var guards: [[Guard]] = []
        guards.reserveCapacity(group.rules.count)
        for rule in group.rules { guards.append(finder.guards(ofRule: rule)) }
        let node = RuleIndexing(guards: guards).node(for: (0..<Int32(group.rules.count)).map { $0 }, used: [])
        guard case .branching = node else { return nil }
        return RuleIndex(root: node)
    }

    private func node(for rules: [Int32], used: [GuardSource]) -> RuleIndex.Node {
        guard rules.count > 1, used.count < RuleIndexing.levelsMax, let source = best(for: rules, used) else {
            return .rules(rules)
        }
        var byValue: [Value: [Int32]] = [:]
        var byPrefix: [Value: [Int32]] = [:]
        var testingPrefixes: [Int32] = []
        var others: [Int32] = []
        var first: [Int32] = []
        for rule in rules {
            guard let test = guards[Int(rule)].first(where: { $0.source == source }) else {
                others.append(rule)
                continue
            }
            if first.count < RuleIndexing.firstMax { first.append(rule) }
            for value in test.values { append(rule, to: &byValue[value, default: []]) }
            for prefix in test.prefixes { append(rule, to: &byPrefix[.string(prefix), default: []]) }
            if !test.prefixes.isEmpty { testingPrefixes.append(rule) }
        }
        let used = used + [source]
        return .branching(
            RuleIndex.Branching(
                source: source, byValue: byValue.mapValues { node(for: $0, used: used) },
                byPrefix: byPrefix.mapValues { node(for: $0, used: used) },
                prefixLengths: Set(byPrefix.keys.map { if case .string(let text) = $0 { text.utf8.count } else { 0 } })
                    .sorted(),
                testingPrefixes: testingPrefixes,
                others: others.isEmpty ? nil : node(for: others, used: used), first: first))
    }

    /// A rule may test for one value twice.
    private func append(_ rule: Int32, to rules: inout [Int32]) { if rules.last != rule { rules.append(rule) } }

    /// What leaves the fewest rules to run, if the values are all as likely; of equals the one that is tested first.
    private func best(for rules: [Int32], _ used: [GuardSource]) -> GuardSource? {
        struct Tally {
            var tests = 0
            var rules = 0
            var keys: Set<Value> = []
            let order: Int
        }
        var tallies: [GuardSource: Tally] = [:]
        for rule in rules {
            for test in guards[Int(rule)] where !used.contains(test.source) {
                var tally = tallies.removeValue(forKey: test.source) ?? Tally(order: tallies.count)
                tally.rules += 1
                tally.tests += test.values.count + test.prefixes.count
                tally.keys.formUnion(test.values)
                tally.keys.formUnion(test.prefixes.map { .string($0) })
                tallies[test.source] = tally
            }
        }
        func left(_ tally: Tally) -> Int { rules.count - tally.rules + tally.tests / max(tally.keys.count, 1) }
        // Every test takes a place in the index: many tests that tell little apart are not worth theirs.
        let worth = tallies.filter { $0.value.rules > 1 && $0.value.tests <= 32 * rules.count + 1024 }
        return worth.min { a, b in
            let (x, y) = (left(a.value), left(b.value))
            return x != y ? x < y : a.value.order < b.value.order
        }?.key
    }
}
