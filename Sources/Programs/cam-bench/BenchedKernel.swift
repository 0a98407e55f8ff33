// A camd of the bench's own: temporary state, its own configuration, the rate limit out of the way.

import ABI
import Linux
import ProtobufWire

final class BenchedKernel {
    private let process: ServerProcess
    private let folder: String
    private let observer: LoadConnection
    /// The name under which every connection of the bench registers: one agent with many connections.
    static let agentName = "cam-bench"

    var socket: String { folder + "/run/cam.sock" }
    var redisSocket: String { folder + "/state/redis/redis.sock" }
    /// Nanoseconds from the start of the process to the first accepted connection.
    let startNanoseconds: UInt64

    init(_ installation: Installation, in folder: String) throws {
        self.folder = folder
        try Directory.make(folder + "/run")
        try Directory.make(folder + "/state")
        let configuration = """
            // Of cam-bench: everything as shipped, but for the rate limit, which is not what is measured.
            {limits: {calls_per_second: 10000000, burst: 10000000}}

            """
        try File.replace(folder + "/camd.json5", with: Array(configuration.utf8))
        let start = Clock.monotonic()
        process = try ServerProcess(
            "camd", program: installation.camd, arguments: [],
            environment: Self.environment(installation, folder), log: folder + "/camd.log")
        try process.waitUntilServing(folder + "/run/cam.sock")
        startNanoseconds = Clock.monotonic() - start
        try process.waitUntilServing(folder + "/run/admin.sock")
        observer = try LoadConnection(path: folder + "/run/admin.sock")
        try observer.register(name: "cam-bench-observer")
    }

    private static func environment(_ installation: Installation, _ folder: String) -> [(name: String, value: String)] {
        var environment: [(name: String, value: String)] = [
            ("CAM_CONFIG", folder + "/camd.json5"), ("CAM_STATE_DIR", folder + "/state"),
            ("CAM_RUNTIME_DIR", folder + "/run"),
        ]
        if let drivers = installation.driversFolder { environment.append(("CAM_DRIVERS_DIR", drivers)) }
        if let policies = installation.policiesFolder { environment.append(("CAM_POLICIES_DIR", policies)) }
        for name in ["PATH", "HOME", "LANG", "LD_LIBRARY_PATH"] {
            if let value = ThisProcess.environment(name) { environment.append((name, value)) }
        }
        return environment
    }

    /// A registered connection.
    func connect() throws -> LoadConnection {
        let connection = try LoadConnection(path: socket)
        try connection.register(name: Self.agentName)
        return connection
    }

    /// Bytes of the journal so far, everything that was answered included.
    func journalBytes() throws -> UInt64 {
        let answer = try observer.call(.observe, ObserveRequest(what: .stats(Nothing())), as: ObserveResponse.self)
        guard let stats = answer.stats else { throw BenchFailure("observe gave no statistics") }
        return stats.journalBytes
    }

    /// Runs something and says what each of its `calls` cost. Folded records are written within a second, so it waits
    /// that long before it counts.
    func costPerCall(_ calls: Int, _ body: () throws -> Void) throws -> CallCost {
        let bytes = try journalBytes()
        let processor = try processorMicroseconds()
        try body()
        Clock.sleep(nanoseconds: 1_200_000_000)
        return CallCost(
            journalBytes: Double(try journalBytes() - bytes) / Double(calls),
            processorMicroseconds: (try processorMicroseconds() - processor) / Double(calls))
    }

    /// Processor time of all threads so far; counted in hundredths of a second.
    private func processorMicroseconds() throws -> Double {
        let text = String(decoding: try File.readAll("/proc/\(process.pid)/stat", limit: 4096), as: UTF8.self)
        // Behind the name in parentheses: the 3rd field is the first of these, user and system time are 14th and 15th.
        let fields = text[text.index(after: text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw BenchFailure("camd's processor time cannot be read")
        }
        return (user + system) * 10_000
    }

    /// Memory that camd holds, bytes.
    func residentBytes() throws -> UInt64 {
        let text = String(decoding: try File.readAll("/proc/\(process.pid)/statm", limit: 4096), as: UTF8.self)
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = UInt64(fields[1]) else {
            throw BenchFailure("camd's memory cannot be read")
        }
        return pages * 4096
    }
}
