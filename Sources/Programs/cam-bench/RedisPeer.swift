// The peer that everybody knows: redis-benchmark against a Redis on a Unix socket.

import Linux

/// A Redis with values of one size under ten thousand keys.
final class RedisPeer {
    private let benchmark: String
    private let server: ServerProcess?
    private let socket: String
    private let valueBytes: Int
    /// Whether it is a server that somebody else started: the very one behind `remember`.
    var isShared: Bool { server == nil }

    /// Keys that both sides draw from.
    static let keyCount = 10_000

    /// Fills the Redis at `socket` where that lets us in, else one that is started here in the same way.
    init(valueBytes: Int, sharing socket: String? = nil, in folder: String) throws {
        self.valueBytes = valueBytes
        benchmark = try Installation.inPath("redis-benchmark")
        if let socket, try Self.answers(socket) {
            (self.server, self.socket) = (nil, socket)
        } else {
            (self.server, self.socket) = try Self.start(in: folder + "/redis-\(valueBytes)")
        }
        _ = try run("set", clients: 16, depth: 16, count: 8 * Self.keyCount)
    }

    private static func start(in folder: String) throws -> (ServerProcess, String) {
        try Directory.make(folder)
        let socket = folder + "/redis.sock"
        let server = try ServerProcess(
            "redis-server", program: try Installation.inPath("redis-server"),
            arguments: [
                "--port", "0", "--unixsocket", socket, "--dir", folder, "--appendonly", "yes", "--appendfsync",
                "always",
                "--save", "", "--databases", "1",
            ], log: folder + "/redis.log")
        try server.waitUntilServing(socket)
        return (server, socket)
    }

    /// GETs on one connection, one at a time: the same loop as ours (`Load.ping`), because redis-benchmark's own
    /// percentiles cannot tell less than 8 microseconds apart. Nanoseconds of each.
    func ping(count: Int, seed: UInt64) throws -> [UInt64] {
        let connection = try Socket.connect(unixPath: socket, nonBlocking: false)
        let requests = (0..<Self.keyCount).map { Self.request($0) }
        var answer = [UInt8](repeating: 0, count: valueBytes + 64)
        var draw = Draw(seed: seed)
        var nanoseconds = [UInt64](repeating: 0, count: count)
        for index in 0..<count {
            let start = Clock.monotonic()
            try File.writeAll(connection.rawValue, requests[draw.next(below: Self.keyCount)])
            var got = 0
            while !isComplete(answer[..<got]) {
                got += try answer.withUnsafeMutableBytes {
                    try File.read(connection.rawValue, into: UnsafeMutableRawBufferPointer(rebasing: $0[got...]))
                }
            }
            nanoseconds[index] = Clock.monotonic() - start
        }
        return nanoseconds
    }

    /// As redis-benchmark writes it: `GET key:000000001234`.
    private static func request(_ index: Int) -> [UInt8] {
        let digits = String(index)
        let key = "key:" + String(repeating: "0", count: 12 - digits.count) + digits
        return Array("*2\r\n$3\r\nGET\r\n$16\r\n\(key)\r\n".utf8)
    }

    /// Either the value with its length in front, or `$-1` for the few keys that random filling has missed.
    private func isComplete(_ answer: ArraySlice<UInt8>) -> Bool {
        answer.count == valueBytes + "$\(valueBytes)\r\n\r\n".utf8.count || answer.elementsEqual("$-1\r\n".utf8)
    }

    /// GETs a second.
    func flood(connections: Int, depth: Int, count: Int) throws -> Double {
        try run("get", clients: connections, depth: depth, count: count)
    }

    private func run(
        _ test: String, clients: Int, depth: Int, count: Int
    ) throws -> Double {
        let output = try outputOf(
            benchmark,
            [
                "-s", socket, "-t", test, "-d", "\(valueBytes)", "-r", "\(Self.keyCount)", "-c", "\(clients)", "-P",
                "\(depth)",
                "-n", "\(count)", "--csv",
            ])
        // "test","rps","avg_latency_ms",…
        for line in output.split(separator: "\n") {
            let cells = line.split(separator: ",").map { $0.filter { $0 != "\"" } }
            if cells.count > 1, cells[0].lowercased() == test, let rate = Double(cells[1]) { return rate }
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
        var answer = [UInt8](repeating: 0, count: 64)
        let count = try answer.withMutableBytes { buffer throws(Errno) in
            try File.read(socket.rawValue, into: buffer)
        }
        return Array(answer[..<count])
    }
}
