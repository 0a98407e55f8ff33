// Terms to operands: constants, slots, references that look up or iterate, calls, collections, closures.

extension Emitter {
    /// Emits what computes a term and returns where its value is. Variables in references are bound by iterating.
    mutating func operand(_ term: Resolved) throws(NotReady) -> Int32 {
        switch term.node {
        case .constant(let value): return constant(value)
        case .local(let variable):
            guard isBound(variable) else { throw NotReady(variable: variable, span: term.span) }
            return slot(variable)
        case .reference(let base, let operands): return try reference(base, operands, term.span)
        case .call(let target, let arguments): return try call(target, arguments)
        case .array(let items): return try collection(.makeArray, items)
        case .set(let items): return try collection(.makeSet, items)
        case .object(let members): return try collection(.makeObject, members.flatMap { [$0.key, $0.value] })
        case .comprehension(let kind, let key, let value, let body):
            return try comprehension(kind, key, value, body)
        case .template(let pieces): return try template(pieces)
        case .slot(let slot): return slot
        }
    }

    /// Operands of several terms. One may bind a variable that another uses, in either order.
    mutating func all(_ terms: [Resolved]) throws(NotReady) -> [Int32] {
        var found = [Int32?](repeating: nil, count: terms.count)
        var left = terms.count
        while left > 0 {
            var failure: NotReady?
            let before = left
            for (index, term) in terms.enumerated() where found[index] == nil {
                let state = mark()
                do throws(NotReady) {
                    found[index] = try operand(term)
                    left -= 1
                } catch {
                    reset(to: state)
                    failure = failure ?? error
                }
            }
            if left == before, let failure { throw failure }
        }
        return found.compactMap { $0 }
    }

    private mutating func collection(_ operation: Operation, _ items: [Resolved]) throws(NotReady) -> Int32 {
        let operands = try all(items)
        let result = temporary()
        emit(operation, result, list(operands), Int32(operands.count))
        return result
    }

    private mutating func call(_ target: Target, _ arguments: [Resolved]) throws(NotReady) -> Int32 {
        // With another number of arguments it is refused, but not before this.
        if arguments.count == 2, target == Builtins.membership.map({ .builtin($0) }),
            let known = membership(in: arguments[1])
        {
            let element = try operand(arguments[0])
            let result = temporary()
            memberships.append(known)
            emit(.isIn, result, element, Int32(memberships.count - 1))
            return result
        }
        let operands = try all(arguments)
        let result = temporary()
        switch target {
        case .builtin(let index):
            emit(Builtins.all[index].isRelation ? .relation : .builtin, result, Int32(index), list(operands))
        case .function(let group): emit(.function, result, Int32(group), list(operands))
        }
        return result
    }

    /// A collection that is written out, stands in base data or is the value of a rule without conditions.
    private func membership(in collection: Resolved) -> Membership? {
        guard let known else { return nil }
        switch collection.node {
        case .constant(let value): return Membership(path: [], collection: value)
        case .reference(.data, let operands):
            let path = operands.compactMap(\.constantValue)
            let place = tree.walk(path)
            guard path.count == operands.count, !path.isEmpty else { return nil }
            if let group = tree.nodes[place.node].group {
                guard place.used == path.count, let value = tree.constantValue(ofGroup: group) else { return nil }
                return known.membership(path, in: value)
            }
            guard place.leftTree, let value = known.data.lookup(path: path) else { return nil }
            return known.membership(path, in: value)
        default: return nil
        }
    }

    private mutating func comprehension(
        _ kind: Comprehension.Kind, _ key: Resolved?, _ value: Resolved, _ body: ResolvedBody
    ) throws(NotReady) -> Int32 {
        try needCaptures(body)
        let result = temporary()
        let collector = self.collector()
        let code: Int32 = kind == .array ? 0 : kind == .set ? 1 : 2
        let start = emit(.comprehension, collector, 0, code, result)
        emitInner(body) { emitter in
            do throws(NotReady) {
                let key = try key.map { (key) throws(NotReady) in try emitter.operand(key) }
                let value = try emitter.operand(value)
                if let key {
                    emitter.emit(.collectMember, collector, key, value)
                } else {
                    emitter.emit(.collect, collector, value)
                }
            } catch {
                // The head is lifted into the body, so the body has reported it.
                emitter.noteUnsafeHead(error)
            }
        }
        patch(start, \.b)
        return result
    }

