// `cam-bench rego`: what a decision costs, beside rego-cpp.

import ABI
import CommandLineInterface
import Linux
import Policy
import ProtobufWire
import Rego

struct RegoSuite {
    /// Where rbac.rego and data.json are; nil for a policy of our own.
    let folder: String?
    let rounds: Int
    /// Told how far it is; nothing of it is a result.
    let progress: (String) -> Void

    private static let counts = [10, 100, 1_000, 10_000]
    /// Beyond this rego-cpp takes minutes to load the rules.
    private static let peerCountMax = 1_000
    /// What one figure of one round is made of.
    static let sampleNanoseconds: UInt64 = 20_000_000
    private static let cachedCount: UInt64 = 1_024
    private static let peerName = "regopy"

    func run() throws -> Report {
        let rbac = try folder.map { try RegoWorkload.rbac(in: $0) } ?? .ownRBAC
        let scratch = try ScratchFolder()
        let peer = try RegoPeer.find(in: scratch.path)
        var rows = try decisionRows(rbac, peer, scratch.path)
        let families: [(String, (Int) -> RegoWorkload)] = [
            ("rules by equality", RegoWorkload.equality), ("rules by membership", RegoWorkload.rulesByMembership),
            ("names in data, membership", RegoWorkload.membership),
        ]
        for (name, workload) in families { rows += try familyRows(name, workload, peer, scratch.path) }
        rows += try loadRows(peer)
        return Report(suite: "rego", rows: rows, notes: notes(peer != nil))
    }

    private func notes(_ hasPeer: Bool) -> [String] {
        [
            "Medians of \(rounds) alternating rounds in one process each; a ratio is the median of the rounds' own.",
            hasPeer
                ? "regopy is rego-cpp in Python, with a bundle built once; it takes minutes to load 10 000 rules, so its "
                    + "rows end at \(Self.peerCountMax)."
                : "regopy is absent: CAM_REGOPY_PYTHON names no Python that has it, and neither does python3.",
            folder.map { "RBAC: rbac.rego and data.json of \($0)." } ?? "RBAC: a policy of our own.",
        ]
    }

    // MARK: Rows

    private func decisionRows(_ rbac: RegoWorkload, _ peer: RegoPeer?, _ scratch: String) throws -> [ReportRow] {
        let query = try rbac.load()
        let input = try Value(json: rbac.input)
        let text = Array(rbac.input.utf8)
        try check(query, input, rbac.name)
        try rbac.write(to: scratch)
        _ = try peer?.load(rbac.name)
        var engine = try CachedDecisions()
        var prepared = row("RBAC, prepared once", peer, wanted: "ours <= 10 us")
        var json = row("RBAC, input from JSON text", peer, wanted: "ours <= 25 us")
        var cached = row("found in the decision cache", nil, wanted: "ours <= 0.1 us")
        for round in 1...rounds {
            progress("decisions, round \(round) of \(rounds)")
            prepared.rounds.append(
                (
                    sample { _ = query.evaluate(input: input) },
                    try peer.map { try $0.run(rbac.name) } ?? 0
                ))
            json.rounds.append(
                (
                    sample { _ = query.evaluate(input: try? Value(json: text)) },
                    try peer.map { try $0.run(rbac.name, isInputSet: false) } ?? 0
                ))
            cached.rounds.append((sample { engine.askNext() }, 0))
        }
        return [prepared, json, cached]
    }

