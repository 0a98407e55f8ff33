// Where a Redis is, and how to behave towards it.

public import Contexts

/// The address of a Redis. Prefer a numeric address: hiredis looks a name up while it connects, on the reactor's thread,
/// and a name server that does not answer holds camd meanwhile.
public enum RedisLocation: Sendable, Equatable {
    case unixSocket(path: String)
    case tcp(host: String, port: UInt16, database: UInt32)

    public init(_ url: MemoryURL) {
        self =
            switch url {
            case .unixSocket(let path, _): .unixSocket(path: path)
            case .tcp(let host, let port, let database, _): .tcp(host: host, port: port, database: database)
            }
    }
}

/// Bounds and times of the adapter; every one of them has a default that fits camd's own Redis.
public struct RedisContextsOptions: Sendable {
    /// No answer for so long means the store is away: reads become UNAVAILABLE, writes OUTCOME_UNKNOWN.
    public var answerTimeoutMs: UInt32 = 5_000
    /// For connecting, authenticating and loading the scripts together.
    public var connectTimeoutMs: UInt32 = 2_000
    /// Operations accepted and not yet answered. Beyond it: UNAVAILABLE with the time in which half of them will be done.
    public var operationsMax = 16_384
    /// The same in bytes of values.
    public var bytesMax = 64 << 20
    /// What may be on its way to Redis at once; the rest waits here, where a lost connection makes it UNAVAILABLE
    /// rather than unknown.
    public var windowOperations = 1_024
    public var windowBytes = 4 << 20
    public var reconnectFirstMs: UInt32 = 20
    public var reconnectMostMs: UInt32 = 5_000
    /// Keys whose newest version is remembered, about 150 bytes each.
    public var versionsRemembered = 65_536

    public init() {}
}

/// What the store can do at the moment.
public enum RedisContextsState: Sendable, Equatable {
    case connecting
    case ready
    /// Not there; tried again by itself.
    case away(reason: String)
    case closed
}
