// What camd gets when a driver was spawned, when it ended, and when it could not be.

public import ABI
public import DriverLifecycle
public import Linux
public import ProtobufWire

/// A driver that was spawned. The process is identified by this record, never by what its socket says: SO_PEERCRED of an
/// inherited socket names camd itself.
public struct SpawnedDriver: ~Copyable {
    public let instance: UInt64
    /// camd's end of the driver's connection, non-blocking; owned by the receiver of this record.
    public let socket: FileDescriptor
    /// The launcher's pid, for people.
    public let pid: Int32
    /// 32 bytes that the driver must send in its first frame, valid once; it finds them in its environment, in hexadecimal.
    public let secret: [UInt8]

    /// The socket, owned by the caller from now on.
    public consuming func releaseSocket() -> Int32 { socket.release() }
}

/// The end of a driver, when everything of it has gone.
public struct DriverEnd: Sendable, Equatable {
    public var exit: DriverExit
    /// What was known when it ended.
    public var facts: DriverFacts
}

/// What is known of a driver while it runs and after.
public struct DriverFacts: Sendable, Equatable {
    /// Nil until the launcher has reported.
    public var report: SandboxReport?
    /// The last lines of its standard error, oldest first.
    public var standardError: [Text]
    /// What the sandbox stopped, oldest first.
    public var violations: [Text]
}

/// Why a driver was not spawned.
public struct SpawnRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    public var driver: Text
    public var reason: String
    /// Whether trying again would end the same way.
    public var isLasting: Bool

    public var description: String { "driver \(driver) cannot be started: \(reason)" }
}
