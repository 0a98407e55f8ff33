// One driver.json5, member by member; an unknown one is an error that names the nearest known one.

import ABI
import DriverLifecycle
import JSON5
import ProtobufWire

enum ManifestReader {
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

    static func read(_ value: JSON5Value) throws(JSON5Error) -> DriverManifest {
        let object = try JSON5Object(value, "the manifest", known: members)
        var manifest = DriverManifest(
            name: Text(try object.requiredText("name")), program: Text(try object.requiredText("program")))
        if let version = try object.text("version") { manifest.version = Text(version) }
        manifest.arguments = try object.texts("arguments")?.map { Text($0) } ?? []
        if let require = try object.texts("require") { manifest.require = require.map { Text($0) } }
        if let level = try object.text("level") { manifest.level = try known(level) }
        manifest.slots = try object.integer("slots") ?? manifest.slots
        if let mebibytes = try object.integer("memory_mib", as: UInt64.self) { manifest.memoryBytes = mebibytes << 20 }
        manifest.processesMax = try object.integer("processes_max") ?? manifest.processesMax
        if let mebibytes = try object.integer("temporary_mib", as: UInt64.self) {
            manifest.temporaryBytes = mebibytes << 20
        }
        manifest.cpuSeconds = try object.integer("cpu_seconds")
        manifest.startTimeoutMilliseconds =
            try object.integer("start_timeout_ms") ?? manifest.startTimeoutMilliseconds
        manifest.callTimeoutMilliseconds = try object.integer("call_timeout_ms") ?? manifest.callTimeoutMilliseconds
        manifest.idleStopMilliseconds = try object.integer("idle_stop_ms")
        manifest.instances = try object.integer("instances") ?? manifest.instances
        for entry in try object.objects("capabilities", "a capability", known: capabilityMembers) ?? [] {
            manifest.capabilities.append(try capability(entry))
        }
        return manifest
    }

    private static func known(_ level: String) throws(JSON5Error) -> DriverManifest.Level {
        guard let known = DriverManifest.Level(rawValue: level) else {
            let levels = DriverManifest.Level.allCases.map(\.rawValue).joined(separator: " or ")
            throw JSON5Error(
                position: DocumentPosition(line: 1, column: 1),
                problem: "level \"\(level)\" is unknown; expected \(levels)")
        }
        return known
    }

    private static func capability(_ object: JSON5Object) throws(JSON5Error) -> Capability {
        Capability(
            name: Text(try object.requiredText("name")), latencyUs: try object.integer("latency_us") ?? 0,
            costMicros: try object.integer("cost_micros") ?? 0, quality: try object.number("quality") ?? 0,
            idempotent: try object.boolean("idempotent") ?? false,
            contentTypes: try object.texts("content_types")?.map { Text($0) } ?? [],
            latencyUsPerKib: try object.integer("latency_us_per_kib") ?? 0,
            costMicrosPerKib: try object.integer("cost_micros_per_kib") ?? 0)
    }
}
