// One connection's life, from accepted to closed.

import ABI
import Policy
import ProtobufWire

/// Who a session is: immutable, so that a copy of a session is a copy of a reference.
final class Identity: Sendable {
    let peer: Peer
    /// What policy is told about it.
    let subject: PolicySubject
    /// The kernel's short name for `subject`; equal subjects have equal names.
    let principal: UInt32

    init(peer: Peer, subject: PolicySubject, principal: UInt32) {
        self.peer = peer
        self.subject = subject
        self.principal = principal
    }
}

struct Session: Sendable {
    enum Phase: Sendable, Hashable {
        /// Connected and not registered.
        case stranger
        /// Registered as this agent. `executor` is its place among the executors, where it offers capabilities.
        case registered(agent: UInt64, executor: Int?)
    }

    let connection: ConnectionID
    var identity: Identity
    var phase = Phase.stranger
    /// Told goodbye: nothing it sends counts any more. What it holds is given back when the connection is gone.
    var isClosing = false
    /// New requests the peer may send before it is given more.
    var credit: UInt32 = 1
    /// Requests consumed since credit was last given.
    var consumed: UInt32 = 0
    /// Open requests that wait for something: request id → the kernel's call id.
    var open: [UInt64: UInt64] = [:]
    /// The record of its registration, on which every answer to it depends.
    var registeredBy: UInt64 = 0

    var agent: UInt64 {
        if case .registered(let agent, _) = phase { return agent }
        return 0
    }

    var peer: Peer { identity.peer }

    init(connection: ConnectionID, identity: Identity) {
        self.connection = connection
        self.identity = identity
    }
}
