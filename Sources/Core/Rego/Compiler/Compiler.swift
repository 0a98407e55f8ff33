// Modules to a program: every step goes on after an error, so that one load shows all of them.

struct Compiler {
    private var modules: [Module]
    private let data: Value
    private let refusing: [String: String]
    private let isIndexed: Bool
    /// Nil without an index.
    private let known: KnownData?
    private var errors = ErrorList()

    init(modules: [Module], data: Value, refusing: [String: String], isIndexed: Bool) {
        self.modules = modules
        self.data = data
        self.refusing = refusing
        self.isIndexed = isIndexed
        known = isIndexed ? KnownData(data) : nil
    }

    mutating func compile() throws(RegoErrors) -> Program {
        checkRuleNames()
        let tree = try ruleTree()
        let names = moduleNames(tree)
        var dependencies = Dependencies(tree: tree)
        var groups: [RuleGroup] = []
        groups.reserveCapacity(tree.groups.count)
        for group in tree.groups.indices { groups.append(compile(group, tree, names, &dependencies)) }
        noteRecursion(dependencies, tree)
        try errors.throwIfAny()
        return Program(
            tree: tree, groups: isIndexed ? indexed(groups) : groups, data: data, isIndexed: isIndexed)
    }

    /// The tree of all rules; when some cannot stand together, of the others, so that their errors are found too.
    private mutating func ruleTree() throws(RegoErrors) -> RuleTree {
        let tree = RuleTree(modules: modules, errors: &errors)
        guard !tree.conflicting.isEmpty else { return tree }
        var number = -1
        modules = modules.map { module in
            module.keeping { _ in
                number += 1
                return !tree.conflicting.contains(number)
            }
        }
        var left = ErrorList()
        let rest = RuleTree(modules: modules, errors: &left)
        if !left.isEmpty { try errors.throwIfAny() }
        return rest
    }

    private func indexed(_ groups: [RuleGroup]) -> [RuleGroup] {
        var finder = GuardFinder(groups: groups, data: data)
        return groups.map { group in
            RuleIndexing.index(of: group, &finder).map { group.indexed(by: $0) } ?? group
        }
    }

    private mutating func checkRuleNames() {
        for module in modules {
            for rule in module.rules {
                guard case .variable(let name) = rule.head.name.kind, name == "input" || name == "data" || name == "_"
                else { continue }
                errors.add(
                    .compile, "rules must not shadow \(name) (use a different rule name)", module.source,
                    rule.head.name.span)
            }
        }
    }

    private mutating func moduleNames(_ tree: RuleTree) -> [ModuleNames] {
        var rulesOfPackage: [[String]: Set<String>] = [:]
        for rule in tree.rules {
            if case .variable(let name) = rule.rule.head.name.kind {
                rulesOfPackage[modules[rule.module].package, default: []].insert(name)
            }
        }
        return modules.map {
            ModuleNames(
                $0, packageRules: rulesOfPackage[$0.package] ?? [], refusing: refusing,
                metadata: Metadata(modules: modules), errors: &errors)
        }
    }

    private mutating func compile(
        _ index: Int, _ tree: RuleTree, _ names: [ModuleNames], _ dependencies: inout Dependencies
    ) -> RuleGroup {
        let group = tree.groups[index]
        let node = tree.nodes[group.node]
        var units: [CodeUnit] = []
        for number in group.rules {
            let declared = tree.rules[number]
            units.append(compile(declared, of: index, node.path.count, tree, names[declared.module], &dependencies))
        }
        let defaultRule = group.defaultRule.map { number in
            let declared = tree.rules[number]
            if !declared.path.isEmpty {
                errors.add(
                    .type, "default rules cannot have variables in their name", modules[declared.module].source,
                    declared.rule.head.span)
            }
            return compile(declared, of: index, node.path.count, tree, names[declared.module], &dependencies)
        }
        let first = units.first?.constantResult
        let firstDecides = first != nil && units.allSatisfy { Compiler.always($0, first) }
        return RuleGroup(
            name: String(tree.name(of: index).dropFirst("data.".count)), kind: group.kind, path: node.path,
            rules: units, defaultRule: defaultRule, firstDecides: firstDecides)
    }

    private static func always(_ unit: CodeUnit, _ value: Value?) -> Bool {
        var current: CodeUnit? = unit
        while let part = current {
            guard part.constantResult == value else { return false }
            current = part.otherwise
        }
        return true
    }

    /// A rule with its else branches, last branch first, because each knows where to go on.
    private mutating func compile(
        _ declared: DeclaredRule, of group: Int, _ depth: Int, _ tree: RuleTree, _ names: ModuleNames,
        _ dependencies: inout Dependencies
    ) -> CodeUnit {
        let rule = declared.rule
        let kind = tree.groups[group].kind
        var parts = [(value: rule.head.value, body: rule.body, span: rule.span)]
        for alternative in rule.alternatives { parts.append((alternative.value, alternative.body, alternative.span)) }
        var next: CodeUnit?
        for part in parts.reversed() {
            var resolver = Resolver(tree: tree, module: names)
            let unit = resolver.resolveUnit(
                declared, kind: kind, depth: depth, value: part.value, body: part.body, span: part.span)
            dependencies.add(unit, of: group)
            next = emit(unit, tree, resolver.errors, otherwise: next)
        }
        guard let unit = next else { preconditionFailure("a rule has at least its own body") }
        return unit
    }

    private mutating func emit(
        _ unit: ResolvedUnit, _ tree: RuleTree, _ resolved: ErrorList, otherwise: CodeUnit?
    ) -> CodeUnit {
        var emitter = Emitter(tree: tree, unit: unit, known: known)
        let code = emitter.emitUnit(otherwise: otherwise)
        errors.add(resolved.errors)
        // What could not be resolved would only be reported again as unsafe.
        if resolved.isEmpty { errors.add(emitter.errors.errors) }
        var checker = TypeChecker(tree: tree, unit: unit)
        if resolved.isEmpty, emitter.errors.isEmpty { errors.add(checker.check()) }
        return code
    }

    private mutating func noteRecursion(_ dependencies: Dependencies, _ tree: RuleTree) {
        for (group, path) in dependencies.cycles() {
            let members = tree.groups[group]
            guard let number = members.rules.first ?? members.defaultRule else { continue }
            let rule = tree.rules[number]
            let way = path.map { tree.name(of: $0) }.joined(separator: " -> ")
            errors.add(
                .recursion, "rule \(tree.name(of: group)) is recursive: \(way)", modules[rule.module].source,
                rule.rule.head.span)
        }
    }

    /// Compiles a query against a program.
    static func compile(query: [Expression], source: SourceFile, for program: Program) throws(RegoErrors) -> CodeUnit {
        var resolver = Resolver(tree: program.tree, module: ModuleNames(source: source))
        let unit = resolver.resolveQuery(query)
        try resolver.errors.throwIfAny()
        var emitter = Emitter(
            tree: program.tree, unit: unit, known: program.isIndexed ? KnownData(program.data) : nil)
        let code = emitter.emitUnit(otherwise: nil)
        try emitter.errors.throwIfAny()
        var checker = TypeChecker(tree: program.tree, unit: unit)
        var errors = ErrorList()
        errors.add(checker.check())
        try errors.throwIfAny()
        return code
    }
}
