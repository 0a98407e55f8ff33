// `data`: base documents and what rules define, merged; and walking through both when the path is known only now.

extension Machine {
    /// Everything under a tree node: base data, overlaid by what rules define. Where a rule is undefined the base shows.
    func extent(ofNode index: Int) throws(EvaluationError) -> Value? {
        let node = program.tree.nodes[index]
        let base = context.data.lookup(path: node.path)
        if context.hides(node.path) { return base }
        return try extent(index, base)
    }

    private func extent(_ index: Int, _ base: Value?) throws(EvaluationError) -> Value {
        let node = program.tree.nodes[index]
        var members: [(Value, Value)] = []
        if case .object(let object) = base {
            try chargeCopy(object.count)
            members = object.members
        }
        for key in node.sortedKeys {
            // `data.system` is the engine's own and no part of `data` as a whole.
            if index == 0, case .string("system") = key { continue }
            guard let child = node.children[key] else { continue }
            if let group = program.tree.nodes[child].group {
                if let value = try value(ofGroup: group) { members.append((key, value)) }
            } else if context.hides(program.tree.nodes[child].path) {
                continue
            } else {
                members.append((key, try extent(child, base?.lookup(key))))
            }
        }
        return .object(ObjectValue(replacing: members))
    }

    // A cursor is two slots: its state and its base value. The state is −1 where only the value counts, else
    // `node × 2`, plus 1 when there is base data.

    private func setCursor(_ slot: Int32, node: Int, base: Value?, _ f: Activation) {
        f.slots[Int(slot)] = .int(node << 1 | (base == nil ? 0 : 1))
        f.slots[Int(slot) + 1] = base ?? .null
    }

    private func setCursor(_ slot: Int32, value: Value, _ f: Activation) {
        f.slots[Int(slot)] = .int(-1)
        f.slots[Int(slot) + 1] = value
    }

    private func cursor(_ slot: Int32, _ f: Activation) -> (node: Int?, base: Value?) {
        guard case .int(let state) = f.slots[Int(slot)], state >= 0 else { return (nil, f.slots[Int(slot) + 1]) }
        return (state >> 1, state & 1 == 1 ? f.slots[Int(slot) + 1] : nil)
    }

    func startCursor(_ i: Instruction, _ f: Activation) {
        let node = program.tree.nodes[Int(i.b)]
        let base = context.data.lookup(path: node.path)
        if context.hides(node.path) {
            setCursor(i.a, value: base ?? .null, f)
        } else {
            setCursor(i.a, node: Int(i.b), base: base, f)
        }
    }

    func moveCursor(_ i: Instruction, _ f: Activation) throws(EvaluationError) -> Bool {
        let (node, base) = cursor(i.b, f)
        return try moveCursor(to: f.value(i.c), node, base, into: i.a, f)
    }

    private func moveCursor(
        to key: Value, _ node: Int?, _ base: Value?, into slot: Int32, _ f: Activation
    ) throws(EvaluationError) -> Bool {
        if let node, let child = program.tree.nodes[node].children[key],
            !context.hides(program.tree.nodes[child].path)
        {
            guard let group = program.tree.nodes[child].group else {
                setCursor(slot, node: child, base: base?.lookup(key), f)
                return true
            }
            guard let value = try value(ofGroup: group) else { return false }
            setCursor(slot, value: value, f)
            return true
        }
        guard let value = base?.lookup(key) else { return false }
        setCursor(slot, value: value, f)
        return true
    }

    func scanCursor(_ i: Instruction, _ pc: Int, _ f: inout Activation) throws(EvaluationError) -> Bool {
        let (node, base) = cursor(i.b, f)
        for key in keys(node, base) {
            guard try moveCursor(to: key, node, base, into: i.a, f) else { continue }
            if i.c >= 0 { f.slots[Int(i.c)] = key }
            if try nested(pc + 1, &f) { return true }
        }
        return failed(i, &f)
    }

    /// Keys of both, each once, in total order.
    private func keys(_ node: Int?, _ base: Value?) -> [Value] {
        var keys: [Value] =
            switch base {
            case .object(let object): object.keys
            case .array(let items): items.indices.map { .int($0) }
            case .set(let set): set.elements
            default: []
            }
        if let node { keys = SetValue(keys + program.tree.nodes[node].sortedKeys).elements }
        return keys
    }

    func finishCursor(_ i: Instruction, _ f: Activation) throws(EvaluationError) -> Value? {
        let (node, base) = cursor(i.b, f)
        guard let node else { return base }
        return try extent(node, base)
    }
}
