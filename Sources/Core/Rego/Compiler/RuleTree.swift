// Where rules live: the tree of packages and rule names under `data`. Rules of one name form a group; a group whose
// rules have variables in their heads takes in all groups below it, because one value holds them all.

/// What the rules of a group define together.
enum GroupKind: Sendable, Equatable {
    case complete
    case function(arity: Int)
    /// One set.
    case set
    /// Nested objects with values or sets at their ends.
    case object
}

/// A rule as its author wrote it, with the module it stands in and its place in the tree.
struct DeclaredRule: Sendable {
    let rule: Rule
    let module: Int
    /// Whole path from `data`, as far as it is constant.
    let prefix: [Value]
    /// What follows the prefix in the head, from the first operand that is no constant.
    let path: [Term]

    var kind: GroupKind {
        if let arguments = rule.head.arguments { return .function(arity: arguments.count) }
        if rule.head.element != nil { return path.isEmpty ? .set : .object }
        return path.isEmpty ? .complete : .object
    }
}

struct RuleTree: Sendable {
    struct Node: Sendable {
        let path: [Value]
        var children: [Value: Int] = [:]
        /// Keys of `children` in total order.
        var sortedKeys: [Value] = []
        var group: Int?
        /// Some module's package ends here, or passes through.
        var isPackage = false
        var rules: [Int] = []
    }

    struct Group: Sendable {
        let node: Int
        let kind: GroupKind
        /// Numbers of its rules in declaration order, defaults left out.
        let rules: [Int]
        let defaultRule: Int?
    }

    private(set) var nodes: [Node] = [Node(path: [])]
    private(set) var groups: [Group] = []
    private(set) var rules: [DeclaredRule] = []
    /// Numbers of rules that cannot stand with those declared before them. Without them the others form known groups.
    private(set) var conflicting: Set<Int> = []

    init() {}

    init(modules: [Module], errors: inout ErrorList) {
        for (index, module) in modules.enumerated() {
            let package = insert(module.package.map { .string($0) })
            nodes[package].isPackage = true
            for rule in module.rules { declare(rule, module: index, package: module.package) }
        }
        for node in nodes.indices {
            nodes[node].sortedKeys = nodes[node].children.keys.sorted()
        }
        checkPackages(modules, &errors)
        makeGroups(under: 0, modules: modules, &errors)
    }

    private mutating func insert(_ path: [Value]) -> Int {
        var node = 0
        for (depth, key) in path.enumerated() {
            if let child = nodes[node].children[key] {
                node = child
            } else {
                nodes.append(Node(path: Array(path[...depth])))
                nodes[node].children[key] = nodes.count - 1
                node = nodes.count - 1
            }
        }
        return node
    }

    private mutating func declare(_ rule: Rule, module: Int, package: [String]) {
        guard case .variable(let name) = rule.head.name.kind else {
            preconditionFailure("the parser makes a variable of a rule's name")
        }
        var prefix: [Value] = package.map { .string($0) } + [.string(name)]
        var rest = rule.head.path[...]
        while let operand = rest.first, case .scalar(let key) = operand.kind {
            prefix.append(key)
            rest = rest.dropFirst()
        }
        let node = insert(prefix)
        nodes[node].rules.append(rules.count)
        rules.append(DeclaredRule(rule: rule, module: module, prefix: prefix, path: Array(rest)))
    }

    /// The node at a constant path, and how many of its operands were used: fewer when the path leaves the tree or
    /// comes to a group.
    func walk(_ path: some Sequence<Value>) -> (node: Int, used: Int, leftTree: Bool) {
        var node = 0
        var used = 0
        for key in path {
            if nodes[node].group != nil { return (node, used, false) }
            guard let child = nodes[node].children[key] else { return (node, used, true) }
            node = child
            used += 1
        }
        return (node, used, false)
    }

    func name(of group: Int) -> String { RuleTree.name(nodes[groups[group].node].path) }

    /// `data.a.b["c d"]`
    static func name(_ path: some Sequence<Value>) -> String { name("data", path) }

