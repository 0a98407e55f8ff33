// Carries out the kernel's directives, in order, each when what it depends on is on disk.

import ABI
import Containers
import Contexts
import Crypto
import DriverLifecycle
import DriverSupervisor
import Framing
import JournalFile
import Kernel
import Linux
import Policy
import ProtobufWire
import Reactor
import RedisContexts

extension Daemon {
    func perform() {
        guard !directives.list.isEmpty else { return }
        // Taken out, so that nothing that happens meanwhile can change them under us.
        var current = Directives(empty: ())
        swap(&current, &directives)
        current.bytes.withUnsafeBytes { bytes in
            for directive in current.list { perform(directive, bytes, current) }
        }
        current.removeAll()
        if directives.list.isEmpty { swap(&current, &directives) }
    }

    private func perform(_ directive: Directive, _ bytes: UnsafeRawBufferPointer, _ all: Directives) {
        switch directive {
        case .send(let connection, let range, let after):
            let frame = UnsafeRawBufferPointer(rebasing: bytes[range])
            if after <= durable { return send(connection, frame) }
            hold(.bytes(connection, Array(frame)), connection, after)
        case .sendWithToken(let connection, let range, let claims, let after):
            let frame = Array(bytes[range])
            if after <= durable { return sendWithToken(connection, frame, claims) }
            hold(.token(connection, frame, claims), connection, after)
        case .grantCredit(let connection, let more): grant(connection, more)
        case .close(let connection, let after):
            let until = max(after, connections[connection]?.heldUntil ?? 0)
            if until <= durable { return close(connection) }
            hold(.close(connection), connection, until)
        case .append(let range, let sequence, let isDurable):
            journal.append(
                UnsafeRawBufferPointer(rebasing: bytes[range]), sequence: sequence, epoch: kernel.epoch,
                durable: isDurable)
        case .context(let index, let after):
            if after <= durable { return submit(all.contexts[index]) }
            outbox.insert(.context(all.contexts[index]), key: after)
        case .readRecord(let sequence, let token): readRecord(sequence, token)
        case .loadPolicies(let token, let grant, let after):
            if after <= durable {
                policyLoader?.load(token, granting: grant, over: kernel.policy.contentHash)
            } else {
                outbox.insert(.policies(token, grant), key: after)
            }
        case .spawn(let driver, let instance): spawn(driver, instance)
        case .kill(let instance, _): supervisor?.kill(instance)
        case .wake(let at): wakeAt(at)
        case .log(let level, let event, let text): log.write(level, event, ["text": text.string])
        case .drained: finish()
        }
    }

    private func hold(_ held: Held, _ connection: ConnectionID, _ after: UInt64) {
        guard let peer = connections[connection] else { return }
        peer.heldUntil = max(peer.heldUntil, after)
        outbox.insert(held, key: after)
    }

    /// Everything up to here is on disk: what waited for it leaves.
    func becameDurable(_ sequence: UInt64) {
        durable = max(durable, sequence)
        feed(.completed(.journalSynced))
        while let held = outbox.removeFirst(upTo: durable) {
            switch held {
            case .bytes(let connection, let bytes): bytes.withUnsafeBytes { send(connection, $0) }
            case .token(let connection, let frame, let claims): sendWithToken(connection, frame, claims)
            case .close(let connection): close(connection)
            case .context(let request): submit(request)
            case .policies(let token, let grant):
                policyLoader?.load(token, granting: grant, over: kernel.policy.contentHash)
            }
        }
    }

    private func send(_ connection: ConnectionID, _ frame: UnsafeRawBufferPointer) {
        guard let peer = connections[connection] else { return }
        peer.stream.write(frame)
        guard peer.stream.pendingOutputBytes > Limits.owedBytesMax else { return }
        log.write(
            .warning, "peer_does_not_read",
            ["connection": "\(connection.index)", "owed_bytes": "\(peer.stream.pendingOutputBytes)"])
        peer.stream.close()
    }

    /// The kernel holds no keys: the token is signed here and appended to the answer as the field that protobuf allows
    /// to come last.
    private func sendWithToken(_ connection: ConnectionID, _ frame: [UInt8], _ claims: TokenClaims) {
        guard let peer = connections[connection] else { return }
        peer.isRegistered = true
        let token = claims.body + tokenKey.sign(claims.message)
        let field = RegisterAgentResponse(token: token).encoded()
        var bytes = frame + field
        let length = UInt32(bytes.count - 4)
        for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(place))) }
        bytes.withUnsafeBytes { _ = peer.stream.write($0) }
    }

    private func grant(_ connection: ConnectionID, _ more: UInt32) {
        guard let peer = connections[connection] else { return }
        peer.withheldCredit += more
        if peer.stream.pendingOutputBytes < Self.creditPauseBytes { sendCredit(peer) }
    }

    func sendCredit(_ peer: PeerConnection) {
        guard peer.withheldCredit > 0 else { return }
        let payload = Credit(more: peer.withheldCredit).encoded()
        peer.withheldCredit = 0
        let header = FrameHeader(kind: .credit, call: 0, flagsOrStatus: 0, requestID: 0, payloadCount: payload.count)
        peer.stream.write(header.frame(payload: payload))
    }

    private func close(_ connection: ConnectionID) {
        connections[connection]?.stream.close(afterFlush: true)
    }

    private func submit(_ request: ContextRequest) {
        guard let memory else {
            return feed(
                .completed(
                    .context(operation: request.id, .unavailable(retryAfterMs: 500, reason: "the store is not up yet")))
            )
        }
        memory.submit(request)
    }

    private func readRecord(_ sequence: UInt64, _ token: UInt64) {
        journal.read(sequence: sequence) { [self] found in
            switch found {
            case .found(let epoch, let payload): feed(.completed(.record(token: token, epoch: epoch, bytes: payload)))
            case .absent: feed(.completed(.record(token: token, epoch: 0, bytes: nil)))
            case .unreadable(let reason):
                log.write(.error, "record_unreadable", ["sequence": "\(sequence)", "reason": reason])
                feed(.completed(.record(token: token, epoch: 0, bytes: nil)))
            }
        }
    }

    private func wakeAt(_ at: UInt64) {
        if let wake {
            guard at < wake.at else { return }
            reactor.cancel(wake.token)
        }
        let token = reactor.schedule(at: at) { [self] in
            wake = nil
            feed(.timer)
        }
        wake = (at, token)
    }

    /// Nothing runs any more and everyone was told: end the loop when the last bytes are out.
    private func finish() {
        guard !isStopping else { return }
        isStopping = true
        for listener in listeners { listener.close() }
        reactor.schedule(after: 200_000_000) { [self] in reactor.stop() }
    }
}
