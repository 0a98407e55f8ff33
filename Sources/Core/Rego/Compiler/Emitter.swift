// Resolved bodies to code. Literals are emitted in the first order in which every variable is bound before it is
// needed: each is tried, and taken back when something it needs is not bound yet. What never fits is unsafe.

/// A variable that has to be bound before the literal at hand can be evaluated.
struct NotReady: Error {
    let variable: Int
    let span: Span
}

struct Emitter {
    let tree: RuleTree
    let unit: ResolvedUnit
    let known: KnownData?
    var errors = ErrorList()

    private(set) var code: [Instruction] = []
    private(set) var lists: [Int32] = []
    var paths: [[Value]] = []
    var modifiers: [[Modifier]] = []
    var memberships: [Membership] = []
    private var constants: [Value] = []
    private var constantIndices: [Value: Int32] = [:]
    private(set) var literals: [Span] = []
    var literal: Int32 = -1
    /// Variables that have a value at this point, and the order in which they got it: going back takes away the last
    /// ones, where a copy of the set for each literal would make long bodies quadratic.
    private var bound: Set<Int> = []
    private var boundInOrder: [Int] = []
    /// Slot of each variable; variables come first, temporaries after them.
    private(set) var slotCount: Int
    private(set) var collectorCount = 0

    init(tree: RuleTree, unit: ResolvedUnit, known: KnownData?) {
        self.tree = tree
        self.unit = unit
        self.known = known
        // A variable's slot is its number, but arguments are passed in the first slots.
        slotCount = unit.names.count + unit.arguments.count
    }

    // MARK: Emitting

    struct Mark {
        fileprivate let code: Int
        fileprivate let lists: Int
        fileprivate let bound: Int
        fileprivate let literal: Int32
        fileprivate let literals: Int
    }

    func mark() -> Mark {
        Mark(
            code: code.count, lists: lists.count, bound: boundInOrder.count, literal: literal, literals: literals.count)
    }

    mutating func reset(to mark: Mark) {
        code.removeLast(code.count - mark.code)
        lists.removeLast(lists.count - mark.lists)
        unbind(to: mark.bound)
        literal = mark.literal
        literals.removeLast(literals.count - mark.literals)
    }

    @discardableResult
    mutating func emit(
        _ operation: Operation, _ a: Int32 = 0, _ b: Int32 = 0, _ c: Int32 = 0, _ d: Int32 = 0
    ) -> Int {
        code.append(Instruction(operation: operation, a: a, b: b, c: c, d: d, literal: literal))
        return code.count - 1
    }

    /// The end of a block becomes known after it.
    mutating func patch(_ index: Int, _ field: WritableKeyPath<Instruction, Int32>) {
        code[index][keyPath: field] = Int32(code.count)
    }

    func slot(_ variable: Int) -> Int32 { Int32(unit.arguments.count + variable) }

    mutating func temporary(_ count: Int = 1) -> Int32 {
        slotCount += count
        return Int32(slotCount - count)
    }

    mutating func collector() -> Int32 {
        collectorCount += 1
        return Int32(collectorCount - 1)
    }

    mutating func constant(_ value: Value) -> Int32 {
        if let known = constantIndices[value] { return ~known }
        let index = Int32(constants.count)
        constants.append(value)
        constantIndices[value] = index
        return ~index
    }

    mutating func list(_ operands: [Int32]) -> Int32 {
        lists += operands
        return Int32(lists.count - operands.count)
    }

    mutating func path(_ path: [Value]) -> Int32 {
        paths.append(path)
        return Int32(paths.count - 1)
    }

    func isBound(_ variable: Int) -> Bool { bound.contains(variable) }

    mutating func bind(_ variable: Int) { if bound.insert(variable).inserted { boundInOrder.append(variable) } }

    private mutating func unbind(to count: Int) {
        for variable in boundInOrder[count...] { bound.remove(variable) }
        boundInOrder.removeLast(boundInOrder.count - count)
    }

    // MARK: Units

    mutating func emitUnit(otherwise: CodeUnit?) -> CodeUnit {
        for (index, variable) in unit.arguments.enumerated() {
            emit(.move, slot(variable), Int32(index))
            bind(variable)
        }
        emitBody(unit.body)
        literal = -1
        let constantResult = errors.isEmpty ? emitResult() : nil
        return CodeUnit(
            code: code, constants: constants, lists: lists, paths: paths, modifiers: modifiers,
            memberships: memberships, slotCount: slotCount, collectorCount: collectorCount,
            argumentCount: unit.arguments.count, literals: literals, names: unit.names,
            source: unit.source, span: unit.span, constantResult: constantResult, otherwise: otherwise)
    }

    private mutating func emitResult() -> Value? {
        do throws(NotReady) {
            switch unit.result {
            case .value(let term):
                let value = try operand(term)
                let isConstant = value < 0
                emit(.result, value, isConstant ? 1 : 0)
                return isConstant ? constants[Int(~value)] : nil
            case .member(let path, let value):
                let keys = try operands(path)
                emit(.member, list(keys), try operand(value), Int32(keys.count))
            case .element(let path, let element):
                let keys = try operands(path)
                emit(.element, list(keys), try operand(element), Int32(keys.count))
            case .bindings(let bindings): emitBindings(bindings)
            }
        } catch {
            noteUnsafe([error])
        }
        return nil
    }

    private mutating func emitBindings(_ bindings: [(name: String, variable: Int)]) {
        let pairs = bindings.filter { isBound($0.variable) }.flatMap { binding in
            [constant(.string(binding.name)), slot(binding.variable)]
        }
        let object = temporary()
        emit(.makeObject, object, list(pairs), Int32(pairs.count))
        emit(.element, 0, object, 0)
    }

