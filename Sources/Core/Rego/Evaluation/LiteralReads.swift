// What a literal looks at, found in its code when somebody asks why it did not hold: nothing of this is kept for each
// literal, and nothing is computed while policies are loaded or evaluated.

struct LiteralReads {
    /// Constant paths under `input` that it reads; those under a `with` are not among them.
    private(set) var inputs: [[Value]] = []
    /// Named variables that it uses and that had their value before.
    private(set) var locals: [(name: String, variable: Int, isOpen: Bool)] = []
    /// Rules whose values it needs.
    private(set) var rules: [Int] = []
    private(set) var callsFunctions = false
    /// Reads base data.
    private(set) var readsData = false

    /// Values shown of one literal: so many variables, and so many of the input.
    private static let seenMax = 8

    private let unit: CodeUnit
    private let program: Program
    /// Slots whose values may come from elsewhere than the input and the policy's text: from base data above all, which
    /// is not for everybody to see.
    private var closed: Set<Int32> = []
    private var modifiers = 0

    init(_ literal: Int32, of unit: CodeUnit, in program: Program) {
        self.unit = unit
        self.program = program
        guard let first = unit.code.firstIndex(where: { $0.literal == literal }),
            let last = unit.code.lastIndex(where: { $0.literal == literal })
        else { return }
        for pc in first...last {
            let i = unit.code[pc]
            if i.operation == .with { modifiers += 1 }
            if i.operation == .endWith { modifiers -= 1 }
            note(i)
        }
        // Most rules have no variables, and then there is nothing to follow.
        if unit.names.contains(where: LiteralReads.isNamed) { noteLocals(first, last) }
    }

    private static func isNamed(_ name: String) -> Bool { !name.isEmpty && name != "_" }

    private mutating func noteLocals(_ first: Int, _ last: Int) {
        // What a function is called with is not known here.
        closed.formUnion(0..<Int32(unit.argumentCount))
        modifiers = 0
        for pc in 0..<first { follow(unit.code[pc], pc) }
        let known = Set(unit.code[..<first].flatMap { Operands(of: $0, unit, program).written })
        for pc in first...last {
            for slot in Operands(of: unit.code[pc], unit, program).read where known.contains(slot) {
                let variable = Int(slot) - unit.argumentCount
                guard unit.names.indices.contains(variable), LiteralReads.isNamed(unit.names[variable]),
                    !locals.contains(where: { $0.variable == variable })
                else { continue }
                locals.append((unit.names[variable], variable, !closed.contains(slot)))
            }
            follow(unit.code[pc], pc)
        }
    }

    /// Whether a literal looks at nothing but these paths of the input. Asked of every rule that was tried, so most are
    /// answered from their code alone.
    static func isOnlyAbout(_ paths: [[Value]], _ literal: Int32, _ unit: CodeUnit, _ program: Program) -> Bool {
        var hasInput = false
        for i in unit.code where i.literal == literal {
            switch i.operation {
            case .input:
                guard paths.contains(unit.paths[Int(i.b)]) else { return false }
                hasInput = true
            case .rule, .function, .base, .extent, .cursor, .with: return false
            case .isIn: if !unit.memberships[Int(i.c)].path.isEmpty { return false }
            default: break
            }
        }
        return hasInput && (unit.names.isEmpty || LiteralReads(literal, of: unit, in: program).locals.isEmpty)
    }

    private mutating func note(_ i: Instruction) {
        switch i.operation {
        case .input:
            let path = unit.paths[Int(i.b)]
            if modifiers == 0, !inputs.contains(path) { inputs.append(path) }
        case .rule: if !rules.contains(Int(i.b)) { rules.append(Int(i.b)) }
        case .function: callsFunctions = true
        case .base, .extent, .cursor: readsData = true
        case .isIn: note(unit.memberships[Int(i.c)])
        default: break
        }
    }

