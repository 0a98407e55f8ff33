// One driver.json5, member by member; an unknown one is an error that names the nearest known one.

import ABI
import Configuration
import DriverLifecycle
import JSON5
import ProtobufWire
import Wording

struct ManifestReader {
    let file: String

    private static let members = [
        "name", "version", "program", "arguments", "capabilities", "slots", "level", "require", "memory_mib",
        "processes_max",
        "temporary_mib", "cpu_seconds", "start_timeout_ms", "call_timeout_ms", "idle_stop_ms", "instances",
        "description",
    ]
    private static let capabilityMembers = [
        "name", "latency_us", "cost_micros", "quality", "idempotent", "content_types", "latency_us_per_kib",
        "cost_micros_per_kib", "description",
    ]

    func read(_ value: JSON5Value) throws(ManifestError) -> DriverManifest {
        let object = try members(of: value, "the manifest", known: Self.members)
        guard let name = try text(object, "name"), let program = try text(object, "program") else {
            throw fail("name and program are needed")
        }
        var manifest = DriverManifest(name: Text(name), program: Text(program))
        if let version = try text(object, "version") { manifest.version = Text(version) }
        manifest.arguments = try texts(object, "arguments") ?? []
        if let require = try texts(object, "require") { manifest.require = require }
        if let level = try text(object, "level") {
            guard let known = DriverManifest.Level(rawValue: level) else {
                throw fail(
                    "level \"\(level)\" is unknown; expected \(DriverManifest.Level.allCases.map(\.rawValue).joined(separator: " or "))"
                )
            }
            manifest.level = known
        }
        if let number = try integer(object, "slots") { manifest.slots = UInt32(clamping: number) }
        if let number = try integer(object, "memory_mib") { manifest.memoryBytes = number << 20 }
        if let number = try integer(object, "processes_max") { manifest.processesMax = UInt32(clamping: number) }
        if let number = try integer(object, "temporary_mib") { manifest.temporaryBytes = number << 20 }
        manifest.cpuSeconds = try integer(object, "cpu_seconds").map { UInt32(clamping: $0) }
        if let number = try integer(object, "start_timeout_ms") {
            manifest.startTimeoutMilliseconds = UInt32(clamping: number)
        }
        if let number = try integer(object, "call_timeout_ms") {
            manifest.callTimeoutMilliseconds = UInt32(clamping: number)
        }
        manifest.idleStopMilliseconds = try integer(object, "idle_stop_ms").map { UInt32(clamping: $0) }
        if let number = try integer(object, "instances") { manifest.instances = UInt32(clamping: number) }
        if case .array(let list)? = object["capabilities"]?.value {
            var capabilities: [Capability] = []
            for entry in list { capabilities.append(try capability(entry)) }
            manifest.capabilities = capabilities
        } else if object["capabilities"] != nil {
            throw fail("capabilities must be a list")
        }
        if let problem = manifest.problem() {
            throw fail("\(problem.field) is out of bounds; expected \(problem.expected)")
        }
        return manifest
    }

    private func capability(_ value: JSON5Value) throws(ManifestError) -> Capability {
        let object = try members(of: value, "a capability", known: Self.capabilityMembers)
        guard let name = try text(object, "name") else { throw fail("a capability has no name") }
        return Capability(
            name: Text(name), latencyUs: try integer(object, "latency_us") ?? 0,
            costMicros: try integer(object, "cost_micros") ?? 0, quality: try number(object, "quality") ?? 0,
            idempotent: try boolean(object, "idempotent") ?? false,
            contentTypes: try texts(object, "content_types") ?? [],
            latencyUsPerKib: try integer(object, "latency_us_per_kib") ?? 0,
            costMicrosPerKib: try integer(object, "cost_micros_per_kib") ?? 0)
    }

    private func members(
        of value: JSON5Value, _ what: String, known: [String]
    ) throws(ManifestError) -> [String: JSON5Member] {
        guard case .object(let list) = value else { throw fail("\(what) must be an object, not \(value.kind)") }
        var members: [String: JSON5Member] = [:]
        for member in list {
            guard known.contains(member.name) else {
                let nearest = NearestName.of(member.name, among: known).map { "; did you mean \($0)?" } ?? ""
                throw ManifestError(
                    description: "\(file):\(member.position): unknown member \"\(member.name)\"\(nearest)")
            }
            guard members.updateValue(member, forKey: member.name) == nil else {
                throw ManifestError(description: "\(file):\(member.position): \(member.name) is given twice")
            }
        }
        return members
    }

    private func text(_ object: [String: JSON5Member], _ name: String) throws(ManifestError) -> String? {
        guard let member = object[name] else { return nil }
        guard case .text(let text) = member.value else { throw wrong(member, "text") }
        return text
    }

    private func texts(_ object: [String: JSON5Member], _ name: String) throws(ManifestError) -> [Text]? {
        guard let member = object[name] else { return nil }
        guard case .array(let list) = member.value else { throw wrong(member, "a list of texts") }
        var texts: [Text] = []
        for value in list {
            guard case .text(let text) = value else { throw wrong(member, "a list of texts") }
            texts.append(Text(text))
        }
        return texts
    }

    private func number(_ object: [String: JSON5Member], _ name: String) throws(ManifestError) -> Double? {
        guard let member = object[name] else { return nil }
        switch member.value {
        case .number(let number): return number
        case .integer(let number): return Double(number)
        case .null, .boolean, .text, .array, .object: throw wrong(member, "a number")
        }
    }

    private func integer(_ object: [String: JSON5Member], _ name: String) throws(ManifestError) -> UInt64? {
        guard let member = object[name] else { return nil }
        guard case .integer(let number) = member.value, number >= 0, number <= 1 << 40 else {
            throw wrong(member, "a whole number of 0 or more")
        }
        return UInt64(number)
    }

    private func boolean(_ object: [String: JSON5Member], _ name: String) throws(ManifestError) -> Bool? {
        guard let member = object[name] else { return nil }
        guard case .boolean(let value) = member.value else { throw wrong(member, "true or false") }
        return value
    }

    private func wrong(_ member: JSON5Member, _ expected: String) -> ManifestError {
        ManifestError(
            description: "\(file):\(member.position): \(member.name) must be \(expected), not \(member.value.kind)")
    }

    private func fail(_ what: String) -> ManifestError { ManifestError(description: "\(file): \(what)") }
}