    mutating func noteUnsafeHead(_ missing: NotReady) {
        guard errors.isEmpty else { return }
        errors.add(.unsafeVar, "var \(unit.names[missing.variable]) is unsafe", unit.source, missing.span)
    }

    private mutating func template(_ pieces: [TemplatePiece]) throws(NotReady) -> Int32 {
        var operands: [Int32] = []
        for piece in pieces {
            switch piece {
            case .text(let text): operands.append(constant(.string(text)))
            case .expression(let term): operands.append(try operand(term))
            }
        }
        let result = temporary()
        emit(.template, result, list(operands), Int32(operands.count))
        return result
    }

    // MARK: References

    private mutating func reference(
        _ base: Resolved.Base, _ operands: [Resolved], _ span: Span
    ) throws(NotReady) -> Int32 {
        switch base {
        case .input:
            let keys = operands.prefix { $0.isConstant }
            let start = temporary()
            emit(.input, start, path(keys.compactMap(\.constantValue)))
            return try follow(operands.dropFirst(keys.count), from: start)
        case .data: return try dataReference(operands, span)
        case .local(let variable):
            guard isBound(variable) else { throw NotReady(variable: variable, span: span) }
            return try follow(operands[...], from: slot(variable))
        case .term(let term): return try follow(operands[...], from: operand(term))
        }
    }

    /// Looks up or iterates, operand by operand, in a value.
    private mutating func follow(_ operands: ArraySlice<Resolved>, from start: Int32) throws(NotReady) -> Int32 {
        var value = start
        for operand in operands {
            let next = temporary()
            if canIterate(operand) {
                let key = keySlot(operand)
                emit(.scan, value, key, next)
                try match(operand, key)
            } else {
                emit(.get, next, value, try self.operand(operand))
            }
            value = next
        }
        return value
    }

    /// An operand that is bound by iterating: a variable without value, or a pattern that holds one.
    private func canIterate(_ operand: Resolved) -> Bool {
        switch operand.node {
        case .local(let variable): !isBound(variable)
        case .array(let items): items.contains { canIterate($0) }
        case .object(let members): members.contains { canIterate($0.value) }
        default: false
        }
    }

    private mutating func keySlot(_ operand: Resolved) -> Int32 {
        if case .local(let variable) = operand.node { return slot(variable) }
        return temporary()
    }

    private mutating func dataReference(_ operands: [Resolved], _ span: Span) throws(NotReady) -> Int32 {
        let keys = operands.prefix { $0.isConstant }.compactMap(\.constantValue)
        let place = tree.walk(keys)
        let rest = operands.dropFirst(place.used)
        if let group = tree.nodes[place.node].group {
            if case .function = tree.groups[group].kind {
                errors.add(.type, "function \(tree.name(of: group)) must be called", unit.source, span)
            }
            let value = temporary()
            emit(.rule, value, Int32(group))
            return try follow(rest, from: value)
        }
        if place.leftTree {
            let value = temporary()
            emit(.base, value, path(keys))
            return try follow(operands.dropFirst(keys.count), from: value)
        }
        guard !rest.isEmpty else {
            let value = temporary()
            emit(.extent, value, Int32(place.node))
            return value
        }
        return try followCursor(rest, from: place.node)
    }

    /// A reference whose path through packages and rules is known only when it is evaluated.
    private mutating func followCursor(_ operands: ArraySlice<Resolved>, from node: Int) throws(NotReady) -> Int32 {
        var cursor = temporary(2)
        emit(.cursor, cursor, Int32(node))
        for operand in operands {
            let next = temporary(2)
            if canIterate(operand) {
                let key = keySlot(operand)
                emit(.cursorScan, next, cursor, key)
                try match(operand, key)
            } else {
                emit(.cursorGet, next, cursor, try self.operand(operand))
            }
            cursor = next
        }
        let value = temporary()
        emit(.cursorEnd, value, cursor)
        return value
    }
}

extension Resolved {
    var isConstant: Bool { constantValue != nil }

    var constantValue: Value? {
        if case .constant(let value) = node { return value }
        return nil
    }
}
