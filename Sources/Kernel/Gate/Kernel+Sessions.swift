// Connections come and go; what they held is given back.

import ABI
import Containers
import Framing
import Planted
import Policy
import ProtobufWire
import Quota

extension Kernel {
    mutating func onConnected(_ connection: ConnectionID, _ peer: Peer) {
        let kind: PolicySocket =
            switch peer.door {
            case .agents: .agent
            case .administration: .admin
            case .driver: .driver
            }
        let subject = PolicySubject(
            uid: peer.uid, gid: peer.gid, groups: peer.groups, socket: kind, isSameUser: peer.uid == settings.uid,
            isConfined: kind == .driver)
        let session = Session(
            connection: connection, identity: Identity(peer: peer, subject: subject, principal: principal(of: subject)))
        sessions.insert(session, at: connection)
        let fits = connectionsOfUser[peer.uid, default: Holding()].charge(limit: settings.connectionsPerUserMax)
        if !fits {
            _ = connectionsOfUser[peer.uid, default: Holding()].charge(limit: .max)
            sayGoodbye(
                connection, "uid \(peer.uid) has \(settings.connectionsPerUserMax) connections open, which is the limit"
            )
        }
    }

    mutating func onDisconnected(_ connection: ConnectionID) {
        guard let session = sessions.remove(connection) else { return }
        if isPlanted(.chargeKeptAfterDisconnect), session.agent == 0 { return }
        connectionsOfUser[session.peer.uid]?.release()
        if connectionsOfUser[session.peer.uid]?.count == 0 { connectionsOfUser[session.peer.uid] = nil }
        for call in session.open.values.sorted() { abandon(call) }
        guard session.agent > 0 else { return }
        activities[Int(session.agent) - 1].account.connections.release()
        if case .registered(_, let place?) = session.phase { executorLost(place, session) }
        publish(
            .agent, subject: state.agent(session.agent)?.name ?? "", what: "disconnected", owner: session.agent,
            decision: nil)
    }

    /// The caller takes a request back: it gets CANCELLED, and what it asked for stops.
    mutating func onCancel(_ session: Session, _ request: UInt64) {
        guard let id = session.open[request], let call = calls[id] else { return }
        abandon(id)
        reply(
            call.reference, refusal: Refusal(status: .cancelled, message: "the caller cancelled the call"),
            decision: nil, after: max(session.registeredBy, call.itemsAfter))
    }

    mutating func onCredit(_ session: Session, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        guard let credit: Credit = try? Credit(decoding: payload) else {
            return onMalformed(session.connection, "the payload of a credit frame does not parse")
        }
        guard let id = session.open[header.requestID], let call = calls[id] else { return }
        switch call.waits {
        case .events(var filter):
            let (sum, overflow) = filter.credit.addingReportingOverflow(credit.more)
            filter.credit = overflow ? .max : sum
            calls[id] = PendingCall(reference: call.reference, agent: call.agent, waits: .events(filter))
        case .think(let task): forwardCredit(task, credit.more)
        case .graph, .task, .context, .explanation, .grant, .policies: break
        }
    }

    // MARK: Calls that wait

    /// Keeps a call open until something answers it.
    /// - Returns: its id, or nil where the agent has too many open; that has been answered then.
    mutating func hold(_ caller: Caller, _ waits: PendingCall.Waits, deadline: Bool = true) -> UInt64? {
        let place = Int(caller.agent) - 1
        guard activities[place].account.openRequests.charge(limit: settings.openRequestsMax) else {
            refuse(
                caller,
                .exhausted(
                    "this agent has \(settings.openRequestsMax) calls open, which is the limit",
                    retryAfterMilliseconds: 100))
            return nil
        }
        let id = nextCall
        nextCall += 1
        calls[id] = PendingCall(reference: caller.reference, agent: caller.agent, waits: waits)
        sessions.update(caller.reference.connection) { $0.open[caller.reference.request] = id }
        if deadline { timers.add(at: caller.deadline, .callDeadline(call: id)) }
        return id
    }

    /// Takes a held call out of the books; whoever does that answers it.
    mutating func release(_ id: UInt64) -> PendingCall? {
        guard let call = calls.removeValue(forKey: id) else { return nil }
        activities[Int(call.agent) - 1].account.openRequests.release()
        sessions.update(call.reference.connection) { $0.open[call.reference.request] = nil }
        return call
    }

    /// The caller does not want the answer any more.
    mutating func abandon(_ id: UInt64) {
        guard let call = release(id) else { return }
        switch call.waits {
        case .think(let task): cancelThink(task, "its caller went away")
        case .graph(let graph, _, _): graphWaiters[graph]?.removeAll { $0 == id }
        case .task(let task, _):
            if let graph = state.tasks[task]?.graph { graphWaiters[graph]?.removeAll { $0 == id } }
        case .events: eventReaders.removeAll { $0 == id }
        case .context, .explanation, .grant, .policies: break
        }
    }

    mutating func onCallDeadline(_ id: UInt64) {
        guard let call = calls[id] else { return }
        let message: Text
        switch call.waits {
        case .graph(let graph, _, _):
            message = "the call's deadline passed; graph \(graph) goes on, observe it by its id"
        case .task(let task, _): message = "the call's deadline passed; task \(task) goes on, observe it by its id"
        case .context: message = "the memory store did not answer in time; whether a write was done is not known"
        case .think, .events, .explanation, .grant, .policies:
            message = "the call's deadline passed before it was answered"
        }
        abandon(id)
        reply(
            call.reference, refusal: Refusal(status: .deadlineExceeded, message: message), decision: nil,
            after: sessions[call.reference.connection]?.registeredBy ?? 0)
    }
}