    /// A row for each count, and one that says how flat they are.
    private func familyRows(
        _ name: String, _ workload: (Int) -> RegoWorkload, _ peer: RegoPeer?, _ scratch: String
    ) throws -> [ReportRow] {
        var rows: [ReportRow] = []
        var queries: [(query: PreparedQuery, input: Value, name: String, peer: RegoPeer?)] = []
        for count in Self.counts {
            let workload = workload(count)
            let peer = count <= Self.peerCountMax ? peer : nil
            queries.append((try workload.load(), try Value(json: workload.input), workload.name, peer))
            try check(queries[queries.count - 1].query, queries[queries.count - 1].input, workload.name)
            try workload.write(to: scratch)
            _ = try peer?.load(workload.name)
            rows.append(row("\(Report.decimal(Double(count), 0)) \(name)", peer))
        }
        for round in 1...rounds {
            progress("\(name), round \(round) of \(rounds)")
            for (index, (query, input, name, peer)) in queries.enumerated() {
                rows[index].rounds.append(
                    (
                        sample { _ = query.evaluate(input: input) },
                        try peer.map { try $0.run(name) } ?? 0
                    ))
            }
        }
        var flat = ReportRow(
            name: "\(name): 10 000 beside 10", unit: "us", decimals: 2, peer: "ours, 10", wanted: "<= 1.5")
        flat.rounds = zip(rows[rows.count - 1].rounds, rows[0].rounds).map { ($0.ours, $1.ours) }
        return rows + [flat]
    }

    private func loadRows(_ peer: RegoPeer?) throws -> [ReportRow] {
        let many = RegoWorkload.equality(10_000)
        let fewer = RegoWorkload.equality(Self.peerCountMax)
        var all = ReportRow(name: "load 10 000 rules", unit: "ms", peer: "", wanted: "ours <= 1000 ms")
        var some = ReportRow(name: "load 1 000 rules", unit: "ms", peer: peer == nil ? "" : Self.peerName)
        for round in 1...rounds {
            progress("loading, round \(round) of \(rounds)")
            all.rounds.append((try milliseconds { _ = try many.load() }, 0))
            some.rounds.append(
                (try milliseconds { _ = try fewer.load() }, try peer.map { try $0.load(fewer.name) } ?? 0))
        }
        return [all, some]
    }

    private func row(_ name: String, _ peer: RegoPeer?, wanted: String = "") -> ReportRow {
        ReportRow(name: name, unit: "us", decimals: 3, peer: peer == nil ? "" : Self.peerName, wanted: wanted)
    }

    // MARK: Measuring

    /// A policy that says no answers quickly, and measures nothing.
    private func check(_ query: PreparedQuery, _ input: Value, _ name: String) throws {
        guard query.evaluate(input: input).value == .bool(true) else {
            throw BenchFailure("\(name) does not allow what it is asked about")
        }
    }

    /// Microseconds a call.
    private func sample(_ body: () -> Void) -> Double {
        var count = 0
        let start = Clock.monotonic()
        while true {
            for _ in 0..<64 { body() }
            count += 64
            let took = Clock.monotonic() - start
            if took > Self.sampleNanoseconds { return Double(took) / Double(count) / 1000 }
        }
    }

    private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let start = Clock.monotonic()
        try body()
        return Double(Clock.monotonic() - start) / 1_000_000
    }

    /// An engine that has decided about many resources, and is asked about them again.
    private struct CachedDecisions {
        private var engine: PolicyEngine
        private let subject = PolicySubject(agentID: 7, name: "bench", uid: 1000, gid: 1000, isRegistered: true)
        private let resources: [Text]
        private var next = 0

        init() throws {
            let policy = PolicySource(
                name: "cam.rego",
                text: "package cam\n\nallow if {\n\tinput.caller.registered\n\tinput.action == \"context.read\"\n"
                    + "\tstartswith(input.resource.name, \"notes\")\n\tinput.resource.owner == input.caller.agent_id\n}\n"
            )
            engine = try PolicyEngine(modules: [policy], kernel: PolicyKernelFacts(uid: 1000))
            resources = (0..<RegoSuite.cachedCount).map { Text("notes/\($0)") }
            for _ in resources { askNext() }
            guard decide().isCached else { throw BenchFailure("a decision was not found in the cache") }
        }

        mutating func askNext() {
            _ = decide()
            next = (next + 1) % resources.count
        }

        private mutating func decide() -> PolicyDecision {
            engine.decide(
                subject: subject, principal: 1, action: "context.read", resource: resources[next], owner: 7,
                call: .remember, now: 0)
        }
    }
}
