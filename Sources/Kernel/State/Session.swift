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

/// The sessions by place. A frame for a connection that is gone finds nothing.
struct SessionTable: Sendable {
    private var places: [Session?] = []

    subscript(_ id: ConnectionID) -> Session? {
        guard id.index < UInt32(places.count), let session = places[Int(id.index)], session.connection == id else {
            return nil
        }
        return session
    }

    mutating func insert(_ session: Session) {
        let index = Int(session.connection.index)
        while places.count <= index { places.append(nil) }
        precondition(places[index] == nil, "connection \(index) is in use by \(places[index]!.connection)")
        places[index] = session
    }

    mutating func remove(_ id: ConnectionID) -> Session? {
        guard self[id] != nil else { return nil }
        defer { places[Int(id.index)] = nil }
        return places[Int(id.index)]
    }

    /// Changes the session in place; does nothing where it is gone.
    mutating func update(_ id: ConnectionID, _ change: (inout Session) -> Void) {
        guard id.index < UInt32(places.count), places[Int(id.index)]?.connection == id else { return }
        change(&places[Int(id.index)]!)
    }

    /// In order of place.
    var all: [Session] { places.compactMap { $0 } }
    var count: Int { places.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }
}
