// Sources to a compiled policy, and everything that is wrong with them.

internal import ProtobufWire
internal import Rego

enum PolicyLoading {
    /// What a decision may not depend on.
    private static let refusing = [
        "http.send": "a policy may not use the network",
        "io.jwt.encode_sign": "a signature is made with chance, and a decision is replayed",
        "io.jwt.encode_sign_raw": "a signature is made with chance, and a decision is replayed",
    ]

    static func load(modules: [PolicySource], data: [PolicySource]) throws(PolicyLoadErrors) -> CompiledPolicy {
        var items: [PolicyLoadErrors.Item] = []
        var definedIn: [String: PolicySource] = [:]
        let base = merge(data, &definedIn, &items)
        let parsed = parse(modules, &items)
        // What cannot be parsed cannot be compiled; the rest would only report what is missing.
        if !items.isEmpty { throw PolicyLoadErrors(items: items) }
        let policy: CompiledPolicy
        do throws(RegoErrors) {
            policy = try CompiledPolicy(modules: parsed, data: base, refusing: refusing)
        } catch {
            throw PolicyLoadErrors(items: error.errors.map(item))
        }
        for conflict in policy.dataConflicts {
            if let source = definedIn[conflict.document] {
                items.append(dataError(source, conflict.description, offset: 0))
            }
        }
        if !items.isEmpty { throw PolicyLoadErrors(items: items) }
        guard policy.defines(["cam", "allow"]) else {
            throw PolicyLoadErrors(items: [
                PolicyLoadErrors.Item(
                    code: "policy_entry_error",
                    message: "no module defines data.cam.allow, so nothing would be allowed",
                    file: modules.first?.name ?? "policies", line: 1, column: 1)
            ])
        }
        return policy
    }

    /// A prepared entry; its text is ours, so that it cannot be wrong.
    static func prepare(_ policy: CompiledPolicy, _ entry: String) -> PreparedQuery {
        do throws(RegoErrors) {
            return try policy.prepare(entry: entry)
        } catch {
            preconditionFailure("\(entry) is a reference: \(error)")
        }
    }

    private static func parse(_ sources: [PolicySource], _ items: inout [PolicyLoadErrors.Item]) -> [Module] {
        var modules: [Module] = []
        for source in sources {
            do throws(RegoErrors) {
                modules.append(try Module(parsing: source.text, file: source.name.string))
            } catch {
                items += error.errors.map(item)
            }
        }
        return modules
    }

    private static func item(_ error: RegoError) -> PolicyLoadErrors.Item {
        PolicyLoadErrors.Item(
            code: Text(error.code.rawValue), message: error.message, file: Text(error.location.file),
            line: error.location.line, column: error.location.column)
    }

    /// All data documents as one object. Two of them may not define the same key.
    private static func merge(
        _ sources: [PolicySource], _ definedIn: inout [String: PolicySource], _ items: inout [PolicyLoadErrors.Item]
    ) -> Value {
        var members: [(String, Value)] = []
        for source in sources {
            do throws(JSONError) {
                guard case .object(let object) = try Value(json: source.text) else {
                    items.append(dataError(source, "a data document must be a JSON object", offset: 0))
                    continue
                }
                for (key, value) in zip(object.keys, object.values) {
                    guard case .string(let name) = key else { continue }
                    if let other = definedIn[name] {
                        items.append(dataError(source, "\(name) is already defined by \(other.name)", offset: 0))
                    }
                    definedIn[name] = source
                    members.append((name, value))
                }
            } catch {
                items.append(dataError(source, error.message, offset: error.offset))
            }
        }
        return .object(members: members)
    }

    private static func dataError(_ source: PolicySource, _ message: String, offset: Int) -> PolicyLoadErrors.Item {
        let before = source.text.utf8.prefix(offset)
        let line = before.count { $0 == 10 } + 1
        let column = before.reversed().prefix { $0 != 10 }.count { $0 & 0xC0 != 0x80 } + 1
        return PolicyLoadErrors.Item(
            code: "policy_data_error", message: message, file: source.name, line: line, column: column)
    }
}
