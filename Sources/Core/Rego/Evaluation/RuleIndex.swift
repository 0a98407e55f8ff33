// Which rules of a group could hold at all, found by looking a few values up instead of running every rule. A tree: at
// each branching one value of the input or of the arguments is looked at, and leads to the rules that it lets through.

/// Where to look for the rules of a group. Leaving a rule out never changes an answer; see `GuardFinder`.
final class RuleIndex: Sendable {
    indirect enum Node: Sendable {
        case rules([Int32])
        case branching(Branching)
    }

    struct Branching: Sendable {
        let source: GuardSource
        let byValue: [Value: Node]
        /// By strings that the value may begin with, and how long those are in bytes, ascending.
        let byPrefix: [Value: Node]
        let prefixLengths: [Int]
        /// Those that test a prefix: an error when the value is no string.
        let testingPrefixes: [Int32]
        /// Those that do not look at this value.
        let others: Node?
        /// The first few of those that do.
        let first: [Int32]
    }

    private let root: Node

    init(root: Node) { self.root = root }

    /// Appends the numbers of the rules that could hold, ascending and each once.
    func select(into selected: inout [Int32], _ input: Value?, _ arguments: [Value]) {
        let start = selected.count
        var parts = 0
        RuleIndex.select(root, &selected, &parts, input, arguments)
        if parts > 1 { RuleIndex.order(&selected, from: start) }
    }

    private static func select(
        _ node: Node, _ selected: inout [Int32], _ parts: inout Int, _ input: Value?, _ arguments: [Value]
    ) {
        switch node {
        case .rules(let rules):
            selected += rules
            parts += 1
        case .branching(let branching):
            if let value = branching.source.value(input, arguments) {
                if let node = branching.byValue[value] { select(node, &selected, &parts, input, arguments) }
                if !branching.byPrefix.isEmpty {
                    if case .string(let text) = value {
                        branching.forEachPrefix(of: text) { select($0, &selected, &parts, input, arguments) }
                    } else {
                        selected += branching.testingPrefixes
                        parts += 1
                    }
                }
            }
            if let others = branching.others { select(others, &selected, &parts, input, arguments) }
        }
    }

    private static func order(_ selected: inout [Int32], from start: Int) {
        selected[start...].sort()
        var kept = start
        for place in start..<selected.count where place == start || selected[place] != selected[kept - 1] {
            selected[kept] = selected[place]
            kept += 1
        }
        selected.removeLast(selected.count - kept)
    }

    /// Appends rules that `select` leaves out, at most `max`: first those that come closest, because more of what they
    /// test first is right. Those that one of the paths `fixed` of the input keeps from holding are left out.
    func nearMisses(
        into misses: inout [Int32], max: Int, _ input: Value?, _ arguments: [Value], fixed: [[Value]] = []
    ) {
        var selected: [Int32] = []
        select(into: &selected, input, arguments)
        var left = max
        RuleIndex.misses(root, input, arguments, fixed) { rule in
            if left > 0, !selected.contains(rule), !misses.contains(rule) {
                misses.append(rule)
                left -= 1
            }
            return left > 0
        }
    }

    /// Calls `body` with rules, closest first, until it gives false.
    @discardableResult
    private static func misses(
        _ node: Node, _ input: Value?, _ arguments: [Value], _ fixed: [[Value]], _ body: (Int32) -> Bool
    ) -> Bool {
        guard case .branching(let branching) = node else { return true }
        if let value = branching.source.value(input, arguments) {
            if let node = branching.byValue[value], !misses(node, input, arguments, fixed, body) { return false }
            if case .string(let text) = value {
                var goesOn = true
                branching.forEachPrefix(of: text) { if goesOn { goesOn = misses($0, input, arguments, fixed, body) } }
                guard goesOn else { return false }
            }
        }
        if let others = branching.others, !misses(others, input, arguments, fixed, body) { return false }
        if branching.source.argument < 0, fixed.contains(branching.source.path) { return true }
        return branching.first.allSatisfy(body)
    }
}

extension RuleIndex.Branching {
    func forEachPrefix(of text: String, _ body: (RuleIndex.Node) -> Void) {
        let bytes = text.utf8
        for length in prefixLengths {
            guard length <= bytes.count else { return }
            if let node = byPrefix[.string(String(decoding: bytes.prefix(length), as: UTF8.self))] { body(node) }
        }
    }
}
