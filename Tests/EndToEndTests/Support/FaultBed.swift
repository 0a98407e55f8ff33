// One camd of a sweep of faults: what it was heard to promise, and the questions that it must answer after each fault.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Synchronization

/// Something that camd has answered with OK: it must be so after any crash.
enum Promise: Sendable {
    case agent(Text, id: UInt64)
    case graph(agent: Text, key: Text, inputBytes: Int, id: UInt64)
    case value(agent: Text, key: Text, version: UInt64)
}

/// What was found wrong; a sentence.
struct Finding: Error, CustomStringConvertible {
    let description: String
}

/// camd with one test driver under a plan of faults.
final class FaultBed: Sendable {
    static let driver: Text = "tester"
    static let context: Text = "memory"
    /// Nothing of these scenarios takes nearly as long; who waits longer waits for ever.
    static let patience: Double = 15

    let bed: TestBed
    let plan: FaultPlanFile
    /// How often the driver had to be started again, when camd was asked last.
    let restarts = Atomic<Int>(0)
    private let kept = Mutex<[Promise]>([])
    /// The descriptors of a camd with which nothing was done.
    private let untouched = Mutex<[String: Int]>([:])

    private init(bed: TestBed, plan: FaultPlanFile) {
        self.bed = bed
        self.plan = plan
    }

    /// - Parameter settings: members of the configuration file.
    static func start(settings: String = "") async throws -> FaultBed {
        let plan = try FaultPlanFile()
        let bed = FaultBed(
            bed: try await TestBed.start(settings: settings, environment: plan.environment), plan: plan)
        try await bed.waitUntilItServes()
        // The last client's connection is closed in a moment.
        try await Task.sleep(for: .milliseconds(100))
        let descriptors = try bed.descriptors()
        bed.untouched.withLock { $0 = descriptors }
        return bed
    }

    var camd: CamdProcess { bed.camd }

    func promise(_ promise: Promise) { kept.withLock { $0.append(promise) } }

    /// Once they were kept: asking for hundreds again and again would take its time.
    func forgetPromises(butLast count: Int) { kept.withLock { $0 = $0.suffix(count) } }

    /// An agent that is not connected again when its connection breaks.
    func agent(_ name: Text) async throws -> CAMClient {
        let client = try await CAMClient.connect(
            ConnectOptions(
                socketPath: camd.socketPath, name: name, labels: [Label(name: "use", value: "test")],
                reconnect: .never))
        promise(.agent(name, id: client.agentID))
        return client
    }

    /// Commits two tasks, one after the other, and promises the graph where both end well.
    func commit(_ key: Text, inputBytes: Int = 8, as name: Text, _ client: CAMClient) async throws {
        let graph = try await client.commit(Self.tasks(inputBytes), key: key, wait: true)
        if graph.statuses.allSatisfy({ $0.state == .succeeded }) {
            promise(.graph(agent: name, key: key, inputBytes: inputBytes, id: graph.graphID))
        }
    }

    private static func tasks(_ inputBytes: Int) -> [TaskSpec] {
        let input = Text(String(repeating: "x", count: inputBytes))
        return [.test("a", "test.echo", input), .test("b", "test.echo", input, after: ["a"])]
    }

    // MARK: Ends and beginnings

    func ended() async throws -> ExitStatus {
        try await eventually("camd's end", within: Self.patience, every: 3) { try camd.exitStatus() }
    }

    func endAnyhow() async throws {
        if try camd.exitStatus() == nil { try await camd.kill() }
    }

    /// A machine on which there was no camd before.
    func forgetEverything() throws {
        for folder in [camd.stateFolder, Directory.parent(of: camd.socketPath)] {
            try Directory.removeAll(folder)
            try Directory.make(folder)
        }
        kept.withLock { $0 = [] }
    }

    // MARK: Looking at it

    /// Waits until camd serves a new client with everything that it has, or has ended.
    ///
    /// - Returns: false where it has ended.
    @discardableResult
    func waitUntilItServes() async throws -> Bool {
        try await eventually("readiness of the driver and the store, or an end", within: Self.patience, every: 3) {
            if try camd.exitStatus() != nil { return false }
            do {
                let client = try await CAMClient.connect(
                    ConnectOptions(socketPath: camd.adminSocketPath, name: "watcher", reconnect: .never))
                let driver = try await client.drivers().first { $0.name == Self.driver }
                let health = try await client.health()
                await client.close()
                restarts.store(Int(driver?.restarts ?? 0), ordering: .relaxed)
                return driver?.state == "ready" && health.parts.contains { $0.name == "memory" && $0.healthy }
                    ? true : nil
            } catch is ConnectionFailure {
                // It starts, or ends.
                return nil
            }
        }
    }

