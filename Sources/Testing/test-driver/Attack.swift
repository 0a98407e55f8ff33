// What a driver must not be able to do, tried from inside its sandbox.

import CHiredis
import Linux

enum Attack {
    /// Tries each of the named attacks and tells what became of it: one line each, `NAME: refused: …` or `NAME: DONE`.
    static func tried(_ names: [String]) -> String {
        names.map { name in
            do {
                try attempt(name)
                return "\(name): DONE"
            } catch {
                return "\(name): refused: \(error)"
            }
        }.joined(separator: "\n")
    }

    private static func attempt(_ name: String) throws {
        switch name {
        case "read": _ = try File.open("/etc/shadow", .readOnly)
        case "write": _ = try File.open("/usr/cam-was-here", [.writeOnly, .create])
        case "own-folder": _ = try File.open("/driver/cam-was-here", [.writeOnly, .create])
        case "connect": try connectOut()
        case "connect-local": _ = try Socket.connect(unixPath: "/run/dbus/system_bus_socket", nonBlocking: true)
        case "bomb": try bomb()
        default: throw Errno.EINVAL
        }
    }

    /// TCP, by a library that drivers of tests have at hand.
    private static func connectOut() throws {
        guard let context = redisConnect("127.0.0.1", 9) else { throw Errno.ENOMEM }
        defer { redisFree(context) }
        if context.pointee.err != 0 { throw Refused(description: Self.words(of: context)) }
    }

    private static func words(of context: UnsafeMutablePointer<redisContext>) -> String {
        withUnsafeBytes(of: context.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts itself again and again; the first that starts is one too many.
    private static func bomb() throws {
        var refusal: (any Error)?
        for _ in 0..<50 {
            do {
                _ = try SpawnPlan(program: "/proc/self/exe").spawn()
                return
            } catch {
                refusal = error
            }
        }
        if let refusal { throw refusal }
    }
}
