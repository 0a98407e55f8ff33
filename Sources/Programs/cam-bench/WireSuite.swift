// `cam-bench wire`: calls over the Unix socket beside a plain C echo and redis-benchmark.

import ABI
import CommandLineInterface
import Framing
import Linux
import ProtobufWire

struct WireSuite {
    let installation: Installation
    let rounds: Int
    /// Told how far it is; nothing of it is a result.
    let progress: (String) -> Void

    private static let payloadBytes = 100
    private static let valueBytes = 1024
    private static let connections = 16
    private static let depth = 16
    private static let pingCount = 20_000
    private static let floodCount = 320_000
    private static let contextName = "bench"

    func run() throws -> Report {
        let folder = try ScratchFolder()
        let echo = try EchoPeer(in: folder.path)
        let frameEcho = try EchoPeer(in: folder.path, role: .frameEcho)
        let kernel = try BenchedKernel(installation, in: folder.path)
        progress("camd was ready after \(kernel.startNanoseconds / 1_000_000) ms; filling the stores")
        let setting = try Setting(echo, frameEcho, kernel, in: folder.path)
        var rows = Rows()
        for round in 1...rounds {
            progress("round \(round) of \(rounds)")
            try setting.measure(into: &rows, seed: UInt64(round))
        }
        progress("costs of a call")
        try setting.measureCosts(into: &rows)
        return Report(suite: "wire", rows: rows.all, notes: try notes(kernel, setting.values))
    }

    private func notes(_ kernel: BenchedKernel, _ values: RedisPeer) throws -> [String] {
        [
            "Medians of \(rounds) alternating rounds; a ratio is the median of the rounds' own ratios.",
            "Payload \(Self.payloadBytes) bytes, values \(Self.valueBytes); both sides draw from \(RedisPeer.keyCount) keys "
                + "or resources. 16 x 16: 16 connections, each 16 deep.",
            "CPU is all of camd's threads, the journal's too, without Redis.",
            "The journal was on. The open loop ran at half of that round's pipelined rate and counts from when a call "
                + "was due.",
            values.isShared
                ? "GET 1 KiB was measured on camd's own Redis, the one behind remember; GET on one started the same way."
                : "camd's Redis let nobody in: GET and GET 1 KiB were measured on others, started the same way.",
            "camd held \(try kernel.residentBytes() >> 20) MiB at the end.",
        ]
    }

    /// The rows, by what they compare.
    private struct Rows {
        var policyEcho = ReportRow(
            name: "query_policy, 1 connection, p50", unit: "us", peer: "C echo, p50", wanted: "<= 1.5")
        var policyRedis = ReportRow(
            name: "query_policy, 1 connection, p50", unit: "us", peer: "Redis GET, p50", wanted: "<= 1")
        var policyFlood = ReportRow(
            name: "query_policy, 16 x 16", unit: "calls/s", decimals: 0, peer: "redis-benchmark GET 16 x 16",
            wanted: ">= 0.8")
        var policyTail = ReportRow(
            name: "query_policy, open loop at half of that, p99", unit: "us", peer: "frame echo at the same rate, p99",
            wanted: "ours <= 1000 us")
        var recall = ReportRow(
            name: "remember.recall 1 KiB, 1 connection, p50", unit: "us", peer: "Redis GET 1 KiB, p50",
            wanted: "<= 2.5")
        var recallFlood = ReportRow(
            name: "remember.recall 1 KiB, 16 x 16", unit: "calls/s", decimals: 0,
            peer: "redis-benchmark GET 1 KiB 16 x 16", wanted: ">= 0.25")

        var all: [ReportRow] {
            [policyEcho, policyRedis, policyFlood, policyTail, recall, recallFlood]
        }
    }

    /// What stays the same over all rounds.
    private struct Setting {
        let echo: EchoPeer
        let kernel: BenchedKernel
        /// Redis with values as short as a policy query, and with those that `recall` gives.
        let small: RedisPeer
        let values: RedisPeer
        let policy: FrameSet
        let recall: FrameSet
        let single: LoadConnection
        let many: [LoadConnection]
        let echoMany: [LoadConnection]

        init(_ echo: EchoPeer, _ frameEcho: EchoPeer, _ kernel: BenchedKernel, in folder: String) throws {
            self.echo = echo
            self.kernel = kernel
            policy = FrameSet(call: .queryPolicy, payloads: (0..<RedisPeer.keyCount).map(Self.policyRequest))
            recall = FrameSet(call: .remember, payloads: (0..<RedisPeer.keyCount).map(Self.recallRequest))
            single = try kernel.connect()
            many = try (0..<WireSuite.connections).map { _ in try kernel.connect() }
            echoMany = try (0..<WireSuite.connections).map { _ in try LoadConnection(path: frameEcho.path) }
            for connection in echoMany { connection.grantUnlimitedCredit() }
            small = try RedisPeer(valueBytes: WireSuite.payloadBytes, in: folder)
            try Self.fill(kernel, single, many)
            values = try RedisPeer(valueBytes: WireSuite.valueBytes, sharing: kernel.redisSocket, in: folder)
        }

