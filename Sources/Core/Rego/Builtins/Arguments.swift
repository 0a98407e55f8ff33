// How builtins take their arguments: the type they need, or the error that says what they got.

extension UnsafeBufferPointer where Element == Value {
    func wrong(_ index: Int, _ types: TypeSet) -> BuiltinError {
        .operand(index + 1, mustBe: types, got: self[index])
    }

    func string(_ index: Int) throws(BuiltinError) -> String {
        guard case .string(let string) = self[index] else { throw wrong(index, .string) }
        return string
    }

    func number(_ index: Int) throws(BuiltinError) -> Value {
        guard self[index].kind == .number else { throw wrong(index, .number) }
        return self[index]
    }

    /// An integer of any size.
    func integer(_ index: Int) throws(BuiltinError) -> Value {
        if case .decimal(let decimal) = try number(index), !decimal.isInteger {
            throw BuiltinError(
                kind: .type, message: "operand \(index + 1) must be integer number but got floating-point number")
        }
        return self[index]
    }

    /// An integer that fits a machine word.
    func int(_ index: Int) throws(BuiltinError) -> Int {
        guard case .int(let int) = try number(index) else {
            throw BuiltinError(
                kind: .type, message: "operand \(index + 1) must be integer number but got floating-point number")
        }
        return int
    }

    func bool(_ index: Int) throws(BuiltinError) -> Bool {
        guard case .bool(let bool) = self[index] else { throw wrong(index, .boolean) }
        return bool
    }

    func array(_ index: Int) throws(BuiltinError) -> [Value] {
        guard case .array(let items) = self[index] else { throw wrong(index, .array) }
        return items
    }

    func set(_ index: Int) throws(BuiltinError) -> SetValue {
        guard case .set(let set) = self[index] else { throw wrong(index, .set) }
        return set
    }

    func object(_ index: Int) throws(BuiltinError) -> ObjectValue {
        guard case .object(let object) = self[index] else { throw wrong(index, .object) }
        return object
    }

    /// The elements of an array or a set.
    func elements(_ index: Int) throws(BuiltinError) -> [Value] {
        switch self[index] {
        case .array(let items): return items
        case .set(let set): return set.elements
        default: throw wrong(index, .collection)
        }
    }

    /// The strings of an array or a set.
    func strings(_ index: Int) throws(BuiltinError) -> [String] {
        var strings: [String] = []
        for element in try elements(index) {
            guard case .string(let string) = element else {
                throw BuiltinError(
                    kind: .type,
                    message: "operand \(index + 1) must be \(self[index].kind.name) of strings but got "
                        + "\(self[index].kind.name) containing \(element.kind.name)")
            }
            strings.append(string)
        }
        return strings
    }
}

extension BuiltinError {
    init(_ error: ArithmeticError) {
        switch error {
        case .divisionByZero: self = .failed("divide by zero")
        case .moduloByZero: self = .failed("modulo by zero")
        case .moduloOfFraction: self = .failed("modulo on floating-point number")
        case .outOfRange: self = .failed("number out of range")
        }
    }
}