    private mutating func operands(_ terms: [Resolved]) throws(NotReady) -> [Int32] {
        var operands: [Int32] = []
        for term in terms { operands.append(try operand(term)) }
        return operands
    }

    // MARK: Bodies

    /// Emits all literals in an order that binds variables first; notes the variables that nothing binds.
    mutating func emitBody(_ body: ResolvedBody) {
        var remaining = body.literals
        while !remaining.isEmpty {
            var waiting: [ResolvedLiteral] = []
            for item in remaining {
                let before = mark()
                do throws(NotReady) {
                    try emitLiteral(item)
                } catch {
                    reset(to: before)
                    waiting.append(item)
                }
            }
            if waiting.count == remaining.count {
                noteUnsafe(unsafeVariables(in: waiting))
                return
            }
            remaining = waiting
        }
    }

    private mutating func noteUnsafe(_ missing: [NotReady]) {
        var noted: Set<Int> = []
        for item in missing where noted.insert(item.variable).inserted {
            let name = unit.names[item.variable]
            errors.add(
                .unsafeVar, name.isEmpty ? "expression is unsafe" : "var \(name) is unsafe", unit.source, item.span)
        }
    }

    private mutating func emitLiteral(_ item: ResolvedLiteral) throws(NotReady) {
        if case .nothing = item.kind { return }
        if item.isWritten {
            literal = Int32(literals.count)
            literals.append(item.span)
        }
        if item.withs.isEmpty {
            try emitKind(item.kind)
        } else {
            emit(.with, try emitModifiers(item.withs))
            try emitKind(item.kind)
            emit(.endWith)
        }
    }

    private mutating func emitKind(_ kind: ResolvedLiteral.Kind) throws(NotReady) {
        switch kind {
        case .test(let term): emit(.truthy, try operand(term))
        case .compare(let left, let right):
            let operands = try all([left, right])
            emit(.equal, operands[0], operands[1])
        case .unify(let left, let right): try unify(left, right)
        case .member(let key, let value, let domain): try emitMember(key, value, in: domain)
        case .every(let key, let value, let domain, let body): try emitEvery(key, value, in: domain, body)
        case .not(let inner): try emitNegation(of: inner)
        case .notBody(let body):
            try needCaptures(body)
            let start = emit(.not)
            emitInner(body) { $0.emit(.done) }
            patch(start, \.b)
        case .nothing: break
        }
    }

    /// A body inside a closure: what it binds is gone after it.
    mutating func emitInner(_ body: ResolvedBody, end: (inout Emitter) -> Void) {
        let outer = boundInOrder.count
        let outerLiteral = literal
        emitBody(body)
        end(&self)
        unbind(to: outer)
        literal = outerLiteral
    }

    func needCaptures(_ body: ResolvedBody) throws(NotReady) {
        for variable in body.captures where !isBound(variable) {
            throw NotReady(variable: variable, span: body.literals.first?.span ?? unit.span)
        }
    }

    private mutating func emitMember(_ key: Resolved?, _ value: Resolved, in domain: Resolved) throws(NotReady) {
        let source = try operand(domain)
        if let key, case .constant = key.node {
            let found = temporary()
            emit(.get, found, source, try operand(key))
            try match(value, found)
            return
        }
        let keySlot = key == nil ? -1 : temporary()
        let valueSlot = temporary()
        emit(.scan, source, keySlot, valueSlot)
        if let key { try match(key, keySlot) }
        try match(value, valueSlot)
    }

    private mutating func emitEvery(
        _ key: Int?, _ value: Int, in domain: Resolved, _ body: ResolvedBody
    ) throws(NotReady) {
        try needCaptures(body)
        let source = try operand(domain)
        let start = emit(.every, source, key.map { slot($0) } ?? -1, slot(value))
        let outer = boundInOrder.count
        if let key { bind(key) }
        bind(value)
        emitInner(body) { $0.emit(.done) }
        unbind(to: outer)
        patch(start, \.d)
    }

    /// OPA's old meaning of `not`: what is nested in a call or collection is evaluated before the negation, so that
    /// its being undefined makes the body undefined and not true.
    private mutating func emitNegation(of inner: ResolvedLiteral) throws(NotReady) {
        let hoisted = try hoist(inner.kind)
        let outer = boundInOrder.count
        let start = emit(.not)
        try emitKind(hoisted)
        // Nothing may be bound inside a negation: the variable would be unsafe outside.
        if let leaked = boundInOrder[outer...].min() { throw NotReady(variable: leaked, span: inner.span) }
        emit(.done)
        patch(start, \.b)
    }

    private mutating func emitModifiers(_ withs: [ResolvedWith]) throws(NotReady) -> Int32 {
        var compiled: [Modifier] = []
        for with in withs {
            switch (with.target, with.replacement) {
            case (.input(let path), .value(let term)):
                compiled.append(Modifier(kind: .input(path), operand: try operand(term)))
            case (.data(let path), .value(let term)):
                compiled.append(Modifier(kind: .data(path), operand: try operand(term)))
            case (.function(let target), .value(let term)):
                compiled.append(Modifier(kind: .functionByValue(target), operand: try operand(term)))
            case (.function(let target), .function(let other)):
                compiled.append(Modifier(kind: .functionByFunction(target, other), operand: -1))
            case (.input, .function), (.data, .function):
                preconditionFailure("only functions are replaced by functions")
            }
        }
        modifiers.append(compiled)
        return Int32(modifiers.count - 1)
    }
}
