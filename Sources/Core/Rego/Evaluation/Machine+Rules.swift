// Rule groups and functions: all rules of a name together.

extension Machine {
    /// The value of a rule group, computed once a context. Nil when undefined.
    func value(ofGroup index: Int) throws(EvaluationError) -> Value? {
        let group = program.groups[index]
        if context.hides(group.path) { return context.data.lookup(path: group.path) }
        if let known = context.cache.find(index) { return known }
        let value = try compute(group)
        context.cache.insert(index, value)
        return value
    }

    /// The value of the group that is all that was asked for: as the query's own unit would ask, without running that.
    func value(ofEntry index: Int) throws(EvaluationError) -> Value? {
        depth = 1
        trail.depth = 1
        return try compute(program.groups[index])
    }

    private func compute(_ group: RuleGroup) throws(EvaluationError) -> Value? {
        switch group.kind {
        case .complete: return try complete(group)
        case .set, .object: return try partial(group)
        case .function: return nil
        }
    }

    /// The one value that the rules of a group give, or of its default rule.
    private func complete(_ group: RuleGroup, _ arguments: [Value] = []) throws(EvaluationError) -> Value? {
        var found: (value: Value, unit: CodeUnit)?
        var rules = select(group, arguments)
        defer { release(rules) }
        while let rule = next(&rules, group) {
            guard let held = try value(of: rule, in: group, arguments: arguments) else { continue }
            if let found, found.value != held.value { throw conflict(held.unit, with: found.unit) }
            found = found ?? held
            if group.firstDecides { break }
        }
        if let found { return found.value }
        guard let rule = group.defaultRule else { return nil }
        return try value(of: rule, in: group, arguments: arguments)?.value
    }

    private func partial(_ group: RuleGroup) throws(EvaluationError) -> Value? {
        let extent = Extent(isSet: group.kind == .set)
        var rules = select(group, [])
        defer { release(rules) }
        while let rule = next(&rules, group) { _ = try activate(rule, in: group, arguments: [], extent: extent) }
        return extent.finish()
    }

    /// A rule's value, or that of the first of its else branches that has one, and which it was.
    private func value(
        of rule: CodeUnit, in group: RuleGroup, arguments: [Value]
    ) throws(EvaluationError) -> (value: Value, unit: CodeUnit)? {
        var next: CodeUnit? = rule
        while let unit = next {
            if let value = try activate(unit, in: group, arguments: arguments, extent: nil) { return (value, unit) }
            next = unit.otherwise
        }
        return nil
    }

    /// Runs one unit in a frame of its own.
    func activate(
        _ unit: CodeUnit, in group: RuleGroup?, arguments: [Value], extent: Extent?
    ) throws(EvaluationError) -> Value? {
        depth += 1
        trail.depth += 1
        defer {
            depth -= 1
            trail.depth -= 1
        }
        if depth > budget.depth {
            throw EvaluationError(
                code: .cancel, message: message(.depth), location: location(unit, unit.span), limit: .depth)
        }
        let slots = slotStack.push(unit.slotCount)
        defer { slotStack.pop(slots, unit.slotCount) }
        for index in arguments.indices { slots[index] = arguments[index] }
        var frame = Activation(
            unit: unit, slots: slots, result: nil, extent: extent,
            collectors: unit.collectorCount == 0 ? [] : [[Value]](repeating: [], count: unit.collectorCount))
        observer?.enter(self, frame)
        _ = try run(0, &frame)
        let held = frame.result != nil || frame.hasInserted
        observer?.leave(self, frame, held: held)
        if let group { note(group, frame, held) }
        return frame.result
    }

    @inline(__always)
    private func note(_ group: RuleGroup, _ f: Activation, _ held: Bool) {
        if held {
            trail.noteFired(group, f.unit)
        } else if f.extent == nil {
            // A partial rule that adds nothing is nothing that failed.
            trail.noteFailure(group, f.unit, at: f.failed, isPlain: outerContexts.isEmpty, f.failedValues)
        }
    }

