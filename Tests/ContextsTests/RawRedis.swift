// What an attacker with access to Redis has: a plain connection that sends any command. Blocking, for tests.

import Linux

final class RawRedis {
    indirect enum Reply: Equatable {
        case status(String)
        case error(String)
        case number(Int)
        case bytes([UInt8])
        case none
        case list([Reply])

        var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
        var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        var list: [Reply] { if case .list(let list) = self { list } else { [] } }
        var number: Int? { if case .number(let number) = self { number } else { nil } }
    }

    private let socket: FileDescriptor
    private var buffer: [UInt8] = []

    init(_ path: String) throws { socket = try Socket.connect(unixPath: path, nonBlocking: false) }

    @discardableResult
    func send(_ words: String...) throws -> Reply { try send(words.map { Array($0.utf8) }) }

    @discardableResult
    func send(_ parts: [[UInt8]]) throws -> Reply {
        var bytes = Array("*\(parts.count)\r\n".utf8)
        for part in parts { bytes += Array("$\(part.count)\r\n".utf8) + part + [13, 10] }
        try File.writeAll(socket.rawValue, bytes)
        return try reply()
    }

    private func reply() throws -> Reply {
        let line = try line()
        let rest = String(decoding: line.dropFirst(), as: UTF8.self)
        switch line.first {
        case UInt8(ascii: "+"): return .status(rest)
        case UInt8(ascii: "-"): return .error(rest)
        case UInt8(ascii: ":"): return .number(Int(rest) ?? 0)
        case UInt8(ascii: "$"):
            guard let count = Int(rest), count >= 0 else { return .none }
            return .bytes(Array(try take(count + 2).dropLast(2)))
        case UInt8(ascii: "*"):
            guard let count = Int(rest), count >= 0 else { return .none }
            return .list(try (0..<count).map { _ in try reply() })
        default: throw HarnessError(description: "not a reply: \(line)")
        }
    }

    private func line() throws -> [UInt8] {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                defer { buffer.removeFirst(end + 1) }
                return Array(buffer[..<end].dropLast())
            }
            try fill()
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try fill() }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = try chunk.withUnsafeMutableBytes { try File.read(socket.rawValue, into: $0) }
        guard count > 0 else { throw HarnessError(description: "Redis hung up") }
        buffer += chunk[..<count]
    }
}
