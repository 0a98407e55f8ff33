// Arrays and sets.

extension Builtins {
    static let collections: [Builtin] = [
        Builtin("array.concat", [.array, .array], .array) { (arguments, context) throws(BuiltinError) in
            let joined = try arguments.array(0) + arguments.array(1)
            try context.charge(joined.count)
            return .array(joined)
        },
        Builtin("array.slice", [.array, .number, .number], .array) { (arguments, _) throws(BuiltinError) in
            let items = try arguments.array(0)
            let first = max(0, try arguments.int(1))
            let end = min(items.count, try arguments.int(2))
            return .array(first < end ? Array(items[first..<end]) : [])
        },
        Builtin("array.reverse", [.array], .array) { (arguments, _) throws(BuiltinError) in
            .array(try arguments.array(0).reversed())
        },
        Builtin("array.flatten", [.array], .array) { (arguments, context) throws(BuiltinError) in
            var flat: [Value] = []
            for item in try arguments.array(0) {
                if case .array(let inner) = item { flat += inner } else { flat.append(item) }
            }
            try context.charge(flat.count)
            return .array(flat)
        },
        Builtin("union", [.set], .set) { (arguments, context) throws(BuiltinError) in
            var elements: [Value] = []
            for set in try sets(arguments) { elements += set.elements }
            try context.charge(elements.count)
            return .set(SetValue(elements))
        },
        Builtin("intersection", [.set], .set) { (arguments, _) throws(BuiltinError) in
            let sets = try sets(arguments)
            guard let first = sets.first else { return .emptySet }
            return .set(sets.dropFirst().reduce(first) { $0.intersection($1) })
        },
    ]

    private static func sets(_ arguments: BuiltinArguments) throws(BuiltinError) -> [SetValue] {
        var sets: [SetValue] = []
        for element in try arguments.set(0).elements {
            guard case .set(let set) = element else {
                throw BuiltinError(
                    kind: .type, message: "operand 1 must be set of sets but got set containing \(element.kind.name)")
            }
            sets.append(set)
        }
        return sets
    }
}
