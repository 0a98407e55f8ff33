// Time. The clock is passed in and stands still during an evaluation; zones are those of the system's database.

extension Builtins {
    static let times: [Builtin] = clocks + timeTexts

    private static let clocks: [Builtin] = [
        Builtin("time.now_ns", [], .number) { _, context in .int(Int(context.wallNanoseconds)) },
        Builtin("time.date", [[.number, .array]], .array) { (arguments, context) throws(BuiltinError) in
            let moment = try moment(arguments, 0, &context)
            return .array([.int(moment.year), .int(moment.month), .int(moment.day)])
        },
        Builtin("time.clock", [[.number, .array]], .array) { (arguments, context) throws(BuiltinError) in
            let moment = try moment(arguments, 0, &context)
            return .array([.int(moment.hour), .int(moment.minute), .int(moment.second)])
        },
        Builtin("time.weekday", [[.number, .array]], .string) { (arguments, context) throws(BuiltinError) in
            .string(Calendar.weekdays[try moment(arguments, 0, &context).weekday])
        },
        Builtin("time.add_date", [.number, .number, .number, .number], .number) {
            (arguments, context) throws(BuiltinError) in
            let start = try moment(arguments, 0, &context)
            guard
                let moved = start.adding(
                    years: try arguments.int(1), months: try arguments.int(2), days: try arguments.int(3))
            else { throw .failed("time outside of valid range") }
            return .int(moved)
        },
        Builtin("time.diff", [[.number, .array], [.number, .array]], .array) {
            (arguments, context) throws(BuiltinError) in
            Calendar.difference(try moment(arguments, 0, &context), try moment(arguments, 1, &context))
        },
    ]

    private static let timeTexts: [Builtin] = [
        Builtin("time.parse_rfc3339_ns", [.string], .number) { (arguments, context) throws(BuiltinError) in
            try read(try arguments.string(0), TimeLayout.rfc3339, &context)
        },
        Builtin("time.parse_ns", [.string, .string], .number) { (arguments, context) throws(BuiltinError) in
            try read(try arguments.string(1), try arguments.string(0), &context)
        },
        Builtin("time.parse_duration_ns", [.string], .number) { (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            try context.charge(text.utf8.count)
            guard let value = Calendar.parseDuration(text) else { throw .failed("time: invalid duration \"\(text)\"") }
            return .int(value)
        },
        Builtin("time.format", [[.number, .array]], .string) { (arguments, context) throws(BuiltinError) in
            let moment = try moment(arguments, 0, &context)
            var layout = TimeLayout.rfc3339Nano
            if case .array(let parts) = arguments[0], parts.count > 2 {
                guard case .string(let wanted) = parts[2] else {
                    throw BuiltinError(kind: .type, message: "operand 1 must have a layout of type string")
                }
                layout = wanted
            }
            try context.charge(layout.utf8.count)
            return .string(TimeLayout(layout).text(of: moment))
        },
    ]

    private static func read(
        _ text: String, _ layout: String, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> Value {
        try context.charge(text.utf8.count + layout.utf8.count)
        switch TimeLayout(layout).read(text) {
        case .nanoseconds(let nanoseconds): return .int(nanoseconds)
        case .outOfRange: throw .failed("time outside of valid range")
        case .failed(let message): throw .failed(message)
        }
    }

    /// Nanoseconds; or nanoseconds, a zone and perhaps more.
    private static func moment(
        _ arguments: BuiltinArguments, _ index: Int, _ context: inout BuiltinContext
    ) throws(BuiltinError) -> Calendar {
        switch arguments[index] {
        case .array(let parts):
            guard let first = parts.first else {
                throw BuiltinError(kind: .type, message: "operand 1 must be either number (ns) or array of [ns, zone]")
            }
            guard parts.count > 1 else { return Calendar(nanoseconds: try nanoseconds(first)) }
            guard case .string(let name) = parts[1] else {
                throw BuiltinError(kind: .type, message: "operand 1 must be [ns, zone] with a zone of type string")
            }
            return Calendar(nanoseconds: try nanoseconds(first), zone: try zone(name, &context))
        case .int, .decimal: return Calendar(nanoseconds: try nanoseconds(arguments[index]))
        default: throw arguments.wrong(index, [.number, .array])
        }
    }

    private static func nanoseconds(_ value: Value) throws(BuiltinError) -> Int {
        switch value {
        case .int(let nanoseconds): return nanoseconds
        case .decimal: throw .failed("timestamp too big")
        default: throw BuiltinError(kind: .type, message: "operand 1 must be number but got \(value.kind.name)")
        }
    }

    private static func zone(_ name: String, _ context: inout BuiltinContext) throws(BuiltinError) -> TimeZone {
        if name.isEmpty || name == "UTC" { return .utc }
        // The file is read once, but the steps are the same whenever that is.
        try context.charge(64)
        guard let zone = TimeZone(named: name) else { throw .failed("unknown time zone \(name)") }
        return zone
    }
}
