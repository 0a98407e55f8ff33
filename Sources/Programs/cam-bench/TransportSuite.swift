// `cam-bench transport`: what the socket, the reactor and the framing cost before any kernel does anything.

import ABI
import Framing

struct TransportSuite {
    let rounds: Int
    /// Told how far it is; nothing of it is a result.
    let progress: (String) -> Void

    private static let payloadBytes = 100
    private static let connections = 16
    private static let depth = 16
    private static let pingCount = 20_000
    private static let floodCount = 640_000

    func run() throws -> Report {
        let folder = try ScratchFolder()
        let plain = try EchoPeer(in: folder.path)
        let framed = try EchoPeer(in: folder.path, role: .frameEcho)
        let redis = try RedisPeer(valueBytes: Self.payloadBytes, in: folder.path)
        let frames = FrameSet(
            call: .queryPolicy,
            payloads: (0..<RedisPeer.keyCount).map { [UInt8](repeating: UInt8($0 & 0xFF), count: Self.payloadBytes) })
        let single = try LoadConnection(path: framed.path)
        let many = try (0..<Self.connections).map { _ in try LoadConnection(path: framed.path) }
        for connection in many + [single] { connection.grantUnlimitedCredit() }
        var ping = ReportRow(name: "frame echo, 1 connection, p50", unit: "us", decimals: 2, peer: "C echo, p50")
        var flood = ReportRow(name: "frame echo, 16 x 16", unit: "calls/s", decimals: 0, peer: "C echo, 16 x 16")
        var floodRedis = ReportRow(
            name: "frame echo, 16 x 16", unit: "calls/s", decimals: 0, peer: "redis-benchmark GET, 16 x 16")
        let frameBytes = FrameHeader.byteCount + Self.payloadBytes
        for round in 1...rounds {
            progress("round \(round) of \(rounds)")
            let seed = UInt64(round)
            let ours = Latencies(try Load.ping(single, frames, count: Self.pingCount, seed: seed))
            let limit = Latencies(try plain.ping(size: frameBytes, count: Self.pingCount))
            ping.rounds.append((ours.microseconds(at: 0.5), limit.microseconds(at: 0.5)))
            let rate = try Load.flood(many, frames, depth: Self.depth, count: Self.floodCount, seed: seed)
            let plainRate = try plain.flood(
                connections: Self.connections, depth: Self.depth, size: frameBytes, count: Self.floodCount)
            let redisRate = try redis.flood(
                connections: Self.connections, depth: Self.depth, count: Self.floodCount)
            flood.rounds.append((rate, plainRate))
            floodRedis.rounds.append((rate, redisRate))
        }
        return Report(
            suite: "transport", rows: [ping, flood, floodRedis],
            notes: [
                "Medians of \(rounds) alternating rounds; payload \(Self.payloadBytes) bytes; no journal, no kernel."
            ])
    }
}
