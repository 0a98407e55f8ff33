// What a query can read of its input at all, found by walking the code that it can reach: what an answer may be kept
// under.

/// Paths into `input` that some code mentions, without evaluating anything.
struct ReadSet {
    private let program: Program
    private var paths: [[String]] = []
    private var readsAll = false
    private var seenGroups: Set<Int> = []
    private var pending: [Int] = []

    /// The paths that `unit` and everything it can call read, the shortest where one holds another, in order. Nil when
    /// the input as a whole is read.
    static func of(_ unit: CodeUnit, in program: Program) -> [[String]]? {
        var set = ReadSet(program: program)
        set.visit(unit)
        while let group = set.pending.popLast(), !set.readsAll {
            for rule in program.groups[group].rules { set.visit(rule) }
            if let rule = program.groups[group].defaultRule { set.visit(rule) }
        }
        return set.readsAll ? nil : ReadSet.shortest(set.paths)
    }

    private init(program: Program) { self.program = program }

    private mutating func visit(_ unit: CodeUnit) {
        var part: CodeUnit? = unit
        while let current = part {
            for instruction in current.code { visit(instruction, current) }
            for modifiers in current.modifiers { for modifier in modifiers { visit(modifier) } }
            part = current.otherwise
        }
    }

    private mutating func visit(_ i: Instruction, _ unit: CodeUnit) {
        switch i.operation {
        case .input: read(unit.paths[Int(i.b)])
        case .rule, .function: reach(Int(i.b))
        case .extent, .cursor: reachAll(under: Int(i.b))
        default: break
        }
    }

    private mutating func visit(_ modifier: Modifier) {
        // What a modifier puts into `input` comes from slots; what is read of the rest is still a path of the input.
        if case .functionByFunction(_, .function(let group)) = modifier.kind { reach(group) }
    }

    /// An element of an array is not followed: the array counts as a whole.
    private mutating func read(_ path: [Value]) {
        var names: [String] = []
        for key in path {
            guard case .string(let name) = key else { break }
            names.append(name)
        }
        if names.isEmpty { readsAll = true }
        paths.append(names)
    }

    private mutating func reach(_ group: Int) {
        if seenGroups.insert(group).inserted { pending.append(group) }
    }

    private mutating func reachAll(under node: Int) {
        if let group = program.tree.nodes[node].group { return reach(group) }
        for child in program.tree.nodes[node].children.values { reachAll(under: child) }
    }

    /// A path under another that is there too says nothing more.
    private static func shortest(_ paths: [[String]]) -> [[String]] {
        var kept: [[String]] = []
        for path in paths.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            if let last = kept.last, path.starts(with: last) { continue }
            kept.append(path)
        }
        return kept
    }
}
