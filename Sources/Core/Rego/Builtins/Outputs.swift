// print and trace: what a policy's author wants to see; it changes no answer. And what a policy may know of its host.

extension Builtins {
    static let outputs: [Builtin] = [
        // What `print(a, b)` is compiled to. Each argument is the set of its values: empty when it is undefined.
        Builtin("internal.print", [.array], .boolean) { (arguments, context) throws(BuiltinError) in
            var lines = [""]
            for (index, values) in try arguments.array(0).enumerated() {
                guard case .set(let set) = values else { throw arguments.wrong(0, .array) }
                let texts = set.count == 0 ? ["<undefined>"] : set.elements.prefix(PrintedLines.countMax).map(text)
                try context.charge(lines.count * texts.count)
                for text in texts { try context.charge(text.utf8.count / 8) }
                let pairs = lines.flatMap { line in texts.map { index == 0 ? $0 : "\(line) \($0)" } }
                lines = pairs.prefix(PrintedLines.countMax).map(PrintedLines.cut)
            }
            context.printed = lines
            return .bool(true)
        },
        Builtin("trace", [.string], .boolean) { (arguments, context) throws(BuiltinError) in
            context.printed = [PrintedLines.cut(try arguments.string(0))]
            return .bool(true)
        },
        // Nothing: a decision is the same on every machine.
        Builtin("opa.runtime", [], .object) { _, _ in .emptyObject },
    ]

    private static func text(_ value: Value) -> String {
        if case .string(let string) = value { return string }
        return value.description
    }
}

/// The lines that an evaluation printed; what goes beyond a bound is dropped.
struct PrintedLines {
    static let countMax = 100
    private static let bytesMax = 4096

    private(set) var lines: [String] = []

    mutating func append(_ more: [String]) { lines += more.prefix(PrintedLines.countMax - lines.count) }

    static func cut(_ line: String) -> String {
        guard line.utf8.count > bytesMax else { return line }
        return String(decoding: line.utf8.prefix(bytesMax), as: UTF8.self) + "…"
    }
}
