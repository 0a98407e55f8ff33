// Runs code. Straight on for as long as things succeed; an iteration is a loop that runs the rest of the body for each
// member, so going back is returning.

/// One evaluation: its context, budgets and what it noted about rules on the way.
final class Machine {
    let program: Program
    var context: EvaluationContext
    /// The input that the query was given.
    var rootInput: Value? { (outerContexts.first ?? context).input }
    /// Contexts that `with` left behind, to come back to.
    var outerContexts: [EvaluationContext] = []
    let budget: Budget
    let isStrict: Bool
    let wallNanoseconds: Int64
    let observer: Observer?
    var steps: UInt64 = 0
    /// Steps after which `pause` is called: when the budget is spent, when the clock is to be read, or at every step for
    /// an observer. One comparison in the loop serves them all.
    var pauseAfter: UInt64
    /// When the evaluation must be over, by the clock of its budget.
    let deadline: UInt64
    /// Bytes of values made so far.
    var memoryUsed: UInt64 = 0
    var depth = 0
    /// Whether the time was asked for.
    private(set) var readTime = false
    var trail = RuleTrail()
    private(set) var printed = PrintedLines()
    let slotStack = SlotStack()
    /// Numbers of rules that are still to be run, those of inner groups last.
    var selected: [Int32] = []

    init(
        program: Program, input: Value?, budget: Budget, isStrict: Bool, wallNanoseconds: Int64, observer: Observer?
    ) {
        self.program = program
        self.budget = budget
        self.isStrict = isStrict
        self.wallNanoseconds = wallNanoseconds
        self.observer = observer
        deadline = budget.time?.deadline ?? .max
        pauseAfter = budget.steps
        context = EvaluationContext(input: input, data: program.data)
        pauseAfter = nextPause
    }

    /// A unit at work.
    struct Activation {
        let unit: CodeUnit
        let slots: UnsafeMutablePointer<Value>
        var result: Value?
        var extent: Extent?
        var collectors: [[Value]]
        /// The furthest literal that failed, and what the variables held then.
        var failed: Int32 = -1
        var failedValues: [Value] = []
        /// Something was put into the extent.
        var hasInserted = false

        @inline(__always)
        func value(_ operand: Int32) -> Value {
            operand >= 0 ? slots[Int(operand)] : unit.constants[Int(~operand)]
        }

        @inline(never)
        mutating func keepValues() {
            let first = slots + unit.argumentCount
            failedValues = Array(
                UnsafeBufferPointer(start: first, count: min(unit.names.count, RuleTrail.valuesMax)))
        }
    }

    // MARK: The loop

    /// Runs from `start`. True: what was asked for is found, stop. False: this way is exhausted.
    func run(_ start: Int, _ f: inout Activation) throws(EvaluationError) -> Bool {
        var pc = start
        while true {
            let i = f.unit.code[pc]
            steps &+= 1
            if steps > pauseAfter { try pause(pc, f) }
            switch i.operation {
            case .fail: return failed(i, &f)
            case .truthy: if f.value(i.a).isFalse { return failed(i, &f) }
            case .equal: if f.value(i.a) != f.value(i.b) { return failed(i, &f) }
            case .isArray:
                guard case .array(let items) = f.value(i.a), items.count == Int(i.b) else { return failed(i, &f) }
            case .isObject:
                guard case .object(let object) = f.value(i.a), object.count == Int(i.b) else { return failed(i, &f) }
            case .cursor: startCursor(i, f)
            case .cursorGet: guard try moveCursor(i, f) else { return failed(i, &f) }
            case .move: f.slots[Int(i.a)] = f.value(i.b)
            case .input, .get, .builtin, .function, .rule, .base, .extent, .cursorEnd, .makeArray, .makeSet,
                .makeObject, .template, .isIn:
                guard let value = try value(of: i, f) else { return failed(i, &f) }
                f.slots[Int(i.a)] = value
            case .not:
                // What fails inside is not what makes the rule fail.
                let furthest = (f.failed, f.failedValues)
                let holds = try nested(pc + 1, &f)
                (f.failed, f.failedValues) = furthest
                if holds { return failed(i, &f) }
                pc = Int(i.b)
                continue
            case .comprehension:
                try comprehend(i, pc, &f)
                pc = Int(i.b)
                continue
            case .every:
                guard try every(i, pc, &f) else { return failed(i, &f) }
                pc = Int(i.d)
                continue
            case .scan: return try scan(i, pc, &f)
            case .relation: return try relate(i, pc, &f)
            case .cursorScan: return try scanCursor(i, pc, &f)
            case .with: return try enter(i, pc, &f)
            case .endWith: return try leave(pc, &f)
            case .collect, .collectMember:
                f.collectors[Int(i.a)].append(f.value(i.b))
                if i.operation == .collectMember { f.collectors[Int(i.a)].append(f.value(i.c)) }
                try charge(32, i, f)
                return false
            case .done: return true
            case .result: return try result(i, &f)
            case .member, .element: return try insert(i, &f)
            }
            pc += 1
        }
    }

