// Time, in UTC and fixed offsets. The clock is passed in and stands still during an evaluation.

extension Builtins {
    static let times: [Builtin] = [
        Builtin("time.now_ns", [], .number) { _, context in .int(Int(context.wallNanoseconds)) },
        Builtin("time.parse_rfc3339_ns", [.string], .number) { (arguments, _) throws(BuiltinError) in
            let text = try arguments.string(0)
            guard let instant = Calendar.parseRFC3339(text) else {
                throw .failed("cannot parse \"\(text)\" as RFC 3339")
            }
            guard let value = instant else { throw .failed("time outside of valid range") }
            return .int(value)
        },
        Builtin("time.parse_duration_ns", [.string], .number) { (arguments, _) throws(BuiltinError) in
            let text = try arguments.string(0)
            guard let value = Calendar.parseDuration(text) else { throw .failed("time: invalid duration \"\(text)\"") }
            return .int(value)
        },
        Builtin("time.date", [[.number, .array]], .array) { (arguments, _) throws(BuiltinError) in
            let moment = try moment(arguments, 0)
            return .array([.int(moment.year), .int(moment.month), .int(moment.day)])
        },
        Builtin("time.clock", [[.number, .array]], .array) { (arguments, _) throws(BuiltinError) in
            let moment = try moment(arguments, 0)
            return .array([.int(moment.hour), .int(moment.minute), .int(moment.second)])
        },
        Builtin("time.weekday", [[.number, .array]], .string) { (arguments, _) throws(BuiltinError) in
            .string(Calendar.weekdays[try moment(arguments, 0).weekday])
        },
        Builtin("time.add_date", [.number, .number, .number, .number], .number) { (arguments, _) throws(BuiltinError) in
            let start = Calendar(nanoseconds: try arguments.int(0), offsetSeconds: 0)
            guard
                let moved = start.adding(
                    years: try arguments.int(1), months: try arguments.int(2), days: try arguments.int(3))
            else { throw .failed("time outside of valid range") }
            return .int(moved)
        },
        Builtin("time.diff", [[.number, .array], [.number, .array]], .array) { (arguments, _) throws(BuiltinError) in
            Calendar.difference(try moment(arguments, 0), try moment(arguments, 1))
        },
    ]

    /// Nanoseconds, or nanoseconds and a zone.
    private static func moment(_ arguments: BuiltinArguments, _ index: Int) throws(BuiltinError) -> Calendar {
        switch arguments[index] {
        case .int(let nanoseconds): return Calendar(nanoseconds: nanoseconds, offsetSeconds: 0)
        case .decimal: throw .failed("timestamp too big")
        case .array(let parts):
            guard parts.count >= 1, case .int(let nanoseconds) = parts[0] else {
                throw BuiltinError(kind: .type, message: "operand 1 must be either number (ns) or array of [ns, zone]")
            }
            guard parts.count > 1, case .string(let zone) = parts[1] else {
                return Calendar(nanoseconds: nanoseconds, offsetSeconds: 0)
            }
            guard zone.isEmpty || zone == "UTC" else { throw .failed("unknown time zone \(zone): only UTC is offered") }
            return Calendar(nanoseconds: nanoseconds, offsetSeconds: 0)
        default: throw arguments.wrong(index, [.number, .array])
        }
    }
}
