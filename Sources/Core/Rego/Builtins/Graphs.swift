// Walking values and graphs.

extension Builtins {
    static let graphs: [Builtin] = [
        Builtin("walk", [.any], .array, isRelation: true) { (arguments, context) throws(BuiltinError) in
            var found: [Value] = []
            try walk(arguments[0], [], &found, &context)
            return .array(found)
        },
        Builtin("graph.reachable", [.object, .collection], .set) { (arguments, context) throws(BuiltinError) in
            let graph = try arguments.object(0)
            var queue = try arguments.elements(1)
            var reached: Set<Value> = []
            while let node = queue.popLast() {
                guard let edges = graph[node], reached.insert(node).inserted else { continue }
                try context.charge(1 + neighbours(edges).count)
                queue += neighbours(edges)
            }
            return .set(SetValue(Array(reached)))
        },
        Builtin("graph.reachable_paths", [.object, .collection], .set) { (arguments, context) throws(BuiltinError) in
            let graph = try arguments.object(0)
            var paths: [Value] = []
            for node in try arguments.elements(1) where graph[node] != nil {
                try follow(node, [], graph, &paths, &context)
            }
            return .set(SetValue(paths))
        },
    ]

    private static func neighbours(_ edges: Value) -> [Value] {
        switch edges {
        case .array(let items): items
        case .set(let set): set.elements
        default: []
        }
    }

    /// Each value with the path to it, the outermost first.
    private static func walk(
        _ value: Value, _ path: [Value], _ found: inout [Value], _ context: inout BuiltinContext
    ) throws(BuiltinError) {
        try context.charge(1 + path.count / 4)
        found.append(.array([.array(path), value]))
        switch value {
        case .array(let items):
            for (index, item) in items.enumerated() { try walk(item, path + [.int(index)], &found, &context) }
        case .set(let set): for element in set.elements { try walk(element, path + [element], &found, &context) }
        case .object(let object):
            for (key, member) in object.members { try walk(member, path + [key], &found, &context) }
        case .null, .bool, .int, .decimal, .string: break
        }
    }

    /// A path ends where there is no way on: no edge, an edge out of the graph, or one back onto the path.
    private static func follow(
        _ node: Value, _ before: [Value], _ graph: ObjectValue, _ paths: inout [Value],
        _ context: inout BuiltinContext
    ) throws(BuiltinError) {
        let path = before + [node]
        try context.charge(path.count)
        let next = graph[node].map { neighbours($0) } ?? []
        if next.isEmpty { paths.append(.array(path)) }
        for neighbour in next {
            if graph[neighbour] == nil || path.contains(neighbour) {
                paths.append(.array(path))
            } else {
                guard path.count < 256 else { throw .failed("a path longer than 256 nodes") }
                try follow(neighbour, path, graph, &paths, &context)
            }
        }
    }
}