    /// What an instruction that has a value computes; nil when undefined.
    @inline(__always)
    private func value(of i: Instruction, _ f: Activation) throws(EvaluationError) -> Value? {
        switch i.operation {
        case .input: context.input?.lookup(path: f.unit.paths[Int(i.b)])
        case .get: f.value(i.b).lookup(f.value(i.c))
        case .base: context.data.lookup(path: f.unit.paths[Int(i.b)])
        case .builtin: try callBuiltin(i, f)
        case .function: try callFunction(i, f)
        case .rule: try value(ofGroup: Int(i.b))
        case .extent: try extent(ofNode: Int(i.b))
        case .cursorEnd: try finishCursor(i, f)
        case .template: try template(i, f)
        case .isIn: try isIn(i, f)
        case .makeArray, .makeSet, .makeObject: try collection(i, f)
        default: preconditionFailure("\(i.operation) has no value")
        }
    }

    /// Notes where the body got to; that is what "why not" is answered from.
    @inline(__always)
    func failed(_ i: Instruction, _ f: inout Activation) -> Bool {
        if i.literal > f.failed {
            f.failed = i.literal
            if !f.unit.names.isEmpty, trail.hasRoom { f.keepValues() }
        }
        if let observer { observer.fail(self, f, i.literal) }
        return false
    }

    /// One level deeper on the stack.
    func nested(_ pc: Int, _ f: inout Activation) throws(EvaluationError) -> Bool {
        depth += 1
        defer { depth -= 1 }
        if depth > budget.depth { throw spent(.depth, f.unit.code[pc], f) }
        return try run(pc, &f)
    }

    // MARK: Results

    private func result(_ i: Instruction, _ f: inout Activation) throws(EvaluationError) -> Bool {
        let value = f.value(i.a)
        if let known = f.result {
            if known != value { throw conflict(f.unit, with: f.unit) }
        } else {
            f.result = value
        }
        return i.b == 1
    }

    private func insert(_ i: Instruction, _ f: inout Activation) throws(EvaluationError) -> Bool {
        guard let extent = f.extent else { preconditionFailure("a partial rule is evaluated into an extent") }
        let path = operands(i.a, i.c, f)
        do throws(ExtentConflict) {
            if i.operation == .member {
                try extent.insert(path, value: f.value(i.b), by: f.unit)
            } else {
                try extent.insert(path, element: f.value(i.b), by: f.unit)
            }
        } catch {
            throw EvaluationError(
                code: .conflict, message: "object keys must be unique", location: location(f.unit, f.unit.span),
                otherLocation: error.other.map { location($0, $0.span) })
        }
        try charge(16 * (path.count + 1), i, f)
        f.hasInserted = true
        return false
    }

    func operands(_ start: Int32, _ count: Int32, _ f: Activation) -> [Value] {
        f.unit.lists[Int(start)..<Int(start + count)].map { f.value($0) }
    }

    private func collection(_ i: Instruction, _ f: Activation) throws(EvaluationError) -> Value {
        try charge(16 * Int(i.c), i, f)
        let items = operands(i.b, i.c, f)
        switch i.operation {
        case .makeArray: return .array(items)
        case .makeSet: return .set(SetValue(items))
        default: return try object(items, f, i)
        }
    }

    func object(_ items: [Value], _ f: Activation, _ i: Instruction) throws(EvaluationError) -> Value {
        let members = stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
        guard let object = ObjectValue(unique: members) else {
            throw EvaluationError(
                code: .conflict, message: "object keys must be unique", location: literalLocation(i, f))
        }
        return .object(object)
    }

    private func template(_ i: Instruction, _ f: Activation) throws(EvaluationError) -> Value {
        var text = ""
        for piece in operands(i.b, i.c, f) {
            switch piece {
            case .string(let string): text += string
            case .set(let set) where set.count == 0: text += "<undefined>"
            case .set(let set) where set.count == 1:
                if case .string(let string) = set.elements[0] {
                    text += string
                } else {
                    text += set.elements[0].description
                }
            default:
                throw EvaluationError(
                    code: .conflict, message: "template-strings must not produce multiple outputs",
                    location: literalLocation(i, f))
            }
        }
        try charge(text.utf8.count, i, f)
        return .string(text)
    }

