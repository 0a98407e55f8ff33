// How to connect: where, as whom, and what to do when the connection breaks.

public import ABI
public import ProtobufWire

/// What a client does when its connection breaks.
public struct ReconnectPolicy: Sendable, Equatable {
    /// How long one outage may last before calls fail; zero never reconnects, nil tries for ever.
    public var patience: Duration?
    /// The pause before the second attempt; it doubles from attempt to attempt. The first attempt is made at once.
    public var firstPause: Duration
    public var longestPause: Duration

    public init(patience: Duration?, firstPause: Duration = .milliseconds(50), longestPause: Duration = .seconds(2)) {
        self.patience = patience
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    public static let never = ReconnectPolicy(patience: .zero)
    /// Half a minute: longer than a restart of camd takes.
    public static let standard = ReconnectPolicy(patience: .seconds(30))
    public static let forever = ReconnectPolicy(patience: nil)
}

/// What `CAMClient.connect` needs to know. Everything has a default but the name.
public struct ConnectOptions: Sendable {
    /// The socket; `SocketLocation.agents()` where nothing else is said.
    public var socketPath: String
    /// Who this agent claims to be: 1 to 128 bytes of letters, digits and `._-`.
    public var name: Text
    public var labels: [Label]
    /// What this agent offers as an executor; needs `onUpcall`.
    public var offers: [Capability]
    /// Upcalls at once.
    public var slots: UInt32
    /// From an earlier session: takes up the same agent again.
    public var resumeToken: [UInt8]
    public var reconnect: ReconnectPolicy
    /// How long the first connection may wait for camd to come up; zero tries once.
    public var patience: Duration
    /// Carries out the work that the kernel sends for an offer. A `CallFailure` that it throws is passed on; any other error is
    /// told as INTERNAL.
    public var onUpcall: (@Sendable (Upcall) async throws -> InvokeResult)?

    public init(
        socketPath: String? = nil, name: Text, labels: [Label] = [], offers: [Capability] = [], slots: UInt32 = 1,
        resumeToken: [UInt8] = [], reconnect: ReconnectPolicy = .standard, patience: Duration = .zero,
        onUpcall: (@Sendable (Upcall) async throws -> InvokeResult)? = nil
    ) {
        self.socketPath = socketPath ?? SocketLocation.agents()
        self.name = name
        self.labels = labels
        self.offers = offers
        self.slots = slots
        self.resumeToken = resumeToken
        self.reconnect = reconnect
        self.patience = patience
        self.onUpcall = onUpcall
    }
}

/// What the kernel said when it took the agent in; a new one after every reconnection.
public typealias Session = RegisterAgentResponse
