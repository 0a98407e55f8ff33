// Runs conformance cases in the JSON form of Open Policy Agent's own: modules, data, input and a query, and the bindings
// or the error that must come out. Reads no files; whoever has them passes their text.

/// What came of one case.
public struct ConformanceResult: Sendable {
    public let id: String
    /// The part of `id` before the slash.
    public let category: String
    public let passed: Bool
    /// What was got instead of what was wanted; empty when passed.
    public let detail: String
}

public enum ConformanceSuite {
    /// The time that evaluations see: 2026-01-01T00:00:00Z.
    private static let wallNanoseconds: Int64 = 1_767_225_600_000_000_000

    /// Runs a file of cases, an array of objects; nothing when it is something else. A case with a query is evaluated;
    /// one without is modules that must be refused with a code, or accepted when the code is null.
    public static func run(cases text: String) throws(JSONError) -> [ConformanceResult] {
        guard case .array(let cases) = try Value(json: text) else { return [] }
        return cases.filter { $0["modules"] != nil }.map { item in
            result(of: item, failure: item["query"] == nil ? compile(item) : evaluate(item))
        }
    }

    private static func result(of item: Value, failure: String?) -> ConformanceResult {
        let id = item.text("id") ?? "?"
        return ConformanceResult(
            id: id, category: String(id.prefix { $0 != "/" }), passed: failure == nil, detail: failure ?? "")
    }

    // MARK: Compiler cases

    private static func compile(_ item: Value) -> String? {
        let wanted = item.text("want_error_code")
        do throws(RegoErrors) {
            _ = try CompiledPolicy(modules: try modules(of: item))
        } catch {
            if error.errors.contains(where: { $0.code.rawValue == wanted }) { return nil }
            return "wanted \(wanted ?? "to be accepted"), got \(error)"
        }
        return wanted.map { "wanted \($0), was accepted" }
    }

    /// All modules; the syntax errors of all of them when there are any.
    private static func modules(of item: Value) throws(RegoErrors) -> [Module] {
        guard case .array(let texts) = item["modules"] else { return [] }
        var modules: [Module] = []
        for (index, text) in texts.enumerated() {
            guard case .string(let text) = text else { continue }
            let usesHarness = text.contains(harnessCall)
            modules.append(
                try Module(
                    parsing: usesHarness ? text.replacing(harnessCall, with: "data.harness.sleep(") : text,
                    file: "test-\(index).rego"))
            if usesHarness { modules.append(try Module(parsing: harness, file: "harness.rego")) }
        }
        return modules
    }

    /// The suite that the cases come from offers them one builtin of its own, which sleeps and gives null. Time stands
    /// still in an evaluation, so a function that gives null is the same.
    private static let harnessCall = "test.sleep("
    private static let harness = "package harness\nsleep(_) := null\n"

    // MARK: Evaluation cases

    private static func evaluate(_ item: Value) -> String? {
        let evaluation: Evaluation
        do throws(RegoErrors) {
            let policy = try CompiledPolicy(modules: try modules(of: item), data: item["data"] ?? .emptyObject)
            let query = try policy.prepare(query: item.text("query") ?? "")
            evaluation = query.evaluate(
                input: try input(of: item), isStrict: item["strict_error"] == .bool(true),
                wallNanoseconds: wallNanoseconds)
        } catch {
            return "refused: \(error)"
        }
        return judge(evaluation, item)
    }

    /// `input_term` is a Rego term and wins over `input`.
    private static func input(of item: Value) throws(RegoErrors) -> Value? {
        guard let term = item.text("input_term") else { return item["input"] }
        let query = try CompiledPolicy(modules: []).prepare(entry: term)
        return query.evaluate(input: nil).value
    }

    private static func judge(_ evaluation: Evaluation, _ item: Value) -> String? {
        let wantedCode = item.text("want_error_code")
        if wantedCode != nil || item["want_error"] != nil {
            guard let error = evaluation.error else {
                return "wanted \(wantedCode ?? "an error"), got \(Value.array(evaluation.bindings))"
            }
            return wantedCode == nil || error.code.rawValue == wantedCode
                ? nil : "wanted \(wantedCode ?? ""), got \(error)"
        }
        if let error = evaluation.error { return "got \(error)" }
        guard case .array(let wanted) = item["want_result"] else { return "case without a wanted result" }
        let sorts = item["sort_bindings"] == .bool(true)
        let got = Set(evaluation.bindings.map { sorted($0.asJSON, if: sorts) })
        if got == Set(wanted.map { sorted($0, if: sorts) }) { return nil }
        let noted = evaluation.builtinErrors.map { " (\($0))" }.joined()
        return "wanted \(Value.array(wanted)), got \(Value.array(Array(got).sorted()))\(noted)"
    }

    private static func sorted(_ bindings: Value, if sorts: Bool) -> Value {
        guard sorts, case .object(let object) = bindings else { return bindings }
        let values = object.values.map { value in
            if case .array(let items) = value { Value.array(items.sorted()) } else { value }
        }
        return .object(ObjectValue(sortedKeys: object.keys, values: values))
    }
}

extension Value {
    fileprivate func text(_ name: String) -> String? {
        if case .string(let text) = self[name] { return text }
        return nil
    }

    /// What is left of a value in JSON: sets are sorted arrays, keys are strings.
    fileprivate var asJSON: Value {
        switch self {
        case .null, .bool, .int, .decimal, .string: return self
        case .array(let items): return .array(items.map(\.asJSON))
        case .set(let set): return .array(set.elements.map(\.asJSON))
        case .object(let object):
            return .object(
                ObjectValue(
                    replacing: object.members.map { key, value in
                        if case .string = key { return (key, value.asJSON) }
                        return (.string(key.asJSON.jsonText), value.asJSON)
                    }))
        }
    }
}
