// Which rules use which, and whether some use themselves. Rego has no recursion: what evaluation could run into at all
// is refused here, so evaluation needs no check.

struct Dependencies {
    let tree: RuleTree
    /// For each group, the groups its rules refer to.
    private(set) var edges: [Set<Int>]
    private var current = 0

    init(tree: RuleTree) {
        self.tree = tree
        edges = [Set<Int>](repeating: [], count: tree.groups.count)
    }

    mutating func add(_ unit: ResolvedUnit, of group: Int) {
        current = group
        visit(unit.body)
        switch unit.result {
        case .value(let term): visit(term)
        case .member(let path, let value), .element(let path, let value):
            for term in path { visit(term) }
            visit(value)
        case .bindings: break
        }
    }

    private mutating func visit(_ body: ResolvedBody) { for literal in body.literals { visit(literal) } }

    private mutating func visit(_ literal: ResolvedLiteral) {
        for with in literal.withs {
            switch with.replacement {
            case .value(let term): visit(term)
            case .function(.function(let group)): edges[current].insert(group)
            case .function(.builtin): break
            }
        }
        switch literal.kind {
        case .test(let term): visit(term)
        case .compare(let left, let right), .unify(let left, let right):
            visit(left)
            visit(right)
        case .member(let key, let value, let domain):
            if let key { visit(key) }
            visit(value)
            visit(domain)
        case .every(_, _, let domain, let body):
            visit(domain)
            visit(body)
        case .not(let inner): visit(inner)
        case .notBody(let body): visit(body)
        case .nothing: break
        }
    }

    private mutating func visit(_ term: Resolved) {
        switch term.node {
        case .constant, .local, .slot: break
        case .reference(let base, let operands):
            if case .data = base { reach(operands[...], from: 0) }
            if case .term(let inner) = base { visit(inner) }
            for operand in operands { visit(operand) }
        case .call(let target, let arguments):
            if case .function(let group) = target { edges[current].insert(group) }
            for argument in arguments { visit(argument) }
        case .array(let items), .set(let items): for item in items { visit(item) }
        case .object(let members):
            for member in members {
                visit(member.key)
                visit(member.value)
            }
        case .comprehension(_, let key, let value, let body):
            if let key { visit(key) }
            visit(value)
            visit(body)
        case .template(let pieces):
            for piece in pieces { if case .expression(let term) = piece { visit(term) } }
        }
    }

    /// All groups that a path into data can come to; an operand that is no constant can be any key.
    private mutating func reach(_ operands: ArraySlice<Resolved>, from node: Int) {
        if let group = tree.nodes[node].group {
            edges[current].insert(group)
            return
        }
        guard let operand = operands.first else {
            for child in tree.nodes[node].children.values { reach([], from: child) }
            return
        }
        if let key = operand.constantValue {
            if let child = tree.nodes[node].children[key] { reach(operands.dropFirst(), from: child) }
        } else {
            for child in tree.nodes[node].children.values { reach(operands.dropFirst(), from: child) }
        }
    }

    /// One cycle for each group that is part of one: a shortest way back to itself.
    func cycles() -> [(group: Int, path: [Int])] {
        let candidates = groupsOnCycles()
        return edges.indices.filter { candidates.contains($0) }.compactMap { group in
            shortestCycle(from: group).map { (group, $0) }
        }
    }

    private func shortestCycle(from start: Int) -> [Int]? {
        var previous: [Int: Int] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let group = queue[next]
            next += 1
            for target in edges[group].sorted() {
                if target == start { return path(from: start, to: group, previous) }
                if previous[target] == nil {
                    previous[target] = group
                    queue.append(target)
                }
            }
        }
        return nil
    }

    private func path(from start: Int, to end: Int, _ previous: [Int: Int]) -> [Int] {
        var reversed = [start]
        var step = end
        while step != start, let before = previous[step] {
            reversed.append(step)
            step = before
        }
        return [start] + reversed.reversed()
    }

    /// What is left after peeling off, again and again, groups that nothing left leads to or that lead to nothing left
    /// (Kahn's algorithm from both ends); empty exactly when there is no cycle. Linear in the number of edges.
    private func groupsOnCycles() -> Set<Int> {
        var backward = [[Int]](repeating: [], count: edges.count)
        for (group, targets) in edges.enumerated() { for target in targets { backward[target].append(group) } }
        let forward = edges.map(Array.init)
        let kept = peel(forward, backward, Set(edges.indices))
        return peel(backward, forward, kept)
    }

    /// Removes groups without an edge out to a group that is left.
    private func peel(_ out: [[Int]], _ into: [[Int]], _ groups: Set<Int>) -> Set<Int> {
        var left = groups
        var degrees = out.map { targets in targets.count { groups.contains($0) } }
        var ready = groups.filter { degrees[$0] == 0 }.sorted()
        while let group = ready.popLast() {
            left.remove(group)
            for source in into[group] where left.contains(source) {
                degrees[source] -= 1
                if degrees[source] == 0 { ready.append(source) }
            }
        }
        return left
    }
}
