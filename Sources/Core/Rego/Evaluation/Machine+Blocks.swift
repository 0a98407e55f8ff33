// Iterations, closures and modifiers: what runs the rest of a body more than once, or somewhere else.

extension Machine {
    func comprehend(_ i: Instruction, _ pc: Int, _ f: inout Activation) throws(EvaluationError) {
        f.collectors[Int(i.a)] = []
        // What ends the iteration inside is not what makes the rule fail.
        let furthest = (f.failed, f.failedValues)
        _ = try nested(pc + 1, &f)
        (f.failed, f.failedValues) = furthest
        let items = f.collectors[Int(i.a)]
        f.collectors[Int(i.a)] = []
        switch i.c {
        case 0: f.slots[Int(i.d)] = .array(items)
        case 1: f.slots[Int(i.d)] = .set(SetValue(items))
        default: f.slots[Int(i.d)] = try object(items, f, i)
        }
    }

    func every(_ i: Instruction, _ pc: Int, _ f: inout Activation) throws(EvaluationError) -> Bool {
        switch f.value(i.a) {
        case .array(let items):
            for index in items.indices {
                if i.b >= 0 { f.slots[Int(i.b)] = .int(index) }
                f.slots[Int(i.c)] = items[index]
                guard try nested(pc + 1, &f) else { return false }
            }
        case .set(let set):
            for element in set.elements {
                if i.b >= 0 { f.slots[Int(i.b)] = element }
                f.slots[Int(i.c)] = element
                guard try nested(pc + 1, &f) else { return false }
            }
        case .object(let object):
            for index in 0..<object.count {
                if i.b >= 0 { f.slots[Int(i.b)] = object.keys[index] }
                f.slots[Int(i.c)] = object.values[index]
                guard try nested(pc + 1, &f) else { return false }
            }
        case .null, .bool, .int, .decimal, .string: return false
        }
        return true
    }

    func scan(_ i: Instruction, _ pc: Int, _ f: inout Activation) throws(EvaluationError) -> Bool {
        switch f.value(i.a) {
        case .array(let items):
            for index in items.indices {
                if i.b >= 0 { f.slots[Int(i.b)] = .int(index) }
                if i.c >= 0 { f.slots[Int(i.c)] = items[index] }
                if try nested(pc + 1, &f) { return true }
            }
        case .set(let set):
            for element in set.elements {
                if i.b >= 0 { f.slots[Int(i.b)] = element }
                if i.c >= 0 { f.slots[Int(i.c)] = element }
                if try nested(pc + 1, &f) { return true }
            }
        case .object(let object):
            for index in 0..<object.count {
                if i.b >= 0 { f.slots[Int(i.b)] = object.keys[index] }
                if i.c >= 0 { f.slots[Int(i.c)] = object.values[index] }
                if try nested(pc + 1, &f) { return true }
            }
        case .null, .bool, .int, .decimal, .string: break
        }
        return failed(i, &f)
    }

    // MARK: Modifiers

    func enter(_ i: Instruction, _ pc: Int, _ f: inout Activation) throws(EvaluationError) -> Bool {
        let outer = context
        for modifier in f.unit.modifiers[Int(i.a)] {
            switch modifier.kind {
            case .input(let path): try chargeCopy(outer.input?.membersOnWay(path) ?? 0)
            case .data(let path): try chargeCopy(outer.data.membersOnWay(path))
            case .functionByValue, .functionByFunction: break
            }
        }
        outerContexts.append(outer)
        context = outer.applying(f.unit.modifiers[Int(i.a)]) { f.value($0) }
        let found = try nested(pc + 1, &f)
        context = outer
        outerContexts.removeLast()
        return found
    }

    /// The rest of the body is outside of the modifier again, but inside of its loop.
    func leave(_ pc: Int, _ f: inout Activation) throws(EvaluationError) -> Bool {
        let inner = context
        let outer = outerContexts.removeLast()
        context = outer
        let found = try nested(pc + 1, &f)
        outerContexts.append(outer)
        context = inner
        return found
    }
}
