// What the kernel asks of the shell, in order, appended to a buffer that is reused.

public import ABI
public import Contexts
public import ProtobufWire

/// One thing to do. `after` is the sequence number that must be on disk first; 0 waits for nothing.
public enum Directive: Sendable {
    /// Bytes of one frame, a range of `Directives.bytes`.
    case send(ConnectionID, Range<Int>, after: UInt64)
    /// The answer to a registration, whose resume token the shell signs and adds: the kernel holds no keys.
    case sendWithToken(ConnectionID, Range<Int>, TokenClaims, after: UInt64)
    /// More requests the peer may send; held back while the peer does not read what it is owed.
    case grantCredit(ConnectionID, UInt32)
    /// Close once everything before this has been sent.
    case close(ConnectionID, after: UInt64)
    /// A journal record's payload, a range of `Directives.bytes`.
    case append(Range<Int>, sequence: UInt64, durable: Bool)
    /// An index into `Directives.contexts`.
    case context(Int, after: UInt64)
    case readRecord(sequence: UInt64, token: UInt64)
    /// Read the policies again, with one more grant where one is given, which is then kept.
    case loadPolicies(token: UInt64, granting: Grant?, after: UInt64)
    case spawn(driver: Int, instance: UInt64)
    case kill(instance: UInt64, reason: Text)
    /// Call back with `.timer` at this monotonic time.
    case wake(at: UInt64)
    case log(Severity, event: StaticString, Text)
    /// Everything was handed over; the daemon may stop.
    case drained
}

public enum Severity: Int, Sendable, Comparable {
    case debug = 0
    case info, warning, error
    public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
}

/// What a resume token says.
public struct TokenClaims: Sendable, Hashable {
    public var agentID: UInt64
    public var uid: UInt32
    /// Nanoseconds since 1970-01-01 UTC.
    public var expires: Int64
}

/// The buffer of directives. The shell empties it after each event and keeps its memory.
public struct Directives: Sendable {
    public var list: [Directive] = []
    public var bytes: [UInt8] = []
    public var contexts: [ContextRequest] = []

    public init() {
        list.reserveCapacity(256)
        bytes.reserveCapacity(64 << 10)
    }

    /// A buffer without memory of its own, to swap with one that has some.
    public init(empty: ()) {}

    public mutating func removeAll() {
        list.removeAll(keepingCapacity: true)
        contexts.removeAll(keepingCapacity: true)
        if bytes.capacity > 4 << 20 {
            bytes = []
        } else {
            bytes.removeAll(keepingCapacity: true)
        }
    }
}
