// Makes policies at random that load: every variable is bound before its use, rules use only rules made before them.

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

struct Generator {
    var random: SeededRandom
    /// Groups made so far; later ones may use them.
    var groups: [Group] = []
    /// Variables that have a value here.
    var bound: [String] = []
    private var variableCount = 0

    init(seed: UInt64) { random = SeededRandom(seed) }

    static func policy(seed: UInt64) -> GeneratedPolicy {
        var generator = Generator(seed: seed)
        for number in 0..<generator.below(7) + 2 { generator.addGroup(number) }
        let inputs = (0..<4).map { _ in generator.input() }
        return GeneratedPolicy(groups: generator.groups, data: generator.data(), inputs: inputs)
    }

    // MARK: Chance

    mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func one<Item>(of items: [Item]) -> Item { items[below(items.count)] }

    mutating func newVariable() -> String {
        variableCount += 1
        return "v\(variableCount)"
    }

    // MARK: Values

    mutating func word() -> String { one(of: ["a", "b", "c", "x:y", "x:z", ""]) }
    mutating func key() -> String { one(of: ["a", "b", "c", "l", "o"]) }

    mutating func scalar() -> Plain {
        switch below(10) {
        case 0: .null
        case 1: .bool(chance(50))
        case 2...4: .number(below(4))
        default: .string(word())
        }
    }

    /// What JSON can hold.
    mutating func json(_ depth: Int) -> Plain {
        switch depth == 0 ? 0 : below(5) {
        case 0...2: return scalar()
        case 3: return .array((0..<below(4)).map { _ in json(depth - 1) })
        default:
            return .object(
                Dictionary((0..<below(4)).map { _ in (.string(key()), json(depth - 1)) }) { $1 })
        }
    }

    private mutating func input() -> Plain {
        var members: [Plain: Plain] = [:]
        for name in ["a", "b", "c"] where chance(80) { members[.string(name)] = chance(70) ? scalar() : json(2) }
        if chance(80) { members[.string("l")] = .array((0..<below(4)).map { _ in scalar() }) }
        if chance(80) { members[.string("o")] = json(2) }
        return .object(members)
    }

    private mutating func data() -> Plain {
        let words = (0..<3).map { _ in Plain.string(word()) }
        return .object([
            .string("d"): .object([
                .string("a"): scalar(), .string("l"): .array(words), .string("o"): json(2),
                .string("t"): .object([.string("a"): .array(words), .string("b"): .array([]), .string("c"): json(1)]),
            ]),
            .string("p0"): .object([.string("base"): json(2)]),
        ])
    }

    // MARK: Groups

    private mutating func addGroup(_ number: Int) {
        let package = "p\(number / 3)"
        let path = chance(15) ? [package, "n", "r\(number)"] : [package, "r\(number)"]
        switch below(10) {
        case 0...4: groups.append(complete(path))
        case 5: groups.append(set(path))
        case 6: groups.append(object(path))
        case 7...8: groups.append(function(path))
        default: groups.append(table(path))
        }
    }

    private mutating func rule(_ value: (inout Generator) -> Expression) -> Rule {
        bound = []
        var branch = Rule.Branch(body: body(below(4)), value: .constant(.null))
        branch.value = value(&self)
        branch.written = shuffled(branch.body)
        return Rule(branches: [branch])
    }

    private mutating func complete(_ path: Path) -> Group {
        var group = Group(path: path, kind: .complete, rules: [])
        if chance(50) { group.defaultValue = chance(70) ? .bool(false) : scalar() }
        if chance(70) {
            let value = chance(80) ? Plain.bool(true) : scalar()
            group.rules = (0..<below(5) + 1).map { _ in rule { _ in .constant(value) } }
        } else {
            group.rules = [rule { $0.term(2) }]
        }
        for index in group.rules.indices where chance(25) { addBranches(to: &group.rules[index]) }
        return group
    }

