// Terms: each gives all its values. No value means undefined; an error of a builtin means undefined too.

extension NaiveEvaluator {
    func evaluate(_ term: Expression, _ bindings: Bindings) throws(Conflict) -> Solutions {
        switch term {
        case .constant(let value): return [(value, bindings)]
        case .variable(let name): return bindings[name].map { [($0, bindings)] } ?? []
        case .wildcard: return []
        case .reference(let base, let operands): return try reference(base, operands, bindings)
        case .call(let name, let arguments):
            let substitute = replaced[[name]]
            return try all(arguments, bindings).compactMap { values, bindings in
                if case .value(let value) = substitute { return (value, bindings) }
                return NaiveBuiltins.call(name, values).map { ($0, bindings) }
            }
        case .apply(let path, let arguments):
            var found: Solutions = []
            for (values, bindings) in try all(arguments, bindings) {
                if let value = try call(path, values) { found.append((value, bindings)) }
            }
            return found
        case .array(let items): return try all(items, bindings).map { (.array($0.0), $0.1) }
        case .set(let items): return try all(items, bindings).map { (.set(Set($0.0)), $0.1) }
        case .object(let members):
            var found: Solutions = []
            for (values, bindings) in try all(members.flatMap { [$0.key, $0.value] }, bindings) {
                found.append((.object(try object(values)), bindings))
            }
            return found
        case .arrayComprehension(let value, let body):
            return [(.array(try collect([value], body, bindings).map { $0[0] }), bindings)]
        case .setComprehension(let value, let body):
            return [(.set(Set(try collect([value], body, bindings).map { $0[0] })), bindings)]
        case .objectComprehension(let key, let value, let body):
            return [(.object(try object(collect([key, value], body, bindings).flatMap { $0 })), bindings)]
        }
    }

    func all(
        _ terms: [Expression], _ bindings: Bindings
    ) throws(Conflict) -> [(values: [Plain], bindings: Bindings)] {
        var found: [(values: [Plain], bindings: Bindings)] = [([], bindings)]
        for term in terms {
            var next: [(values: [Plain], bindings: Bindings)] = []
            for (values, bindings) in found {
                for solution in try evaluate(term, bindings) {
                    next.append((values + [solution.value], solution.bindings))
                }
            }
            found = next
        }
        return found
    }

    private func collect(_ head: [Expression], _ body: [Literal], _ bindings: Bindings) throws(Conflict) -> [[Plain]] {
        var found: [[Plain]] = []
        for bindings in try solve(body[...], bindings) { found += try all(head, bindings).map(\.values) }
        return found
    }

    /// Keys and values in turn.
    private func object(_ values: [Plain]) throws(Conflict) -> [Plain: Plain] {
        var object: [Plain: Plain] = [:]
        for index in stride(from: 0, to: values.count, by: 2) {
            if let known = object.updateValue(values[index + 1], forKey: values[index]), known != values[index + 1] {
                throw Conflict()
            }
        }
        return object
    }

    private func reference(
        _ base: Expression.Base, _ operands: [Expression], _ bindings: Bindings
    ) throws(Conflict) -> Solutions {
        var operands = operands[...]
        var start: Plain?
        switch base {
        case .input: start = input
        case .variable(let name): start = bindings[name]
        case .data:
            var path: Path = []
            while case .constant(.string(let name)) = operands.first {
                path.append(name)
                operands.removeFirst()
            }
            start = try document(path)
        }
        guard let start else { return [] }
        var found: Solutions = [(start, bindings)]
        for operand in operands {
            found = found.flatMap { solution in
                switch operand {
                case .constant(let key): return solution.value[key].map { [($0, solution.bindings)] } ?? []
                case .variable(let name):
                    if let key = solution.bindings[name] {
                        return solution.value[key].map { [($0, solution.bindings)] } ?? []
                    }
                    return solution.value.members.map { ($0.value, solution.bindings.merging([name: $0.key]) { $1 }) }
                default: return solution.value.members.map { ($0.value, solution.bindings) }
                }
            }
        }
        return found
    }
}

/// The builtins that generated policies call.
enum NaiveBuiltins {
    static func call(_ name: String, _ values: [Plain]) -> Plain? {
        switch (name, values.first ?? .null, values.count > 1 ? values[1] : .null) {
        case ("neq", let a, let b): .bool(a != b)
        case ("lt", let a, let b): .bool(a.isLess(than: b))
        case ("lte", let a, let b): .bool(a == b || a.isLess(than: b))
        case ("gt", let a, let b): .bool(b.isLess(than: a))
        case ("gte", let a, let b): .bool(a == b || b.isLess(than: a))
        case ("plus", .number(let a), .number(let b)): .number(a + b)
        case ("minus", .number(let a), .number(let b)): .number(a - b)
        case ("minus", .set(let a), .set(let b)): .set(a.subtracting(b))
        case ("mul", .number(let a), .number(let b)): .number(a * b)
        case ("or", .set(let a), .set(let b)): .set(a.union(b))
        case ("and", .set(let a), .set(let b)): .set(a.intersection(b))
        case ("internal.member_2", let wanted, let domain): .bool(domain.members.contains { $0.value == wanted })
        case ("count", .string(let text), _): .number(text.unicodeScalars.count)
        case ("count", .array(let items), _): .number(items.count)
        case ("count", .set(let items), _): .number(items.count)
        case ("count", .object(let items), _): .number(items.count)
        case ("startswith", .string(let a), .string(let b)): .bool(a.hasPrefix(b))
        case ("array.concat", .array(let a), .array(let b)): .array(a + b)
        case ("is_string", .string, _): .bool(true)
        case ("is_string", _, _): .bool(false)
        case ("object.get", .object(let object), let key): object[key] ?? values[2]
        case ("sort", .array(let items), _): .array(Plain.sorted(items))
        case ("sort", .set(let items), _): .array(Plain.sorted(items))
        case ("max", .array(let items), _): Plain.sorted(items).last
        case ("max", .set(let items), _): Plain.sorted(items).last
        case ("glob.match", .string(let pattern), _): glob(pattern, values[2])
        default: nil
        }
    }

    /// A plain text, or one that ends with a star; the separator is a colon.
    private static func glob(_ pattern: String, _ value: Plain) -> Plain? {
        guard case .string(let text) = value else { return nil }
        guard pattern.hasSuffix("*") else { return .bool(text == pattern) }
        let prefix = pattern.dropLast()
        return .bool(text.hasPrefix(prefix) && !text.dropFirst(prefix.count).contains(":"))
    }
}
