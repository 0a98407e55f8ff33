// Builtins on objects: look-up, choice of keys, union, subset.

extension Builtins {
    static let objects: [Builtin] = [
        Builtin("object.get", [.object, .any, .any], .any) { (arguments, _) throws(BuiltinError) in
            let object = Value.object(try arguments.object(0))
            if case .array(let path) = arguments[1] { return object.lookup(path: path) ?? arguments[2] }
            return object.lookup(arguments[1]) ?? arguments[2]
        },
        Builtin("object.keys", [.object], .set) { (arguments, _) throws(BuiltinError) in
            .set(SetValue(sorted: try arguments.object(0).keys))
        },
        Builtin("object.remove", [.object, .iterable], .object) { (arguments, _) throws(BuiltinError) in
            let object = try arguments.object(0)
            let keys = try keys(arguments, 1)
            return .object(filter(object) { !keys.contains($0) })
        },
        Builtin("object.filter", [.object, .iterable], .object) { (arguments, _) throws(BuiltinError) in
            let object = try arguments.object(0)
            let keys = try keys(arguments, 1)
            return .object(filter(object) { keys.contains($0) })
        },
        Builtin("object.union", [.object, .object], .object) { (arguments, context) throws(BuiltinError) in
            let left = try arguments.object(0)
            let right = try arguments.object(1)
            try context.charge(left.count + right.count)
            return .object(merge(left, right))
        },
        Builtin("object.union_n", [.array], .object) { (arguments, context) throws(BuiltinError) in
            var merged = ObjectValue(sortedKeys: [], values: [])
            for item in try arguments.array(0) {
                guard case .object(let object) = item else {
                    throw BuiltinError(
                        kind: .type,
                        message: "operand 1 must be array of objects but got array containing \(item.kind.name)")
                }
                try context.charge(merged.count + object.count)
                merged = merge(merged, object)
            }
            return .object(merged)
        },
        Builtin("object.subset", [.iterable, .iterable], .boolean) { (arguments, context) throws(BuiltinError) in
            switch (arguments[0], arguments[1]) {
            case (.object(let whole), .object(let part)): return .bool(holds(whole, part))
            case (.set(let whole), .set(let part)): return .bool(part.elements.allSatisfy { whole.contains($0) })
            case (.array(let whole), .array(let part)):
                try context.charge(whole.count * max(part.count, 1) / 8)
                return .bool(holds(whole, part))
            case (.array(let whole), .set(let part)):
                try context.charge(whole.count * max(part.count, 1) / 8)
                return .bool(part.elements.allSatisfy { whole.contains($0) })
            default:
                throw BuiltinError(
                    kind: .type,
                    message: "both arguments object.subset must be of the same type or array and set")
            }
        },
    ]

    /// Keys of an object, elements of a set or array.
    private static func keys(_ arguments: BuiltinArguments, _ index: Int) throws(BuiltinError) -> SetValue {
        switch arguments[index] {
        case .object(let object): return SetValue(sorted: object.keys)
        case .set(let set): return set
        case .array(let items): return SetValue(items)
        default: throw arguments.wrong(index, .iterable)
        }
    }

    private static func filter(_ object: ObjectValue, _ keeps: (Value) -> Bool) -> ObjectValue {
        let kept = object.members.filter { keeps($0.0) }
        return ObjectValue(sortedKeys: kept.map(\.0), values: kept.map(\.1))
    }

    /// Objects within objects are merged, everything else is replaced by the right.
    static func merge(_ left: ObjectValue, _ right: ObjectValue) -> ObjectValue {
        var members = left.members
        for (key, value) in right.members {
            if case .object(let theirs) = value, case .object(let mine) = left[key] {
                members.append((key, .object(merge(mine, theirs))))
            } else {
                members.append((key, value))
            }
        }
        return ObjectValue(replacing: members)
    }

    private static func holds(_ whole: Value, _ part: Value) -> Bool {
        switch (whole, part) {
        case (.object(let whole), .object(let part)): holds(whole, part)
        case (.set(let whole), .set(let part)): part.elements.allSatisfy { whole.contains($0) }
        case (.array(let whole), .array(let part)): holds(whole, part)
        default: whole == part
        }
    }

    private static func holds(_ whole: ObjectValue, _ part: ObjectValue) -> Bool {
        part.members.allSatisfy { key, value in whole[key].map { holds($0, value) } ?? false }
    }

    /// An array is part of another when it stands in it as a run.
    private static func holds(_ whole: [Value], _ part: [Value]) -> Bool {
        if part.isEmpty { return true }
        guard part.count <= whole.count else { return false }
        return (0...(whole.count - part.count)).contains { whole[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
