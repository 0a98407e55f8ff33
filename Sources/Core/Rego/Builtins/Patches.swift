// json.filter, json.remove, json.patch.

extension Builtins {
    static let patches: [Builtin] = [
        Builtin("json.filter", [.object, .collection], .object) { (arguments, _) throws(BuiltinError) in
            let paths = try PathTree(arguments, 1)
            return paths.filter(.object(try arguments.object(0))) ?? .emptyObject
        },
        Builtin("json.remove", [.object, .collection], .object) { (arguments, _) throws(BuiltinError) in
            let object = Value.object(try arguments.object(0))
            return try PathTree(arguments, 1).remove(from: object) ?? .emptyObject
        },
        Builtin("json.patch", [.any, .array], .any) { (arguments, context) throws(BuiltinError) in
            var value = arguments[0]
            for operation in try arguments.array(1) {
                try context.charge(16)
                value = try JSONPatch(operation).apply(to: value)
            }
            return value
        },
    ]
}

/// Paths as a tree: where one ends, everything below it is meant.
private struct PathTree {
    private var children: [Value: PathTree] = [:]
    private var isEnd = false

    private init() {}

    init(_ arguments: BuiltinArguments, _ index: Int) throws(BuiltinError) {
        let items: [Value]
        switch arguments[index] {
        case .array(let list): items = list
        case .set(let set): items = set.elements
        default:
            throw BuiltinError(
                kind: .type,
                message: "operand \(index + 1) must be one of {set, array} but got \(arguments[index].kind.name)")
        }
        for item in items { insert(try JSONPatch.path(item, operand: index + 1)[...]) }
    }

    private mutating func insert(_ path: ArraySlice<Value>) {
        guard let key = path.first else {
            isEnd = true
            return
        }
        children[key, default: PathTree()].insert(path.dropFirst())
    }

    /// Positions in arrays are written as text in paths.
    private func child(_ key: Value, position: Int? = nil) -> PathTree? {
        children[key] ?? position.flatMap { children[.string(String($0))] }
    }

    func filter(_ value: Value) -> Value? {
        if isEnd { return value }
        switch value {
        case .object(let object):
            var kept: [(Value, Value)] = []
            for (key, member) in object.members {
                if let part = child(key)?.filter(member) { kept.append((key, part)) }
            }
            return .object(ObjectValue(replacing: kept))
        case .array(let items):
            return .array(
                items.enumerated().compactMap { child(.int($0.offset), position: $0.offset)?.filter($0.element) })
        case .set(let set): return .set(SetValue(set.elements.compactMap { child($0)?.filter($0) }))
        default: return nil
        }
    }

    func remove(from value: Value) -> Value? {
        if isEnd { return nil }
        switch value {
        case .object(let object):
            var kept: [(Value, Value)] = []
            for (key, member) in object.members {
                guard let below = child(key) else {
                    kept.append((key, member))
                    continue
                }
                if let rest = below.remove(from: member) { kept.append((key, rest)) }
            }
            return .object(ObjectValue(replacing: kept))
        case .array(let items):
            return .array(
                items.enumerated().compactMap { offset, item in
                    guard let below = child(.int(offset), position: offset) else { return item }
                    return below.remove(from: item)
                })
        case .set(let set):
            return .set(
                SetValue(
                    set.elements.compactMap { element in
                        guard let below = child(element) else { return element }
                        return below.remove(from: element)
                    }))
        default: return value
        }
    }
}

/// One operation of RFC 6902. Sets are patched by naming the element.
private struct JSONPatch {
    private let name: String
    private let path: [Value]
    private let from: [Value]
    private let value: Value?

    init(_ operation: Value) throws(BuiltinError) {
        guard case .object(let object) = operation else {
            throw BuiltinError(kind: .type, message: "operand 2 must be array of objects")
        }
        guard case .string(let name)? = object[.string("op")] else { throw .failed("patch without op") }
        guard let path = object[.string("path")] else { throw .failed("patch without path") }
        self.name = name
        self.path = try JSONPatch.path(path, operand: 2)
        from =
            try object[.string("from")].map { (value) throws(BuiltinError) in try JSONPatch.path(value, operand: 2) }
            ?? []
        value = object[.string("value")]
    }

