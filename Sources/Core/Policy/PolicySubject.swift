// Who a decision is about, as the kernel knows them; the `caller` of a policy's input.

public import ABI
public import ProtobufWire

/// Which socket a connection came in on. Administration is what only the admin socket may do.
public enum PolicySocket: String, Sendable, Hashable, CaseIterable {
    /// As policies see it in `input.caller.socket`.
    case agent, admin, driver
}

/// The caller of a decision. uid, gid and groups come from the socket, never from a message.
public struct PolicySubject: Sendable, Hashable {
    public var agentID: UInt64
    public var name: Text
    public var uid: UInt32
    public var gid: UInt32
    public var groups: [UInt32]
    public var socket: PolicySocket
    /// The caller's uid is camd's own.
    public var isSameUser: Bool
    /// At registration the claimed labels, afterwards the effective ones. Of two with one name the later counts.
    public var labels: [Label]
    /// Runs inside a sandbox that the kernel made.
    public var isConfined: Bool
    public var isRegistered: Bool

    public init(
        agentID: UInt64 = 0, name: Text = "", uid: UInt32, gid: UInt32, groups: [UInt32] = [],
        socket: PolicySocket = .agent, isSameUser: Bool = false, labels: [Label] = [], isConfined: Bool = false,
        isRegistered: Bool = false
    ) {
        self.agentID = agentID
        self.name = name
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.socket = socket
        self.isSameUser = isSameUser
        self.labels = labels
        self.isConfined = isConfined
        self.isRegistered = isRegistered
    }
}
