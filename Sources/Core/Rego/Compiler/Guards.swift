// What the input or an argument must be before a rule can hold at all, read off the rule's code. An index passes over
// rules by it, so nothing may be passed over that would have made a difference: a guard counts only when everything
// before it can do no more than fail.

/// A place that a guard looks at.
struct GuardSource: Hashable, Sendable {
    /// The number of the argument; −1 for the input.
    let argument: Int
    let path: [Value]

    func appending(_ key: Value) -> GuardSource { GuardSource(argument: argument, path: path + [key]) }

    func value(_ input: Value?, _ arguments: [Value]) -> Value? {
        (argument < 0 ? input : arguments[argument])?.lookup(path: path)
    }
}

/// What the value at a place has to be: one of `values`, or a string that begins with one of `prefixes`.
struct Guard {
    let source: GuardSource
    var values: [Value] = []
    /// The builtin behind this fails with an error when the value is no string: then the rule has to be run.
    var prefixes: [String] = []

    /// More are no longer worth a place each in an index.
    static let valuesMax = 256
}

struct GuardFinder {
    private enum Meaning {
        case source(GuardSource)
        case value(Value)
        /// True exactly when, or only when, the guard holds.
        case test(Guard)
    }

    private let groups: [RuleGroup]
    private let data: Value
    private var mayFail: [Bool?]
    /// Of the unit at hand, by slot.
    private var meanings: [Meaning?] = []

    init(groups: [RuleGroup], data: Value) {
        self.groups = groups
        self.data = data
        mayFail = [Bool?](repeating: nil, count: groups.count)
    }

    /// Guards of a rule: without else branches its own, with them those that stand for all branches together.
    mutating func guards(ofRule rule: CodeUnit) -> [Guard] {
        var found = guards(of: rule)
        var next = rule.otherwise
        while let unit = next, !found.isEmpty {
            let theirs = guards(of: unit)
            found = found.compactMap { mine in
                guard let other = theirs.first(where: { $0.source == mine.source }) else { return nil }
                return Guard(
                    source: mine.source, values: mine.values + other.values, prefixes: mine.prefixes + other.prefixes)
            }
            next = unit.otherwise
        }
        return found
    }

    private mutating func guards(of unit: CodeUnit) -> [Guard] {
        meanings = [Meaning?](repeating: nil, count: unit.slotCount)
        for argument in 0..<unit.argumentCount {
            meanings[argument] = .source(GuardSource(argument: argument, path: []))
        }
        var found: [Guard] = []
        var pc = 0
        while pc < unit.code.count {
            let i = unit.code[pc]
            if let guarded = guarded(pc, unit), !found.contains(where: { $0.source == guarded.source }),
                guarded.values.count <= Guard.valuesMax
            {
                found.append(guarded)
            }
            guard let next = next(pc, i, unit) else { break }
            note(i, unit)
            pc = next
        }
        return found
    }

    // MARK: Meanings

    private func meaning(_ operand: Int32, _ unit: CodeUnit) -> Meaning? {
        operand < 0 ? .value(unit.constants[Int(~operand)]) : meanings[Int(operand)]
    }

    /// The guard that an instruction fails by.
    private func guarded(_ pc: Int, _ unit: CodeUnit) -> Guard? {
        let i = unit.code[pc]
        switch i.operation {
        case .equal:
            switch (meaning(i.a, unit), meaning(i.b, unit)) {
            case (.source(let source)?, .value(let value)?), (.value(let value)?, .source(let source)?):
                return Guard(source: source, values: [value])
            case (.test(let test)?, .value(.bool(true))?), (.value(.bool(true))?, .test(let test)?): return test
            default: return nil
            }
        case .truthy:
            if case .test(let test)? = meaning(i.a, unit) { return test }
            return nil
        case .builtin:
            let next = unit.code[pc + 1]
            return next.operation == .truthy && next.a == i.a ? prefixGuard(i, unit) : nil
        default: return nil
        }
    }

    private mutating func note(_ i: Instruction, _ unit: CodeUnit) {
        switch i.operation {
        case .move: meanings[Int(i.a)] = meaning(i.b, unit)
        case .input: meanings[Int(i.a)] = .source(GuardSource(argument: -1, path: unit.paths[Int(i.b)]))
        case .get:
            guard case .value(let key)? = meaning(i.c, unit) else { return }
            switch meaning(i.b, unit) {
            case .source(let source)?: meanings[Int(i.a)] = .source(source.appending(key))
            case .value(let value)?: meanings[Int(i.a)] = value.lookup(key).map { .value($0) }
            default: break
            }
        case .base: meanings[Int(i.a)] = data.lookup(path: unit.paths[Int(i.b)]).map { .value($0) }
        case .rule: meanings[Int(i.a)] = groups[Int(i.b)].constantValue.map { .value($0) }
        case .isIn: meanings[Int(i.a)] = membership(i.b, .value(unit.memberships[Int(i.c)].collection), unit)
        case .builtin where Int(i.b) == Builtins.membership:
            meanings[Int(i.a)] = membership(
                unit.lists[Int(i.c)], meaning(unit.lists[Int(i.c) + 1], unit), unit)
        default: break
        }
    }

    private func membership(_ operand: Int32, _ collection: Meaning?, _ unit: CodeUnit) -> Meaning? {
        guard case .source(let source)? = meaning(operand, unit), case .value(let collection)? = collection,
            let elements = collection.elements, elements.count <= Guard.valuesMax
        else { return nil }
        return .test(Guard(source: source, values: elements))
    }

