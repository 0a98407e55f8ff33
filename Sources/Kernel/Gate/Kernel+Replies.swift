// Answers, stream items and goodbyes, as frames in the buffer of directives.

import ABI
import Containers
import Framing
import Planted
import ProtobufWire

extension Kernel {
    /// Answers a call with OK.
    mutating func reply(_ call: CallReference, _ message: some ProtobufMessage, after: UInt64) {
        let range = frame(.response, call: call.call.rawValue, status: .ok, request: call.request, message)
        out.list.append(.send(call.connection, range, after: after))
        giveCredit(call.connection)
    }

    /// Answers a call with what was wrong.
    mutating func reply(_ call: CallReference, refusal: Refusal, decision: UInt64?, after: UInt64) {
        counters.calls[Int(call.call.rawValue) - 1].failed += 1
        let error = refusal.callError(decision: decision.map { decisionID($0) })
        let range = frame(.response, call: call.call.rawValue, status: refusal.status, request: call.request, error)
        out.list.append(.send(call.connection, range, after: after))
        if isPlanted(.creditLeak), refusal.status == .aborted { return }
        giveCredit(call.connection)
    }

    mutating func sendItem(_ call: CallReference, _ message: some ProtobufMessage, after: UInt64) {
        let range = frame(.streamItem, call: call.call.rawValue, status: .ok, request: call.request, message)
        out.list.append(.send(call.connection, range, after: after))
    }

    /// Says why and closes once everything owed has been sent.
    mutating func sayGoodbye(_ connection: ConnectionID, _ reason: Text, after: UInt64 = 0) {
        let range = frame(.goodbye, call: 0, status: .ok, request: 0, Goodbye(reason: reason))
        out.list.append(.send(connection, range, after: after))
        out.list.append(.close(connection, after: after))
        sessions.update(connection) { $0.isClosing = true }
        if case .registered(_, let place?)? = sessions[connection]?.phase, case .agent = executors[place].kind {
            executors[place].connection = nil
        }
    }

    /// Appends one frame to the buffer.
    mutating func frame(
        _ kind: FrameKind, call: UInt8, status: Status, request: UInt64, _ message: some ProtobufMessage
    ) -> Range<Int> {
        let start = out.bytes.count
        let size = message.encodedSize()
        var writer = ProtobufWriter(reusing: takeBytes())
        FrameHeader(kind: kind, call: call, flagsOrStatus: status.rawValue, requestID: request, payloadCount: size)
            .append(to: &writer.bytes)
        message.encode(into: &writer)
        out.bytes = writer.take()
        precondition(out.bytes.count - start == FrameHeader.byteCount + size, "a message encoded to another size")
        return start..<out.bytes.count
    }

    /// Gives back request credit in halves, so that one credit frame serves hundreds of requests.
    private mutating func giveCredit(_ connection: ConnectionID) {
        var more: UInt32 = 0
        let half = settings.requestCredit / 2
        sessions.update(connection) { session in
            guard case .registered = session.phase, !session.isClosing else { return }
            session.consumed += 1
            guard session.consumed >= max(1, half) else { return }
            more = session.consumed
            session.credit += more
            session.consumed = 0
        }
        if more > 0 { out.list.append(.grantCredit(connection, more)) }
    }

    /// Something went wrong inside. The caller learns a correlation id and nothing else; the detail is in the record.
    mutating func internalFault(_ detail: Text) -> (refusal: Refusal, decision: UInt64?) {
        counters.faults += 1
        var refusal = Refusal(
            status: .internalError,
            message:
                "something went wrong inside the kernel; an administrator can open it with camctl explain and this correlation id"
        )
        guard hasRoom(detail.utf8Count + 256, reserved: true) else { return (refusal, nil) }
        let id: Text = "\(state.epoch)-\(state.sequence + 1)"
        let sequence = write(
            nil, .internalFault(InternalFault(correlationID: id, detail: detail)), durable: false)
        refusal.correlation = id
        out.list.append(.log(.error, event: "internal_fault", detail))
        return (refusal, sequence)
    }
}
