// camctl policy check and eval: what the files of a policy come to, without camd.

import CommandLineInterface
import Configuration
import Linux
import ProtobufWire
import Rego

enum PolicyFileCommands {
    static let paths = Argument<[String]>.rest(
        "PATH", kind: .file, "Files and folders of policies; those that camd would read where none is named.")
    private static let query = Argument<String>.text(
        "QUERY", "For example data.cam.allow, or any body of a rule.")
    private static let input = Option<String?>.text(
        "input", "FILE", kind: .file, "JSON that policies see as input; - is the standard input.")
    private static let explain = Option<String>.choice(
        "explain", "HOW", of: ["none", "fails", "full"], default: "none",
        "How much of the evaluation to show, on stderr.")
    private static let lenient = Option<Bool>.flag(
        "lenient", "Let an error of a builtin leave its expression undefined; camd itself denies on it.")

    static let check = Command(
        "check", "Compile the policy files as camd would, and say what is wrong with them.",
        discussion: "Works without camd and changes nothing. Ends with 1 where there is a mistake.",
        options: CommonOptions.settings, arguments: [paths.declaration]
    ) { invocation, console in
        let set = PolicySet(invocation[paths], try Configuration.load(ConfigurationOptions.sources(invocation)))
        switch set.asKernelPolicy() {
        case .good((let version, let files)):
            var warnings: [String] = []
            if case .good(let found) = set.compiled({ $0.warnings }) { warnings = found.map(\.description) }
            if invocation.wantsJSON {
                console.json(
                    .object([
                        ("good", .boolean(true)), ("version", .text(version.string)),
                        ("files", .array(files.map { .text($0.string) })),
                        ("warnings", .array(warnings.map { .text($0) })),
                    ]))
            } else {
                for warning in warnings { console.line(Table.printable(warning)) }
                let names = files.map(\.string).joined(separator: " ")
                console.line(Table.printable("policy \(version) is good: \(names)"))
            }
            return .ok
        case .bad(let mistakes): return tell(mistakes, invocation, console)
        }
    }

    static let eval = Command(
        "eval", "Evaluate a query over the policy files, without camd.",
        discussion: """
            Prints the value of a term such as data.cam.allow, or the bindings of a query such as "some x in input.xs". Ends \
            with 1 where it is undefined or fails. For example:

              echo '{"action": "think", "caller": {"registered": true}}' |
                camctl policy eval data.cam.deny_reasons --input -
            """,
        options: [input.declaration, explain.declaration, lenient.declaration] + CommonOptions.settings,
        arguments: [query.declaration, paths.declaration]
    ) { invocation, console in
        let set = PolicySet(invocation[paths], try Configuration.load(ConfigurationOptions.sources(invocation)))
        var document: Value?
        if let path = invocation[input] {
            let bytes = try InputDocument.read(path)
            do throws(JSONError) {
                document = try Value(json: bytes)
            } catch {
                throw invocation.usageError("--input is not JSON: \(error.message) at byte \(error.offset)")
            }
        }
        switch set.compiled({ (compiled) throws(RegoErrors) in try prepare(invocation[query], compiled) }) {
        case .bad(let mistakes): return tell(mistakes, invocation, console)
        case .good((let query, let isTerm)):
            let observer = invocation[explain] == "full" ? Observer(eventsMax: 10_000) : nil
            let evaluation = query.evaluate(
                input: document, isStrict: !invocation[lenient], wallNanoseconds: Clock.wall(), observer: observer)
            if invocation[explain] == "fails" {
                for line in evaluation.attempts.compactMap(\.shown) { console.error(Table.printable(line)) }
            }
            for event in observer?.events ?? [] {
                let indent = String(repeating: "  ", count: min(event.depth, 40) - 1)
                console.error(Table.printable("\(indent)\(event.kind.rawValue) \(event.location): \(event.text)"))
            }
            for line in evaluation.printed { console.error(Table.printable(line)) }
            return show(evaluation, isTerm, invocation, console)
        }
    }

    /// Mistakes in policies, one on a line.
    static func tell(_ mistakes: [String], _ invocation: Invocation, _ console: Console) -> ExitCode {
        if invocation.wantsJSON {
            console.json(.object([("good", .boolean(false)), ("mistakes", .array(mistakes.map { .text($0) }))]))
        } else {
            for mistake in mistakes { console.line(Table.printable(mistake)) }
        }
        return .failed
    }

    /// As a term where it is one, else as a query; what is wrong with it is told as of a query.
    private static func prepare(
        _ text: String, _ policy: CompiledPolicy
    ) throws(RegoErrors) -> (query: PreparedQuery, isTerm: Bool) {
        do throws(RegoErrors) {
            return (try policy.prepare(entry: text), true)
        } catch {
            return (try policy.prepare(query: text), false)
        }
    }

    private static func show(
        _ evaluation: Evaluation, _ isTerm: Bool, _ invocation: Invocation, _ console: Console
    ) -> ExitCode {
        let value = isTerm ? evaluation.value : evaluation.bindings.isEmpty ? nil : Value.array(evaluation.bindings)
        if invocation.wantsJSON {
            console.json(
                .members([
                    ("defined", .boolean(value != nil)), ("value", value.map { .raw($0) }),
                    ("error", evaluation.error.map { .text($0.description) }), ("steps", .unsigned(evaluation.steps)),
                ]))
        } else if let value {
            console.line(Table.printable(value.jsonText))
        } else {
            console.error(evaluation.error.map { Table.printable($0.description) } ?? "undefined")
        }
        return value == nil ? .failed : .ok
    }
}

extension RuleAttempt {
    /// Place, rule, the condition that did not hold and what it saw, on one line; nothing where no condition failed.
    var shown: String? {
        guard let literal, let literalLocation else { return nil }
        let values = seen.map { "\($0.name) is \($0.value ?? "not there")" }
        let saw = values.isEmpty ? "" : " -- " + values.joined(separator: ", ")
        return "\(literalLocation): \(rule): \(literal)\(saw)"
    }
}

extension JSONText {
    /// A value of Rego; sets are arrays, and numbers keep all their digits.
    static func raw(_ value: Value) -> JSONText {
        switch value {
        case .null: .null
        case .bool(let bool): .boolean(bool)
        case .int(let int): .integer(Int64(int))
        case .decimal: .digits(value.jsonText)
        case .string(let string): .text(string)
        case .array(let elements): .array(elements.map { .raw($0) })
        case .set(let set): .array(set.elements.map { .raw($0) })
        case .object(let object):
            .object(
                zip(object.keys, object.values).map { key, value in
                    if case .string(let name) = key { (name, .raw(value)) } else { (key.jsonText, .raw(value)) }
                })
        }
    }
}
