// Why camd's own redis-server could not be started, and what to do.

public import Linux

public enum PrivateRedisError: Error, Sendable, CustomStringConvertible {
    /// The program that was named, or nil where it was searched for.
    case notInstalled(String?)
    case longPath(String)
    case folder(String, Errno)
    case inUse(String)
    case leftOver(String, pid: Int32?)
    case cannotStart(SpawnError)

    public var description: String {
        switch self {
        case .notInstalled(let program):
            (program.map { "\($0) is no program" } ?? "redis-server is not installed")
                + "; install it (Debian and Ubuntu: apt install redis-server), or set memory.url to a Redis of yours"
        case .longPath(let path):
            "the socket of redis-server would be \(path)/redis.sock, which is longer than the "
                + "\(PrivateRedis.socketPathBytesMax) bytes that Linux allows; choose a shorter state folder"
        case .folder(let path, let cause): "the folder of redis-server, \(path), cannot be used: \(cause)"
        case .inUse(let path): "another camd uses \(path); stop it, or give this one a state folder of its own"
        case .leftOver(let path, let pid):
            "a redis-server that an earlier camd left behind still uses \(path)"
                + (pid.map { " (pid \($0)) and could not be ended; end it and start camd again" }
                    ?? "; find it with `fuser \(path)/server.lock`, end it and start camd again")
        case .cannotStart(let cause): "\(cause)"
        }
    }
}