    /// Whether it says in its log that it listens and its driver is ready: a look that costs it no call.
    var saysItIsReady: Bool {
        let log = camd.standardError
        return log.contains("event=ready") && log.contains("\(Self.driver): ready")
    }

    /// How many descriptors of each kind are open; none for whom camd does not let look, which is everybody but root.
    private func descriptors() throws -> [String: Int] {
        let folder = "/proc/\(camd.pid)/fd"
        let names: [String]
        do {
            names = try Directory.list(folder)
        } catch {
            guard error == .EACCES, ThisProcess.effectiveUserID != 0 else { throw error }
            return [:]
        }
        return names.reduce(into: [:]) { kinds, name in
            do {
                let target = try File.readLink("\(folder)/\(name)")
                // The numbers of pipes and sockets are of no interest, nor is which file or folder it is.
                let kind = target.split(separator: "/").first?.split(separator: ":[").first ?? ""
                kinds[String(kind), default: 0] += 1
            } catch {
                // Closed while it was looked at.
            }
        }
    }

    /// Waits until camd has no more descriptors of any kind open than when nothing had been done with it.
    func expectNoLeak() async throws {
        let before = untouched.withLock { $0 }
        var now = try descriptors()
        let end = Clock.monotonic() + 5_000_000_000
        while now.contains(where: { $0.value > before[$0.key] ?? 0 }) {
            try Self.expect(Clock.monotonic() < end, "descriptors were \(before) and are \(now)")
            try await Task.sleep(for: .milliseconds(5))
            now = try descriptors()
        }
    }

    /// An end that camd chose itself, with words for its reason.
    func checkEnd(_ status: ExitStatus, zeroIsFine: Bool = false) throws {
        guard case .exited(let code) = status.reason else { throw Finding(description: "camd was \(status)") }
        if code == 0 && zeroIsFine { return }
        // What it says last may be several lines long, as complaints about policies are.
        let lines = camd.standardError.split(separator: "\n")
        guard code == 1 || code == 2, let last = lines.lastIndex(where: { $0.hasPrefix("camd: ") }) else {
            throw Finding(description: "camd \(status) and did not say why")
        }
        // The name of an error alone names nothing that failed.
        if lines[last...].joined(separator: "\n").wholeMatch(of: /camd: E[A-Z0-9]+ \(.*\)/) != nil {
            throw Finding(description: "camd says that it failed, and not what failed")
        }
    }

    // MARK: What must be so

    /// Asks for everything that was promised.
    func checkPromises() async throws {
        var ids: [Text: UInt64] = [:]
        var graphs: [Text: [(key: Text, inputBytes: Int, id: UInt64)]] = [:]
        var values: [Text: [(key: Text, version: UInt64)]] = [:]
        for promise in kept.withLock({ $0 }) {
            switch promise {
            case .agent(let name, let id): ids[name] = id
            case .graph(let agent, let key, let bytes, let id): graphs[agent, default: []].append((key, bytes, id))
            case .value(let agent, let key, let version): values[agent, default: []].append((key, version))
            }
        }
        for (name, id) in ids.sorted(by: { $0.value < $1.value }) {
            let client = try await agent(name)
            try Self.expect(client.agentID == id, "agent \(name) was \(id) and is \(client.agentID)")
            for (key, inputBytes, graph) in graphs[name] ?? [] {
                let joined = try await client.commit(Self.tasks(inputBytes), key: key, wait: true)
                let states = joined.statuses.map(\.state)
                try Self.expect(
                    joined.graphID == graph, "\(key) was admitted as \(graph) and is \(joined.graphID) now")
                try Self.expect(states == [.succeeded, .succeeded], "\(key) had ended well and is \(states) now")
            }
            for (key, version) in values[name] ?? [] {
                let value = try await client.recall(Self.context, key)
                try Self.expect(
                    value.entry?.version == version && value.value == key.bytes,
                    "\(key) had version \(version): \(value)")
            }
            await client.close()
        }
    }

    func checkJournal() async throws {
        let verified = try await camd.run("camctl", ["journal", "verify", "--json"])
        try Self.expect(
            try verified.exitStatus()?.succeeded == true,
            "the journal is not clean: \(verified.standardOutput)\(verified.standardError)")
    }

    static func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
        if !condition { throw Finding(description: otherwise()) }
    }
}
