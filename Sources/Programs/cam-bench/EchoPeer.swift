// The limit: a C echo in a process of its own, asked by C clients in this one.

import CEcho
import Linux

final class EchoPeer {
    private let server: ServerProcess
    let path: String

    init(in folder: String, role: ServerRole = .plainEcho) throws {
        path = folder + "/" + (role == .plainEcho ? "plain.sock" : "frames.sock")
        server = try ServerProcess(
            "the echo", program: try ThisProcess.executablePath(), arguments: [role.rawValue, path],
            log: folder + "/echo.log")
        try server.waitUntilServing(path)
    }

    /// Nanoseconds of each of `count` round trips of `size` bytes.
    func ping(size: Int, count: Int) throws -> [UInt64] {
        var nanoseconds = [UInt64](repeating: 0, count: count)
        let result = nanoseconds.withUnsafeMutableBufferPointer { cecho_ping(path, size, count, $0.baseAddress) }
        guard result == 0 else { throw BenchFailure("the C echo at \(path) broke off") }
        return nanoseconds
    }

    /// Round trips a second over `connections`, each `depth` deep.
    func flood(connections: Int, depth: Int, size: Int, count: Int) throws -> Double {
        var nanoseconds: UInt64 = 0
        guard cecho_flood(path, connections, depth, size, count, &nanoseconds) == 0 else {
            throw BenchFailure("the C echo at \(path) broke off")
        }
        return Double(count / depth * depth) * 1e9 / Double(nanoseconds)
    }
}