    /// Variables and input as the literal saw them.
    /// - Parameters:
    ///   - shown: the input that its paths are looked up in; nil where `with` replaced it.
    ///   - holds: whether the asker's own input holds a value: that is no secret, wherever a variable has it from.
    func seen(_ shown: Value?, holds: (Value) -> Bool, _ value: (Int) -> Value?) -> [SeenValue] {
        var seen: [SeenValue] = []
        for local in locals.prefix(LiteralReads.seenMax) {
            guard let value = value(local.variable), local.isOpen || holds(value) else { continue }
            seen.append(SeenValue(name: local.name, value: value.excerpt))
        }
        guard let shown else { return seen }
        for path in inputs.prefix(LiteralReads.seenMax) {
            seen.append(SeenValue(name: RuleTree.name("input", path), value: shown.lookup(path: path)?.excerpt))
        }
        return seen
    }

    private mutating func note(_ membership: Membership) {
        guard !membership.path.isEmpty else { return }
        readsData = true
        let place = program.tree.walk(membership.path)
        if let rule = program.tree.nodes[place.node].group, !rules.contains(rule) { rules.append(rule) }
    }

    /// What is written is open when all that it is made of is.
    private mutating func follow(_ i: Instruction, _ pc: Int) {
        if i.operation == .with { modifiers += 1 }
        if i.operation == .endWith { modifiers -= 1 }
        let operands = Operands(of: i, unit, program)
        let isClosed =
            switch i.operation {
            case .rule, .function, .base, .extent, .cursor, .cursorGet, .cursorScan, .cursorEnd: true
            // A closure's own steps are followed as well, after this one; it is as closed as anything in it.
            case .comprehension: unit.code[pc..<Int(i.b)].contains { reachesOut($0) }
            default: modifiers > 0 || operands.read.contains { closed.contains($0) }
            }
        if isClosed { closed.formUnion(operands.written) }
    }

    private func reachesOut(_ i: Instruction) -> Bool {
        switch i.operation {
        case .rule, .function, .base, .extent, .cursor, .with: true
        default: Operands(of: i, unit, program).read.contains { closed.contains($0) }
        }
    }
}

/// The slots that an instruction reads and writes.
struct Operands {
    private(set) var read: [Int32] = []
    private(set) var written: [Int32] = []

    init(of i: Instruction, _ unit: CodeUnit, _ program: Program) {
        func list(_ start: Int32, _ count: Int) -> [Int32] { Array(unit.lists[Int(start)..<Int(start) + count]) }
        switch i.operation {
        case .fail, .not, .done, .endWith: break
        case .truthy, .isArray, .isObject, .result: read = [i.a]
        case .equal: read = [i.a, i.b]
        case .move: (read, written) = ([i.b], [i.a])
        case .input, .rule, .base, .extent: written = [i.a]
        case .get: (read, written) = ([i.b, i.c], [i.a])
        case .scan, .every: (read, written) = ([i.a], [i.b, i.c])
        case .makeArray, .makeSet, .makeObject, .template: (read, written) = (list(i.b, Int(i.c)), [i.a])
        case .builtin, .relation: (read, written) = (list(i.c, Builtins.all[Int(i.b)].arity), [i.a])
        case .function:
            written = [i.a]
            if case .function(let arity) = program.groups[Int(i.b)].kind { read = list(i.c, arity) }
        case .isIn: (read, written) = ([i.b], [i.a])
        case .cursor: written = [i.a, i.a + 1]
        case .cursorGet: (read, written) = ([i.b, i.c], [i.a, i.a + 1])
        case .cursorScan: (read, written) = ([i.b], [i.a, i.a + 1, i.c])
        case .cursorEnd: (read, written) = ([i.b], [i.a])
        case .comprehension: written = [i.d]
        case .collect: read = [i.b]
        case .collectMember: read = [i.b, i.c]
        case .with: read = unit.modifiers[Int(i.a)].map(\.operand)
        case .member, .element: read = list(i.a, Int(i.c)) + [i.b]
        }
        read.removeAll { $0 < 0 }
        written.removeAll { $0 < 0 }
    }
}
