// Who is at the other end of a connection, as the operating system says.

public import Containers
public import ProtobufWire

/// Names a connection.
public typealias ConnectionID = SlotID

/// Which door a peer came through.
public enum Door: Sendable, Hashable {
    case agents
    case administration
    /// The inherited socket of a driver instance; the spawn record identifies it, not the socket's credentials.
    case driver(instance: UInt64)
}

/// What the operating system says of a peer. pid and executable are for people to read; nothing is allowed because of them.
public struct Peer: Sendable, Hashable {
    public var door: Door
    public var uid: UInt32
    public var gid: UInt32
    public var groups: [UInt32]
    public var pid: Int32
    public var executable: Text

    public init(door: Door, uid: UInt32, gid: UInt32, groups: [UInt32], pid: Int32, executable: Text) {
        self.door = door
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.pid = pid
        self.executable = executable
    }
}