    /// `else` needs a condition before it.
    private mutating func addBranches(to rule: inout Rule) {
        for _ in 0..<below(3) + 1 where !(rule.branches.last?.body.isEmpty ?? true) {
            bound = rule.arguments.flatMap(\.variables)
            let body = body(below(3))
            rule.branches.append(Rule.Branch(body: body, value: chance(60) ? .constant(scalar()) : term(1)))
        }
    }

    private mutating func set(_ path: Path) -> Group {
        Group(path: path, kind: .set, rules: (0..<below(4) + 1).map { _ in rule { $0.term(1) } })
    }

    private mutating func object(_ path: Path) -> Group {
        let depth = chance(70) ? 1 : 2
        let kind = chance(30) ? Group.Kind.objectOfSets : .object
        let rules = (0..<below(2) + 1).map { _ in
            var rule = self.rule { $0.term(1) }
            // What begins with a constant is a document of its own, which is there even when it is empty.
            let mayBeConstant = depth == 1 && kind == .object
            rule.keys = (0..<depth).map { place in
                if mayBeConstant || place > 0, chance(30) { return .constant(.string(key())) }
                return bound.isEmpty ? .reference(.input, [.constant(.string(key()))]) : .variable(one(of: bound))
            }
            return rule
        }
        return Group(path: path, kind: kind, rules: rules)
    }

    private mutating func function(_ path: Path) -> Group {
        let arity = below(2) + 1
        let value = chance(60) ? Plain.bool(true) : nil
        var rules: [Rule] = []
        for number in 0..<below(4) + 1 {
            bound = []
            var arguments = (0..<arity).map { _ in parameter() }
            // Different constants, so that most functions have one value.
            if value == nil, number > 0 { arguments[0] = .constant(.number(number)) }
            bound = Set(arguments.flatMap(\.variables)).sorted()
            let body = body(below(3))
            let result = value.map { Expression.constant($0) } ?? term(1)
            var rule = Rule(arguments: arguments, branches: [Rule.Branch(body: body, value: result)])
            if chance(20) { addBranches(to: &rule) }
            rules.append(rule)
        }
        return Group(
            path: path, kind: .function, rules: rules, defaultValue: chance(25) ? .bool(false) : nil)
    }

    private mutating func parameter() -> Expression {
        switch below(8) {
        case 0...1: .constant(scalar())
        case 2: .wildcard
        case 3: .array([.variable(newVariable()), .constant(scalar())])
        case 4: .object([(.constant(.string(key())), .variable(newVariable()))])
        default: .variable(newVariable())
        }
    }

    /// Many rules that one value of the input chooses among: what an index is for.
    private mutating func table(_ path: Path) -> Group {
        let reference = Expression.reference(.input, [.constant(.string(key()))])
        let isSet = chance(30)
        let rules = (0..<below(8) + 2).map { number in
            bound = []
            var body = [chance(50) ? Literal(.equal(reference, .constant(scalar()))) : guardLiteral(reference)]
            if chance(40) { body += self.body(1) }
            if chance(30) { body.swapAt(0, body.count - 1) }
            let value = isSet ? Plain.number(number) : .bool(true)
            return Rule(branches: [Rule.Branch(body: body, value: .constant(value))])
        }
        return Group(
            path: path, kind: isSet ? .set : .complete, rules: rules,
            defaultValue: !isSet && chance(50) ? .bool(false) : nil)
    }

    /// Another order that Rego must find its way in; nil where declarations forbid one.
    private mutating func shuffled(_ body: [Literal]) -> [Literal]? {
        guard body.count > 1, chance(30) else { return nil }
        var written: [Literal] = []
        for var literal in body {
            switch literal.kind {
            case .some: return nil
            case .assign(let name, let term): literal.kind = .unify(.variable(name), term)
            default: break
            }
            written.append(literal)
        }
        return written.shuffled(using: &random)
    }
}

extension Expression {
    /// Variables of a pattern.
    var variables: [String] {
        switch self {
        case .variable(let name): [name]
        case .array(let items): items.flatMap(\.variables)
        case .object(let members): members.flatMap(\.value.variables)
        default: []
        }
    }
}