        /// Exactly a hundred bytes, each about another resource of the caller's own.
        private static func policyRequest(_ index: Int) -> [UInt8] {
            var name = "bench-\(index)-"
            var encoded: [UInt8] = []
            repeat {
                name.append("x")
                encoded = QueryPolicyRequest(action: "context.read", resource: Text(name)).encoded()
            } while encoded.count < WireSuite.payloadBytes
            return encoded
        }

        private static func recallRequest(_ index: Int) -> [UInt8] {
            RememberRequest(
                operation: .recall(.init(context: ContextRef(name: Text(contextName)), key: key(index)))
            ).encoded()
        }

        private static func key(_ index: Int) -> Text { Text("key:\(index)") }

        /// As many values of the same size as the Redis beside it has.
        private static func fill(_ kernel: BenchedKernel, _ single: LoadConnection, _ many: [LoadConnection]) throws {
            try waitForStore(single)
            let value = [UInt8](repeating: UInt8(ascii: "x"), count: WireSuite.valueBytes)
            let stores = (0..<RedisPeer.keyCount).map { index in
                RememberRequest(
                    operation: .store(
                        .init(context: ContextRef(name: Text(contextName)), key: key(index), value: value))
                ).encoded()
            }
            let frames = FrameSet(call: .remember, payloads: stores)
            try Load.once(many, frames, depth: WireSuite.depth)
        }

        /// A private Redis may still be starting when camd already answers.
        private static func waitForStore(_ single: LoadConnection) throws {
            let end = Clock.monotonic() + 20_000_000_000
            let request = RememberRequest(
                operation: .store(.init(context: ContextRef(name: Text(contextName)), key: "ready", value: [1])))
            while true {
                do {
                    _ = try single.call(.remember, request, as: RememberResponse.self)
                    return
                } catch let failure as BenchFailure where failure.exitCode == .tryAgain && Clock.monotonic() < end {
                    Clock.sleep(nanoseconds: 20_000_000)
                }
            }
        }

        /// One round: every pair right after each other.
        func measure(into rows: inout Rows, seed: UInt64) throws {
            let (connections, depth) = (WireSuite.connections, WireSuite.depth)
            let bytes = WireSuite.payloadBytes
            let limit = Latencies(
                try echo.ping(size: FrameHeader.byteCount + bytes, count: pingCount)
            ).microseconds(at: 0.5)
            let ping = Latencies(try Load.ping(single, policy, count: pingCount, seed: seed)).microseconds(at: 0.5)
            let get = Latencies(try small.ping(count: pingCount, seed: seed)).microseconds(at: 0.5)
            rows.policyEcho.rounds.append((ping, limit))
            rows.policyRedis.rounds.append((ping, get))

            let flood = try Load.flood(many, policy, depth: depth, count: floodCount, seed: seed)
            let gets = try small.flood(connections: connections, depth: depth, count: floodCount)
            rows.policyFlood.rounds.append((flood, gets))

            let calls = Int(flood / 2)
            let tail = Latencies(try Load.schedule(many, policy, rate: flood / 2, count: calls, seed: seed))
            let echoTail = Latencies(try Load.schedule(echoMany, policy, rate: flood / 2, count: calls, seed: seed))
            rows.policyTail.rounds.append((tail.microseconds(at: 0.99), echoTail.microseconds(at: 0.99)))

            let recalled = Latencies(try Load.ping(single, recall, count: pingCount / 2, seed: seed))
            let got = Latencies(try values.ping(count: pingCount / 2, seed: seed)).microseconds(at: 0.5)
            rows.recall.rounds.append((recalled.microseconds(at: 0.5), got))
            let recalls = try Load.flood(many, recall, depth: depth, count: floodCount / 4, seed: seed)
            let bigGets = try values.flood(connections: connections, depth: depth, count: floodCount / 2)
            rows.recallFlood.rounds.append((recalls, bigGets))
        }

        /// What one call of each kind of load costs: bytes of journal and processor time of camd.
        func measureCosts(into rows: inout Rows) throws {
            func cost(_ count: Int, _ body: (Int) throws -> Void) throws -> CallCost {
                try kernel.costPerCall(count) { try body(count) }
            }
            let policyPing = try cost(pingCount) { _ = try Load.ping(single, policy, count: $0, seed: 99) }
            rows.policyEcho.cost = policyPing
            rows.policyRedis.cost = policyPing
            let policyFlood = try cost(floodCount) {
                _ = try Load.flood(many, policy, depth: depth, count: $0, seed: 99)
            }
            rows.policyFlood.cost = policyFlood
            rows.policyTail.cost = policyFlood
            rows.recall.cost = try cost(pingCount / 2) { _ = try Load.ping(single, recall, count: $0, seed: 99) }
            rows.recallFlood.cost = try cost(floodCount / 4) {
                _ = try Load.flood(many, recall, depth: depth, count: $0, seed: 99)
            }
        }
    }
}
