// What a value is, and numbers from other values.

extension Builtins {
    static let types: [Builtin] = [
        check("is_null", .null), check("is_boolean", .boolean), check("is_number", .number),
        check("is_string", .string), check("is_array", .array), check("is_object", .object), check("is_set", .set),
        Builtin("type_name", [.any], .string) { arguments, _ in .string(arguments[0].kind.name) },
        Builtin("to_number", [[.null, .boolean, .number, .string]], .number) { (arguments, _) throws(BuiltinError) in
            switch arguments[0] {
            case .null: return .int(0)
            case .bool(let bool): return .int(bool ? 1 : 0)
            case .int, .decimal: return arguments[0]
            case .string(let text): return try parse(text)
            default: throw arguments.wrong(0, [.null, .boolean, .number, .string])
            }
        },
    ]

    /// OPA leaves `is_number("x")` undefined-free: it is false.
    private static func check(_ name: String, _ type: TypeSet) -> Builtin {
        Builtin(name, [.any], .boolean) { arguments, _ in .bool(type.contains(TypeSet(arguments[0].kind))) }
    }

    private static func parse(_ text: String) throws(BuiltinError) -> Value {
        let unsigned = text.drop { $0 == "+" || $0 == "-" }.lowercased()
        guard !["inf", "infinity", "nan"].contains(unsigned) else {
            throw BuiltinError(kind: .type, message: "operand 1 must be valid number string")
        }
        guard let value = number(Array(text.utf8)[...]) else {
            throw .failed("strconv.ParseFloat: parsing \"\(text)\": invalid syntax")
        }
        return value
    }

    /// As Go's ParseFloat reads decimal numbers: a sign, leading zeros and a bare point are allowed.
    static func number(_ text: ArraySlice<UInt8>) -> Value? {
        var bytes = text
        let isNegative = bytes.first == 45
        if bytes.first == 43 || bytes.first == 45 { bytes = bytes.dropFirst() }
        while bytes.count > 1, bytes.first == 48, let second = bytes.dropFirst().first, second >= 48, second <= 57 {
            bytes = bytes.dropFirst()
        }
        if bytes.first == 46, bytes.count > 1 { bytes = [48] + bytes }
        if let point = bytes.firstIndex(of: 46), point + 1 == bytes.endIndex || !(48...57).contains(bytes[point + 1]) {
            bytes.remove(at: point)
        }
        guard bytes.first != 45, bytes.first != 43, let value = Decimal.parse(bytes) else { return nil }
        return isNegative ? Arithmetic.negate(value) : value
    }
}