    /// The same from another root.
    static func name(_ root: String, _ path: some Sequence<Value>) -> String {
        var name = root
        for key in path {
            if case .string(let word) = key, word.utf8.allSatisfy(isWordByte), !word.isEmpty {
                name += "." + word
            } else {
                name += "[\(key)]"
            }
        }
        return name
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 95: true
        default: false
        }
    }
}

// Groups, and what may not stand together in one.
extension RuleTree {
    private mutating func makeGroups(under node: Int, modules: [Module], _ errors: inout ErrorList) {
        if !nodes[node].rules.isEmpty {
            let own = nodes[node].rules
            let isOpen = own.contains { !rules[$0].path.isEmpty }
            checkKinds(own, at: node, modules, &errors)
            if isOpen {
                let absorbed = descendantRules(of: node)
                checkAbsorbed(absorbed, at: node, modules, &errors)
                addGroup(node, own + absorbed)
                return
            }
            addGroup(node, own)
            let below = descendantRules(of: node)
            if let first = below.first {
                conflicting.formUnion(own)
                let place = rules[own[0]]
                errors.add(
                    .type,
                    "rule \(RuleTree.name(nodes[node].path)) conflicts with \(RuleTree.name(rules[first].prefix))",
                    modules[place.module].source, place.rule.head.span)
            }
            return
        }
        for key in nodes[node].sortedKeys {
            if let child = nodes[node].children[key] { makeGroups(under: child, modules: modules, &errors) }
        }
    }

    private mutating func addGroup(_ node: Int, _ members: [Int]) {
        nodes[node].group = groups.count
        let ordered = members.sorted()
        let isOpen = members.contains { rules[$0].prefix.count > nodes[node].path.count }
        groups.append(
            Group(
                node: node, kind: isOpen ? .object : rules[members[0]].kind,
                rules: ordered.filter { !rules[$0].rule.isDefault },
                defaultRule: ordered.first { rules[$0].rule.isDefault }))
    }

    private func descendantRules(of node: Int) -> [Int] {
        var found: [Int] = []
        for key in nodes[node].sortedKeys {
            guard let child = nodes[node].children[key] else { continue }
            found += nodes[child].rules + descendantRules(of: child)
        }
        return found
    }

    private mutating func checkKinds(_ members: [Int], at node: Int, _ modules: [Module], _ errors: inout ErrorList) {
        let name = RuleTree.name(nodes[node].path)
        let first = rules[members[0]].kind
        for member in members.dropFirst() where rules[member].kind != first {
            conflicting.insert(member)
            errors.add(
                .type, "conflicting rules \(name) found", modules[rules[member].module].source,
                rules[member].rule.head.span)
        }
        for member in members.filter({ rules[$0].rule.isDefault }).dropFirst() {
            conflicting.insert(member)
            errors.add(
                .type, "multiple default rules \(name) found", modules[rules[member].module].source,
                rules[member].rule.head.span)
        }
    }

    private mutating func checkAbsorbed(_ members: [Int], at node: Int, _ modules: [Module], _ errors: inout ErrorList)
    {
        for member in members {
            let declared = rules[member]
            guard declared.rule.head.arguments != nil || declared.rule.isDefault else { continue }
            conflicting.insert(member)
            errors.add(
                .type,
                "conflicting rules \(RuleTree.name(nodes[node].path)) and \(RuleTree.name(declared.prefix)) found",
                modules[declared.module].source, declared.rule.head.span)
        }
    }

    private mutating func checkPackages(_ modules: [Module], _ errors: inout ErrorList) {
        for module in modules {
            var node = 0
            for key in module.package {
                guard let child = nodes[node].children[.string(key)] else { break }
                node = child
                guard let rule = nodes[node].rules.first else { continue }
                conflicting.formUnion(nodes[node].rules)
                let place = modules[rules[rule].module].source.location(rules[rule].rule.span.start)
                errors.add(
                    .type,
                    "package \(module.package.joined(separator: ".")) conflicts with rule "
                        + "\(RuleTree.name(nodes[node].path)) defined at \(place)",
                    module.source, module.packageSpan)
            }
        }
    }
}
