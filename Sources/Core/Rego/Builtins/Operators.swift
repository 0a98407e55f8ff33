// What the operators of the language mean.

extension Builtins {
    static let operators: [Builtin] = [
        compare("equal") { $0 == $1 },
        compare("eq") { $0 == $1 },
        compare("neq") { $0 != $1 },
        compare("lt") { $0.compare($1) < 0 },
        compare("lte") { $0.compare($1) <= 0 },
        compare("gt") { $0.compare($1) > 0 },
        compare("gte") { $0.compare($1) >= 0 },
        arithmetic("plus", Arithmetic.add),
        arithmetic("mul", Arithmetic.multiply),
        arithmetic("div", Arithmetic.divide),
        arithmetic("rem", Arithmetic.remainder),
        Builtin("minus", [[.number, .set], [.number, .set]], [.number, .set]) {
            (arguments, _) throws(BuiltinError) in
            if case .set(let left) = arguments[0] { return .set(left.subtracting(try arguments.set(1))) }
            return try number(arguments, Arithmetic.subtract)
        },
        Builtin("and", [.set, .set], .set) { (arguments, _) throws(BuiltinError) in
            .set(try arguments.set(0).intersection(try arguments.set(1)))
        },
        Builtin("or", [.set, .set], .set) { (arguments, _) throws(BuiltinError) in
            .set(try arguments.set(0).union(try arguments.set(1)))
        },
        Builtin("internal.member_2", [.any, .any], .boolean) { (arguments, context) throws(BuiltinError) in
            .bool(try contains(arguments[1], arguments[0], &context))
        },
        Builtin("internal.member_3", [.any, .any, .any], .boolean) { (arguments, _) throws(BuiltinError) in
            if case .set = arguments[2] { return .bool(false) }
            return .bool(arguments[2].lookup(arguments[0]) == arguments[1])
        },
    ]

    private static func compare(_ name: String, _ holds: @escaping @Sendable (Value, Value) -> Bool) -> Builtin {
        Builtin(name, [.any, .any], .boolean) { arguments, _ in .bool(holds(arguments[0], arguments[1])) }
    }

    private static func arithmetic(
        _ name: String, _ operation: @escaping @Sendable (Value, Value) throws(ArithmeticError) -> Value
    ) -> Builtin {
        Builtin(name, [.number, .number], .number) { (arguments, _) throws(BuiltinError) in
            try number(arguments, operation)
        }
    }

    private static func number(
        _ arguments: BuiltinArguments, _ operation: (Value, Value) throws(ArithmeticError) -> Value
    ) throws(BuiltinError) -> Value {
        let left = try arguments.number(0)
        let right = try arguments.number(1)
        do throws(ArithmeticError) {
            return try operation(left, right)
        } catch {
            throw BuiltinError(error)
        }
    }

    private static func contains(
        _ collection: Value, _ wanted: Value, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> Bool {
        switch collection {
        case .set(let set): return set.contains(wanted)
        case .array(let items):
            try context.charge(items.count / 8)
            return items.contains(wanted)
        case .object(let object):
            try context.charge(object.count / 8)
            return object.values.contains(wanted)
        default: return false
        }
    }
}
