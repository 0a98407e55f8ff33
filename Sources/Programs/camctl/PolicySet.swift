// The policies a command is about: files and folders that were named, or those that camd would read.

import Configuration
import Linux
import Policy
import PolicyFiles
import ProtobufWire
import Rego

/// What a set of policies comes to.
enum PolicyCheck<Good> {
    case good(Good)
    /// One line for each mistake, with file, line and column.
    case bad([String])
}

struct PolicySet {
    private(set) var modules: [PolicySource] = []
    private(set) var data: [PolicySource] = []
    private(set) var tests: [PolicySource] = []
    private var unreadable: [String] = []

    /// - Parameter paths: none for the folders of the configuration.
    init(_ paths: [String], _ configuration: Configuration) {
        let preset = configuration.policiesPreset
        for path in paths { add(path) { try PolicyFolder(reading: $0, preset: preset) } }
        guard paths.isEmpty else { return }
        add(configuration.policiesDirectory) {
            try PolicyFolder(reading: $0, preset: preset, local: configuration.localPolicies)
        }
    }

    private mutating func add(_ path: String, _ read: (String) throws -> PolicyFolder) {
        do {
            guard try File.status(path).kind == .directory else { return try addFile(path, as: Text(path)) }
            let folder = try read(path)
            modules += folder.modules
            data += folder.data
            for inner in folder.folders {
                for name in try Directory.list(inner) where name.hasSuffix("_test.rego") && !name.hasPrefix(".") {
                    try addFile("\(inner)/\(name)", as: PolicyFolder.name(of: name, in: inner))
                }
            }
        } catch let error as Errno {
            unreadable.append("\(path): cannot be read: \(error)")
        } catch {
            unreadable.append("\(error)")
        }
    }

    private mutating func addFile(_ path: String, as name: Text) throws(PolicyFolderError) {
        let source = try PolicyFolder.read(path, as: name)
        if path.hasSuffix(".json") {
            data.append(source)
        } else if path.hasSuffix("_test.rego") {
            tests.append(source)
        } else {
            modules.append(source)
        }
    }

    /// As camd would take them: without tests, and with what camd needs of a policy.
    func asKernelPolicy() -> PolicyCheck<(version: Text, files: [Text])> {
        guard unreadable.isEmpty else { return .bad(unreadable) }
        do throws(PolicyLoadErrors) {
            let engine = try PolicyEngine(
                modules: modules, data: data, kernel: PolicyKernelFacts(uid: ThisProcess.userID))
            return .good((engine.version, engine.files))
        } catch {
            return .bad(error.items.map(\.description))
        }
    }

    /// As any Rego, without tests; `body` works on it.
    func compiled<Result>(_ body: (CompiledPolicy) throws(RegoErrors) -> Result) -> PolicyCheck<Result> {
        parsed(modules) { (modules, data) throws(RegoErrors) in
            try body(try CompiledPolicy(modules: modules, data: data))
        }
    }

    /// With its tests.
    func testRunner() -> PolicyCheck<TestRunner> {
        parsed(modules + tests) { (modules, data) throws(RegoErrors) in
            try TestRunner(modules: modules, data: data)
        }
    }

    private func parsed<Result>(
        _ sources: [PolicySource], _ body: ([Module], Value) throws(RegoErrors) -> Result
    ) -> PolicyCheck<Result> {
        var mistakes = unreadable
        let document = merged(&mistakes)
        var parsed: [Module] = []
        for source in sources {
            do throws(RegoErrors) {
                parsed.append(try Module(parsing: source.text, file: source.name.string))
            } catch {
                mistakes += error.errors.map(\.description)
            }
        }
        guard mistakes.isEmpty else { return .bad(mistakes) }
        do throws(RegoErrors) { return .good(try body(parsed, document)) } catch {
            return .bad(error.errors.map(\.description))
        }
    }

    /// All documents as one; two of them may not define the same key.
    private func merged(_ mistakes: inout [String]) -> Value {
        var members: [(String, Value)] = []
        for source in data {
            guard case .object(let object)? = try? Value(json: source.text) else {
                mistakes.append("\(source.name): is not one JSON object")
                continue
            }
            for (key, value) in zip(object.keys, object.values) {
                guard case .string(let name) = key else { continue }
                if members.contains(where: { $0.0 == name }) {
                    mistakes.append("\(source.name): \(name) is defined by another file already")
                }
                members.append((name, value))
            }
        }
        return .object(members: members)
    }
}