    /// `startswith` and `glob.match` with a constant begin: what does not begin so makes them false, and what is no
    /// string makes them fail with an error.
    private func prefixGuard(_ i: Instruction, _ unit: CodeUnit) -> Guard? {
        func argument(_ index: Int) -> Meaning? { meaning(unit.lists[Int(i.c) + index], unit) }
        let text: Meaning?
        let prefix: String
        switch Int(i.b) {
        case Builtins.startsWith:
            guard case .value(.string(let pattern))? = argument(1) else { return nil }
            text = argument(0)
            prefix = pattern
        case Builtins.globMatch:
            guard case .value(.string(let pattern))? = argument(0), case .value(let delimiters)? = argument(1),
                Glob(pattern) != nil, Glob.areDelimiters(delimiters)
            else { return nil }
            text = argument(2)
            prefix = Glob.literalPrefix(pattern)
        default: return nil
        }
        guard case .source(let source)? = text, !prefix.isEmpty else { return nil }
        return Guard(source: source, prefixes: [prefix])
    }

    // MARK: What can fail with an error

    /// Where the body goes on after an instruction; nil when it could end in an error or the body ends.
    private mutating func next(_ pc: Int, _ i: Instruction, _ unit: CodeUnit) -> Int? {
        switch i.operation {
        case .not, .comprehension, .every:
            let end = Int(i.operation == .every ? i.d : i.b)
            guard !mayFail(unit, pc..<pc + 1), !mayFail(unit, pc + 1..<end) else { return nil }
            return end
        case .result, .member, .element, .done, .fail: return nil
        default: return mayFail(unit, pc..<pc + 1) ? nil : pc + 1
        }
    }

    private mutating func mayFail(_ unit: CodeUnit, _ range: Range<Int>, level: Int = 0) -> Bool {
        for i in unit.code[range] {
            switch i.operation {
            case .fail, .truthy, .equal, .move, .input, .get, .scan, .isArray, .isObject, .makeArray, .makeSet, .base,
                .not, .collect, .every, .done, .result, .isIn:
                break
            // Two values for one key.
            case .comprehension: if i.c == 2 { return true }
            case .builtin: if !Builtins.neverFailing.contains(Int(i.b)) { return true }
            case .rule, .function: if mayFail(group: Int(i.b), level: level) { return true }
            case .element: if i.c > 0 { return true }
            case .makeObject, .relation, .extent, .cursor, .cursorGet, .cursorScan, .cursorEnd, .collectMember, .with,
                .endWith, .member, .template:
                return true
            }
        }
        return false
    }

    /// Whether evaluating a group can end in an error: of a builtin, or because its rules disagree.
    private mutating func mayFail(group number: Int, level: Int) -> Bool {
        if let known = mayFail[number] { return known }
        // Rules use each other without cycles, but a long chain must not cost a deep stack.
        guard level < 64 else { return true }
        let group = groups[number]
        var fails = false
        switch group.kind {
        case .set: break
        case .object: fails = true
        case .complete, .function: fails = !group.firstDecides && !group.hasOneValue
        }
        for rule in group.rules + (group.defaultRule.map { [$0] } ?? []) where !fails {
            var part: CodeUnit? = rule
            while let unit = part, !fails {
                fails = mayFail(unit, unit.code.indices, level: level + 1)
                part = unit.otherwise
            }
        }
        mayFail[number] = fails
        return fails
    }
}

extension RuleGroup {
    /// One rule, none of whose branches iterates: there are no two values that could differ.
    fileprivate var hasOneValue: Bool {
        guard rules.count == 1 else { return false }
        var part: CodeUnit? = rules[0]
        while let unit = part {
            if unit.code.contains(where: { $0.operation == .scan }) { return false }
            part = unit.otherwise
        }
        return true
    }

    /// The value of a rule without conditions, e.g. `allowed := {"a", "b"}`.
    var constantValue: Value? {
        guard kind == .complete, rules.count == 1, rules[0].otherwise == nil, rules[0].code.count == 1 else {
            return nil
        }
        return rules[0].constantResult
    }
}

extension Value {
    /// What `x in self` compares with; nil for what has no elements.
    var elements: [Value]? {
        switch self {
        case .array(let items): items
        case .set(let set): set.elements
        case .object(let object): object.values
        case .null, .bool, .int, .decimal, .string: nil
        }
    }
}

extension Builtins {
    static let membership = index(of: "internal.member_2")

    /// Builtins that give a value for any arguments.
    fileprivate static let neverFailing = Set(
        [
            "equal", "neq", "lt", "lte", "gt", "gte", "internal.member_2", "internal.member_3", "is_null",
            "is_boolean", "is_number", "is_string", "is_array", "is_object", "is_set", "type_name",
        ].compactMap { index(of: $0) })

    fileprivate static let startsWith = index(of: "startswith")
    fileprivate static let globMatch = index(of: "glob.match")
}

extension Glob {
    /// What every match begins with.
    fileprivate static func literalPrefix(_ pattern: String) -> String {
        String(pattern.unicodeScalars.prefix { !["*", "?", "[", "{", "\\", ",", "}"].contains($0) })
    }

    /// Delimiters that `glob.match` takes without an error.
    fileprivate static func areDelimiters(_ value: Value) -> Bool {
        guard case .array(let items) = value else { return value == .null }
        return items.allSatisfy {
            if case .string(let text) = $0 { text.unicodeScalars.count == 1 } else { false }
        }
    }
}