    private func isIn(_ i: Instruction, _ f: Activation) throws(EvaluationError) -> Value? {
        let membership = f.unit.memberships[Int(i.c)]
        if context.isPlain { return .bool(membership.elements.contains(f.value(i.b))) }
        var collection: Value? = membership.collection
        if !membership.path.isEmpty {
            let place = program.tree.walk(membership.path)
            let group = place.used == membership.path.count ? program.tree.nodes[place.node].group : nil
            collection =
                try group.map { (group) throws(EvaluationError) in try value(ofGroup: group) }
                ?? context.data.lookup(path: membership.path)
        }
        guard let collection, let builtin = Builtins.membership else { return nil }
        if let mock = context.mock(of: .builtin(builtin)) { return try callMock(mock, [f.value(i.b), collection], f) }
        return try callBuiltin(builtin, [f.value(i.b), collection], f)
    }

    // MARK: Builtins

    private func callBuiltin(_ i: Instruction, _ f: Activation) throws(EvaluationError) -> Value? {
        let index = Int(i.b)
        if let mock = context.mock(of: .builtin(index)) {
            return try callMock(mock, operands(i.c, Int32(Builtins.all[index].arity), f), f)
        }
        let builtin = Builtins.all[index]
        let arguments = slotStack.push(builtin.arity)
        defer { slotStack.pop(arguments, builtin.arity) }
        for index in 0..<builtin.arity { arguments[index] = f.value(f.unit.lists[Int(i.c) + index]) }
        return try call(builtin, UnsafeBufferPointer(start: arguments, count: builtin.arity), i, f)
    }

    /// All values of a relation at once, as an array.
    private func relate(_ i: Instruction, _ pc: Int, _ f: inout Activation) throws(EvaluationError) -> Bool {
        guard case .array(let values) = try callBuiltin(i, f) else { return failed(i, &f) }
        for value in values {
            f.slots[Int(i.a)] = value
            if try nested(pc + 1, &f) { return true }
        }
        return failed(i, &f)
    }

    func callBuiltin(_ index: Int, _ values: [Value], _ f: Activation) throws(EvaluationError) -> Value? {
        try values.withUnsafeBufferPointer { (buffer) throws(EvaluationError) in
            try call(Builtins.all[index], buffer, f.unit.code[0], f)
        }
    }

    /// Runs a builtin within what is left of the budgets.
    @inline(__always)
    private func call(
        _ builtin: Builtin, _ arguments: BuiltinArguments, _ i: Instruction, _ f: Activation
    ) throws(EvaluationError) -> Value? {
        var context = BuiltinContext(
            wallNanoseconds: wallNanoseconds, stepsLeft: budget.steps - steps,
            memoryLeft: budget.memoryBytes - memoryUsed)
        defer {
            steps = budget.steps - context.stepsLeft
            memoryUsed = budget.memoryBytes - context.memoryLeft
            if context.readTime { readTime = true }
            if !context.printed.isEmpty { printed.append(context.printed) }
        }
        do throws(BuiltinError) {
            let value = try builtin.body(arguments, &context)
            if let value { try context.chargeMemory(value.ownBytes) }
            return value
        } catch {
            try note(error, builtin.name, i, f)
            return nil
        }
    }

    private func note(_ error: BuiltinError, _ name: String, _ i: Instruction, _ f: Activation) throws(EvaluationError)
    {
        let code: EvaluationError.Code =
            switch error.kind {
            case .type: .type
            case .failed: .builtin
            case .budget: .cancel
            }
        let noted = EvaluationError(
            code: code, message: "\(name): \(error.message)", location: literalLocation(i, f), limit: error.limit,
            builtin: name)
        if isStrict || code == .cancel { throw noted }
        trail.note(noted)
    }

    // MARK: Errors

    func location(_ unit: CodeUnit, _ span: Span) -> Location { unit.source.location(span.start) }

    func literalLocation(_ i: Instruction, _ f: Activation) -> Location {
        location(f.unit, i.literal >= 0 ? f.unit.literals[Int(i.literal)] : f.unit.span)
    }

    func conflict(_ unit: CodeUnit, with other: CodeUnit) -> EvaluationError {
        EvaluationError(
            code: .conflict,
            message: unit.argumentCount > 0
                ? "functions must not produce multiple outputs for same inputs"
                : "complete rules must not produce multiple outputs",
            location: location(unit, unit.span), otherLocation: location(other, other.span))
    }
}
