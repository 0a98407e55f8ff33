// The peer that everybody knows: redis-benchmark against a Redis on a Unix socket.

import Linux

/// A Redis to be measured: camd's private one where its socket lets us in, else one that is started the same way.
final class RedisPeer {
    private let benchmark: String
    private let server: ServerProcess?
    private let socket: String
    /// Whether it is the very server behind `remember`.
    let isShared: Bool

    /// Keys that both sides draw from.
    static let keyCount = 10_000

    init(privateSocket: String, in folder: String) throws {
        benchmark = try Installation.inPath("redis-benchmark")
        if try Self.answers(privateSocket) {
            (server, socket, isShared) = (nil, privateSocket, true)
            return
        }
        socket = folder + "/redis.sock"
        isShared = false
        let server = try ServerProcess(
            "redis-server", program: try Installation.inPath("redis-server"),
            arguments: [
                "--port", "0", "--unixsocket", socket, "--dir", folder, "--appendonly", "yes", "--appendfsync",
                "always",
                "--save", "",
            ], log: folder + "/redis.log")
        try server.waitUntilServing(socket)
        self.server = server
    }

    /// Puts `size` bytes under every key of database `database`.
    func fill(size: Int, database: Int) throws {
        _ = try run("set", size: size, database: database, clients: 16, depth: 16, count: 8 * Self.keyCount)
    }

    /// Median of a GET on one connection, microseconds.
    func ping(size: Int, database: Int, count: Int) throws -> Double {
        try run("get", size: size, database: database, clients: 1, depth: 1, count: count).medianMilliseconds * 1000
    }

    /// GETs a second.
    func flood(size: Int, database: Int, connections: Int, depth: Int, count: Int) throws -> Double {
        try run("get", size: size, database: database, clients: connections, depth: depth, count: count).perSecond
    }

    private func run(
        _ test: String, size: Int, database: Int, clients: Int, depth: Int, count: Int
    ) throws -> (perSecond: Double, medianMilliseconds: Double) {
        let output = try outputOf(
            benchmark,
            [
                "-s", socket, "-t", test, "-d", "\(size)", "-r", "\(Self.keyCount)", "-c", "\(clients)", "-P",
                "\(depth)",
                "-n", "\(count)", "--dbnum", "\(database)", "--csv",
            ])
        // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms",…
        for line in output.split(separator: "\n") {
            let cells = line.split(separator: ",").map { $0.filter { $0 != "\"" } }
            if cells.count > 4, cells[0].lowercased() == test, let rate = Double(cells[1]),
                let median = Double(cells[4])
            {
                return (rate, median)
            }
        }
        throw BenchFailure("redis-benchmark printed no line for \(test.uppercased()):\n\(output)")
    }

    /// Whether a Redis at `path` lets anybody read.
    private static func answers(_ path: String) throws -> Bool {
        guard try File.exists(path) else { return false }
        do {
            return try ask(path).elementsEqual("$-1\r\n".utf8)
        } catch {
            return false
        }
    }

    private static func ask(_ path: String) throws(Errno) -> [UInt8] {
        let socket = try Socket.connect(unixPath: path, nonBlocking: false)
        try File.writeAll(socket.rawValue, Array("GET cam-bench\r\n".utf8))
        return try File.read(socket.rawValue, limit: 64)
    }
}