    /// `/a/b` with JSON pointer escapes, or an array of keys.
    static func path(_ value: Value, operand: Int) throws(BuiltinError) -> [Value] {
        switch value {
        case .array(let keys): return keys
        case .string(let text):
            if text.isEmpty { return [] }
            let trimmed = text.drop { $0 == "/" }
            return trimmed.split(separator: "/", omittingEmptySubsequences: false).map { part in
                .string(Bytes.replace("~0", by: "~", in: Bytes.replace("~1", by: "/", in: String(part))))
            }
        default:
            throw BuiltinError(
                kind: .type,
                message: "operand \(operand) must be one of {set, array} containing string paths or array of path "
                    + "segments but got \(value.kind.name)")
        }
    }

    func apply(to root: Value) throws(BuiltinError) -> Value {
        switch name {
        case "add": return try add(try needed(), at: path[...], in: root)
        case "remove": return try change(path[...], in: root) { _ in nil }
        case "replace":
            let value = try needed()
            if path.isEmpty { return value }
            let without = try change(path[...], in: root) { _ in nil }
            return try add(value, at: path[...], in: without)
        case "test":
            guard root.lookup(pointer: path) == (try needed()) else {
                throw .failed("value from EvalPath does not match")
            }
            return root
        case "copy", "move":
            guard let moved = root.lookup(pointer: from) else { throw .failed("patch from a path that is not there") }
            let rest = name == "move" ? try change(from[...], in: root) { _ in nil } : root
            return try add(moved, at: path[...], in: rest)
        default: throw .failed("unknown patch operation \(name)")
        }
    }

    private func needed() throws(BuiltinError) -> Value {
        guard let value else { throw .failed("patch without value") }
        return value
    }

    private func add(_ new: Value, at path: ArraySlice<Value>, in root: Value) throws(BuiltinError) -> Value {
        guard let key = path.first else { return new }
        if path.count > 1 {
            return try change([key], in: root) { (child) throws(BuiltinError) in
                try add(new, at: path.dropFirst(), in: child)
            }
        }
        switch root {
        case .object(let object): return .object(object.setting(key, to: new))
        case .set(let set):
            guard key == new else { throw .failed("a set's element is its own path") }
            return .set(SetValue(set.elements + [new]))
        case .array(var items):
            guard let place = key == .string("-") ? items.count : key.position, place <= items.count else {
                throw .failed("patch beyond the end of an array")
            }
            items.insert(new, at: place)
            return .array(items)
        default: throw .failed("patch into a \(root.kind.name)")
        }
    }

    /// Replaces what is at a path by what `change` makes of it; nil removes it.
    private func change(
        _ path: ArraySlice<Value>, in root: Value, _ change: (Value) throws(BuiltinError) -> Value?
    ) throws(BuiltinError) -> Value {
        guard let key = path.first else { return try change(root) ?? .null }
        guard let child = root.lookup(pointer: [key]) else { throw .failed("patch of a path that is not there") }
        let changed = path.count > 1 ? try self.change(path.dropFirst(), in: child, change) : try change(child)
        switch root {
        case .object(let object):
            let others = object.members.filter { $0.0 != key }
            return .object(ObjectValue(replacing: others + (changed.map { [(key, $0)] } ?? [])))
        case .set(let set):
            return .set(SetValue(set.elements.filter { $0 != child } + (changed.map { [$0] } ?? [])))
        case .array(var items):
            guard let place = key.position else { throw .failed("patch of a path that is not there") }
            if let changed { items[place] = changed } else { items.remove(at: place) }
            return .array(items)
        default: throw .failed("patch into a \(root.kind.name)")
        }
    }
}

extension Value {
    /// An array position, as a number or as text without leading zeros.
    fileprivate var position: Int? {
        switch self {
        case .int(let place): return place >= 0 ? place : nil
        case .string(let text):
            guard text.utf8.allSatisfy({ (48...57).contains($0) }), text == "0" || !text.hasPrefix("0") else {
                return nil
            }
            return Int(text)
        default: return nil
        }
    }

    fileprivate func lookup(pointer path: [Value]) -> Value? {
        var value = self
        for key in path {
            if case .array = value {
                guard let place = key.position, let item = value.lookup(.int(place)) else { return nil }
                value = item
            } else {
                guard let member = value.lookup(key) else { return nil }
                value = member
            }
        }
        return value
    }
}
