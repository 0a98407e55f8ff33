// Rego apart from the daemon: what loads is laid out without changing it, and answered alike with and without its index.

import Rego

extension Decoders {
    /// Enough for what a fuzzer writes, and little enough that no input takes long.
    private static let budget = Budget(steps: 20_000, depth: 100)

    static func module(_ text: String) throws(FuzzFinding) {
        guard let module = try? Module(parsing: text, file: "fuzz.rego") else { return }
        try layout(module, text)
        guard let indexed = try? CompiledPolicy(modules: [module]) else { return }
        guard let plain = try? CompiledPolicy(modules: [module], isIndexed: false) else {
            throw FuzzFinding("a policy loads with the index and not without")
        }
        // Rules that are no entry for anybody are reached through all of data.
        for entry in ["data.fuzz.p", "data"] {
            let query = try? indexed.prepare(entry: entry)
            let other = try? plain.prepare(entry: entry)
            // A function is no entry.
            guard let query, let other else {
                if query != nil || other != nil {
                    throw FuzzFinding("\(entry) can be asked for with the index or without")
                }
                continue
            }
            for input in inputs { try compare(query, other, input) }
        }
    }

    private static var inputs: [Value?] {
        ["{\"a\": \"a\", \"b\": [\"x\", 1], \"c\": {\"d\": null}}", "{}", "[1, 2]"].map { try? Value(json: $0) } + [nil]
    }

    private static func layout(_ module: Module, _ text: String) throws(FuzzFinding) {
        guard let formatted = try? Formatter.format(text, file: module.file),
            (try? Formatter.format(formatted, file: module.file)) == formatted
        else { throw FuzzFinding("what is formatted is not formatted") }
        // A block of annotations may stand where no comment can stay, within `package a` for one, and would mean
        // something where it goes; then the text is left alone.
        if text.contains("METADATA") { return }
        let once = Formatter.layout(module)
        guard let again = try? Module(parsing: once, file: module.file) else {
            // Parentheses that it needs may nest deeper than a parser goes; then Formatter.format leaves the text alone.
            guard once.utf8.count > 128 else { throw FuzzFinding("what is formatted does not parse:\n\(once)") }
            return
        }
        guard again.outline == module.outline else { throw FuzzFinding("formatting changes a policy to\n\(once)") }
        let twice = Formatter.layout(again)
        guard twice == once else { throw FuzzFinding("formatting twice gives\n\(twice)\nand once\n\(once)") }
    }

    private static func compare(
        _ query: PreparedQuery, _ other: PreparedQuery, _ input: Value?
    ) throws(FuzzFinding) {
        for isStrict in [false, true] {
            let one = query.evaluate(input: input, budget: budget, isStrict: isStrict)
            let two = other.evaluate(input: input, budget: budget, isStrict: isStrict)
            // An index saves steps, so one may end where the other does not.
            if one.error?.code == .cancel || two.error?.code == .cancel { continue }
            guard one.value == two.value, one.error?.code == two.error?.code else {
                throw FuzzFinding(
                    "with the index \(one.value as Any) \(one.error as Any), without \(two.value as Any) "
                        + "\(two.error as Any)")
            }
        }
    }
}
