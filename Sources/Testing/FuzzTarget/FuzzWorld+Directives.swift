// Carries out what the kernel asks for, and looks at every frame and record on the way.

import ABI
import Containers
import Framing
import Kernel
import ProtobufWire

extension FuzzWorld {
    mutating func perform(_ directive: Directive, _ all: Directives) throws(FuzzFinding) {
        switch directive {
        case .send(let connection, let range, let after): try sent(connection, all.bytes[range], after)
        case .sendWithToken(let connection, let range, let claims, let after):
            try sent(connection, all.bytes[range], after)
            self.claims = claims
            guard let place = place(connection) else { return }
            peers[place].isRegistered = true
            peers[place].offering.agent = claims.agentID
        case .grantCredit(let connection, let more):
            guard place(connection) != nil, more > 0 else { throw FuzzFinding("credit of \(more) for nobody") }
        case .close(let connection, let after):
            try check(after)
            if let place = place(connection) { peers[place].isClosed = true }
        case .append(let range, let sequence, let durable):
            try appended(Array(all.bytes[range]), sequence, durable)
        case .context(let index, let after):
            try check(after)
            contexts.append(all.contexts[index])
        case .readRecord(let sequence, let token):
            guard sequence >= 1, sequence <= lastSequence else { throw FuzzFinding("asks for record \(sequence)") }
            reads.append((sequence, token))
        case .loadPolicies(let token, _, _): loads.append(token)
        case .spawn(let driver, let instance):
            guard FuzzFixture.drivers.indices.contains(driver), !spawns.contains(where: { $0.instance == instance }),
                !instances.contains(instance)
            else { throw FuzzFinding("spawns instance \(instance) of driver \(driver) again") }
            spawns.append((driver, instance))
        case .wake(let at): wakeAt = min(wakeAt, at)
        case .kill, .log, .drained: break
        }
    }

    private func place(_ connection: ConnectionID) -> Int? { peers.firstIndex { $0.id == connection } }

    private func check(_ after: UInt64) throws(FuzzFinding) {
        guard after <= lastSequence else {
            throw FuzzFinding("waits for record \(after) of a journal with \(lastSequence)")
        }
    }

    private mutating func appended(_ bytes: [UInt8], _ sequence: UInt64, _ durable: Bool) throws(FuzzFinding) {
        guard sequence == lastSequence + 1 else {
            throw FuzzFinding("record \(sequence) follows record \(lastSequence)")
        }
        guard try Self.record(bytes).encoded() == bytes else {
            throw FuzzFinding("record \(sequence) does not encode to the same bytes again")
        }
        journal.append(FuzzRecord(epoch: kernel.epoch, durable: durable, bytes: bytes))
    }

    /// Everything that holds for a frame to a peer.
    private mutating func sent(
        _ connection: ConnectionID, _ bytes: ArraySlice<UInt8>, _ after: UInt64
    ) throws(FuzzFinding) {
        try check(after)
        guard let place = place(connection) else {
            if connection == leaving { return }
            throw FuzzFinding("a frame for a connection that is gone")
        }
        let (header, payload) = try Self.cut(bytes)
        let id = header.requestID
        switch header.kind {
        case .response: try answered(place, header, payload)
        case .streamItem:
            guard peers[place].open[id] != nil else { throw FuzzFinding("an item of request \(id), which is not open") }
            if header.call == CallNumber.observe.rawValue {
                try decode(Event.self, payload)
            } else {
                try decode(ThinkItem.self, payload)
            }
        case .upcall:
            guard upcalls.updateValue(connection, forKey: id) == nil, peers[place].isRegistered else {
                throw FuzzFinding("upcall \(id) is a second one, or goes to a stranger")
            }
            unanswered.append(id)
            if header.call == CallNumber.observe.rawValue {
                try decode(PingUpcall.self, payload)
            } else {
                try decode(InvokeUpcall.self, payload)
            }
        case .cancel, .credit:
            guard upcalls[id] == connection else { throw FuzzFinding("\(header.kind) names upcall \(id) of another") }
        case .goodbye:
            try decode(Goodbye.self, payload)
            peers[place].isTold = true
        case .request, .upcallResponse: throw FuzzFinding("the kernel sends a \(header.kind)")
        }
    }

    private static func cut(_ bytes: ArraySlice<UInt8>) throws(FuzzFinding) -> (FrameHeader, [UInt8]) {
        let frame = Array(bytes).withUnsafeBytes { bytes in
            (try? FrameReader.next(in: bytes, limits: .registered)).map { ($0.header, Array($0.payload), $0.consumed) }
        }
        guard let (header, payload, consumed) = frame, consumed == bytes.count else {
            throw FuzzFinding("the kernel sends \(bytes.count) bytes that are no frame")
        }
        return (header, payload)
    }

    /// The one final answer of a request; or an error of the connection as a whole, which has no number.
    private mutating func answered(
        _ place: Int, _ header: FrameHeader, _ payload: [UInt8]
    ) throws(FuzzFinding) {
        guard header.call != 0 else { return try decode(CallError.self, payload) }
        guard let count = peers[place].open[header.requestID] else {
            throw FuzzFinding("an answer to request \(header.requestID), which is not open")
        }
        peers[place].open[header.requestID] = count > 1 ? count - 1 : nil
        guard let status = Status(rawValue: header.flagsOrStatus), let call = CallNumber(rawValue: header.call) else {
            throw FuzzFinding("an answer with status \(header.flagsOrStatus) to call \(header.call)")
        }
        guard status == .ok else { return try decode(CallError.self, payload) }
        switch call {
        case .registerAgent: try decode(RegisterAgentResponse.self, payload)
        case .think: try decode(ThinkResponse.self, payload)
        case .remember: try decode(RememberResponse.self, payload)
        case .commitTask: try decode(CommitTaskResponse.self, payload)
        case .queryPolicy: try decode(QueryPolicyResponse.self, payload)
        case .observe:
            try decode(ObserveResponse.self, payload)
            lastObserved = try? ObserveResponse(decoding: payload)
        case .explainAction: try decode(ExplainActionResponse.self, payload)
        case .tuneSystem: try decode(TuneSystemResponse.self, payload)
        case .arbitrate: try decode(ArbitrateResponse.self, payload)
        case .decide, .learn, .forget, .communicate, .collaborate, .rollbackTask:
            throw FuzzFinding("\(call.name) is not built and was answered")
        }
    }

    private func decode<Message: ProtobufMessage>(_: Message.Type, _ payload: [UInt8]) throws(FuzzFinding) {
        guard let message = try? Message(decoding: payload), message.encoded() == payload else {
            throw FuzzFinding("the kernel sends a \(Message.self) that does not decode, or to something else")
        }
    }
}