    // MARK: Functions

    func callFunction(_ i: Instruction, _ f: Activation) throws(EvaluationError) -> Value? {
        let group = program.groups[Int(i.b)]
        guard case .function(let arity) = group.kind else { preconditionFailure("\(group.name) is no function") }
        let arguments = operands(i.c, Int32(arity), f)
        if let mock = context.mock(of: .function(Int(i.b))) { return try callMock(mock, arguments, f) }
        return try complete(group, arguments)
    }

    /// Calls what stands for a function under `with`. Inside, no replacement holds.
    func callMock(
        _ mock: EvaluationContext.Mock, _ arguments: [Value], _ f: Activation
    ) throws(EvaluationError) -> Value? {
        switch mock {
        case .value(_, let value): return value
        case .function(_, let target):
            let outer = context
            context = outer.withoutMocks()
            defer { context = outer }
            switch target {
            case .builtin(let index): return try callBuiltin(index, arguments, f)
            case .function(let group): return try complete(program.groups[group], arguments)
            }
        }
    }
}

// Which rules are run.
extension Machine {
    /// Rules that are still to be run: places in `selected`, or numbers of rules where there is no index.
    private struct Selection {
        /// Where they begin in `selected`; −1 without an index.
        let first: Int
        var next: Int
        let end: Int
    }

    private func select(_ group: RuleGroup, _ arguments: [Value]) -> Selection {
        // Who watches wants to see every rule; and an index knows only what was there at load.
        guard let index = group.index, observer == nil, context.isPlain else {
            return Selection(first: -1, next: 0, end: group.rules.count)
        }
        let first = selected.count
        index.select(into: &selected, context.input, arguments)
        return Selection(first: first, next: first, end: selected.count)
    }

    @inline(__always)
    private func next(_ selection: inout Selection, _ group: RuleGroup) -> CodeUnit? {
        guard selection.next < selection.end else { return nil }
        defer { selection.next += 1 }
        return group.rules[selection.first < 0 ? selection.next : Int(selected[selection.next])]
    }

    private func release(_ selection: Selection) {
        if selection.first >= 0 { selected.removeLast(selected.count - selection.first) }
    }

    /// Runs a few rules that the index left out because they cannot hold, the closest first, and gives what the trail
    /// says of them. For explanations: an error only ends this, for the answer is known already.
    func nearMisses(of group: RuleGroup, isOuter: Bool, fixed: [[Value]]) -> [RuleTrail.Entry] {
        var misses: [Int32] = []
        group.index?.nearMisses(into: &misses, max: RuleIndexing.firstMax, context.input, [], fixed: fixed)
        // An error leaves a machine in the middle of something.
        guard !misses.isEmpty, trail.errors.isEmpty else { return [] }
        trail = RuleTrail()
        trail.depth = isOuter ? 1 : 2
        do throws(EvaluationError) {
            for rule in misses { _ = try value(of: group.rules[Int(rule)], in: group, arguments: []) }
        } catch {
            trail.note(error)
        }
        return trail.failures
    }
}

extension EvaluationContext {
    func applying(_ modifiers: [Modifier], _ value: (Int32) -> Value) -> EvaluationContext {
        var input = input
        var data = data
        var hidden = hidden
        var mocks = mocks
        for modifier in modifiers {
            switch modifier.kind {
            case .input(let path): input = Value.setting(path[...], in: input, to: value(modifier.operand))
            case .data(let path):
                data = Value.setting(path[...], in: data, to: value(modifier.operand))
                hidden.append(path)
            case .functionByValue(let target): mocks.append(.value(target, value(modifier.operand)))
            case .functionByFunction(let target, let other): mocks.append(.function(target, other))
            }
        }
        return EvaluationContext(input: input, data: data, hidden: hidden, mocks: mocks)
    }
}
