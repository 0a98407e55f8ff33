// What `cam-bench rego` decides: one policy with data and a question whose answer is yes.

import CommandLineInterface
import Linux
import Rego

struct RegoWorkload {
    let name: String
    /// Package and rule: `rbac/allow`.
    let entry: String
    let module: String
    /// JSON, as `input`'s too.
    let data: String
    let input: String

    /// Parsed, compiled and prepared, as a daemon does at its start.
    func load() throws -> PreparedQuery {
        let policy = try CompiledPolicy(
            modules: [Module(parsing: module, file: name + ".rego")], data: Value(json: data))
        return try policy.prepare(entry: "data." + entry.replacing("/", with: "."))
    }

    /// For a peer that reads files.
    func write(to folder: String) throws {
        for (end, text) in [("rego", module), ("data.json", data), ("input.json", input), ("entry", entry)] {
            let file = try File.open("\(folder)/\(name).\(end)", [.writeOnly, .create])
            try File.writeAll(file.rawValue, Array(text.utf8))
        }
    }

    // MARK: Role-based access

    /// `rbac.rego` and `data.json` of a folder.
    static func rbac(in folder: String) throws -> RegoWorkload {
        func text(_ name: String) throws -> String {
            do throws(Errno) {
                return String(decoding: try File.readAll(folder + "/" + name, limit: 1 << 20), as: UTF8.self)
            } catch {
                throw BenchFailure("\(folder)/\(name) cannot be read: \(error)", .notFound)
            }
        }
        return RegoWorkload(
            name: "rbac", entry: "rbac/allow", module: try text("rbac.rego"), data: try text("data.json"),
            input: #"{"user": "bob", "action": "update", "type": "finance"}"#)
    }

    /// The same shape, for where there is no such folder: the last role and its last grant allow.
    static let ownRBAC = RegoWorkload(
        name: "rbac", entry: "rbac/allow",
        module: """
            package rbac

            default allow := false

            allow if {
                some duty in data.duties[input.user]
                some permit in data.permits[duty]
                permit.action == input.action
                permit.type == input.type
            }
            """,
        data: """
            {"duties": {"bob": ["reader", "writer"], "eve": ["reader"]},
             "permits": {
              "reader": [{"action": "open", "type": "note"}, {"action": "open", "type": "task"},
                         {"action": "list", "type": "note"}, {"action": "list", "type": "task"}],
              "writer": [{"action": "keep", "type": "note"}, {"action": "keep", "type": "task"}]}}
            """,
        input: #"{"user": "bob", "action": "keep", "type": "task"}"#)

    // MARK: Many rules

    /// One rule a user. The question is about the last.
    static func equality(_ count: Int) -> RegoWorkload {
        rules(count, "equality\(count)") { "input.user == \"user\($0)\"" }
    }

    /// As `equality`, but each rule is for two users.
    static func rulesByMembership(_ count: Int) -> RegoWorkload {
        rules(count, "rules-by-membership\(count)") { "input.user in {\"user\($0)\", \"guest\($0)\"}" }
    }

    private static func rules(_ count: Int, _ name: String, _ test: (Int) -> String) -> RegoWorkload {
        var module = "package bench\n\ndefault allow := false\n"
        for index in 0..<count { module += "\nallow if {\n\t\(test(index))\n\tinput.action == \"read\"\n}\n" }
        return RegoWorkload(
            name: name, entry: "bench/allow", module: module, data: "{}",
            input: "{\"user\": \"user\(count - 1)\", \"action\": \"read\"}")
    }

    /// One rule, and an array of names in data.
    static func membership(_ count: Int) -> RegoWorkload {
        let names = (0..<count).map { "\"tool\($0)\"" }.joined(separator: ",")
        return RegoWorkload(
            name: "membership\(count)", entry: "bench/allow",
            module: "package bench\n\ndefault allow := false\n\nallow if input.tool in data.tools\n",
            data: "{\"tools\": [\(names)]}", input: "{\"tool\": \"tool\(count - 1)\"}")
    }
}
