// Connecting, registering, losing the connection and making it again.

internal import ABI
internal import Framing
internal import Linux
internal import ProtobufWire
internal import Reactor

extension ClientCore {
    /// Opens the socket and sends the registration.
    func connect() {
        guard case .apart = phase else { return }
        let link: Link
        do {
            link = try makeLink()
        } catch {
            return failedToConnect(error.failure, isTransient: error.isTransient)
        }
        connectionNumber += 1
        register(over: link, withToken: !token.isEmpty)
    }

    private func makeLink() throws(OpenFailure) -> Link {
        let socket = try settings.transport.open()
        let link: Link
        do {
            link = try Link(socket, on: reactor, payloadBytesMax: Limits.framePayloadBytesMax)
        } catch {
            throw OpenFailure(failure: .disconnected(reason: "the socket cannot be used: \(error)"), isTransient: false)
        }
        link.onFrame = { [unowned self] in receive($0, $1) }
        link.onEnd = { [unowned self] in lost($0) }
        link.onDrained = { [unowned self] in sendWaiting() }
        return link
    }

    private func register(over link: Link, withToken: Bool) {
        var request = settings.registration
        request.resumeToken = withToken ? token : []
        let id = requestIDs.next()
        phase = .registering(link, requestID: id, withToken: withToken)
        link.send(.request, call: CallNumber.registerAgent.rawValue, id: id, payload: request.encoded())
        registrationTimer = reactor.schedule(after: Self.registrationTimeoutNanoseconds) {
            link.giveUp(because: "camd did not answer the registration within 10 s")
        }
    }

    /// The answer to the registration.
    func registered(_ link: Link, _ status: UInt8, _ payload: UnsafeRawBufferPointer, withToken: Bool) {
        if let registrationTimer { reactor.cancel(registrationTimer) }
        registrationTimer = nil
        do {
            guard status == Status.ok.rawValue else {
                return try refused(link, status, payload, withToken: withToken)
            }
            let session = try Session(decoding: payload)
            enter(session, over: link)
        } catch {
            link.giveUp(because: "the answer to the registration does not parse: \(error)")
        }
    }

    private func enter(_ session: Session, over link: Link) {
        let isFirst = self.session == nil
        self.session = session
        token = session.token
        backoff.reset()
        phase = .ready(link)
        calls.start(
            credit: session.limits?.requestCredit ?? Limits.requestCredit, openMax: session.limits?.openRequestsMax ?? 0
        )
        settings.onSession(session)
        if isFirst { settings.onFirst(.success(session)) }
        sendWaiting()
    }

    /// A token that is not taken any more is dropped and the registration made anew on a fresh connection; anything else is final.
    private func refused(
        _ link: Link, _ status: UInt8, _ payload: UnsafeRawBufferPointer, withToken: Bool
    ) throws(ProtobufError) {
        let error = try CallError(decoding: payload)
        let failure = CallFailure(
            call: .registerAgent, status: Status(rawValue: status) ?? .unknown, error: error)
        let isAboutToken = [Status.unauthenticated, .notFound, .invalidArgument, .permissionDenied].contains(
            failure.status)
        if withToken, isAboutToken, settings.transport.canReconnect {
            token = []
            return link.giveUp(because: "the resume token was not taken: \(failure)")
        }
        let isTransient = failure.status == .unavailable || failure.status == .resourceExhausted
        if session != nil || isTransient { return link.giveUp(because: "\(failure)") }
        finish(.disconnected(reason: "\(failure)"), first: failure)
    }

    private func failedToConnect(_ failure: ConnectionFailure, isTransient: Bool) {
        if session == nil {
            // The first connection has a patience of its own.
            guard isTransient, outage < settings.patience.nanoseconds else { return finish(failure, first: failure) }
            reactor.schedule(after: 20_000_000) { [unowned self] in connect() }
        } else {
            reconnectLater(orEnd: failure)
        }
    }

    private var outage: UInt64 { reactor.now - apartSince }

    /// The connection has ended. Calls under way that may not be made twice fail now.
    private func lost(_ reason: String) {
        guard phase.isConnected else { return }
        let wasReady = phase.isReady
        phase = .apart
        if let registrationTimer { reactor.cancel(registrationTimer) }
        registrationTimer = nil
        if wasReady { apartSince = reactor.now }
        abandonUpcalls()
        let mayRepeat = settings.transport.canReconnect && settings.reconnect != .never
        for entry in calls.breakOff(mayRepeat: mayRepeat) {
            settle(entry, .failed(.lost(during: entry.call.call, reason: reason)))
        }
        let failure = ConnectionFailure.disconnected(reason: reason)
        if session == nil {
            failedToConnect(failure, isTransient: true)
        } else if settings.transport.canReconnect {
            reconnectLater(orEnd: failure)
        } else {
            finish(failure)
        }
    }

    private func reconnectLater(orEnd failure: ConnectionFailure) {
        guard let pause = backoff.next(outageNanoseconds: outage) else { return finish(failure) }
        reactor.schedule(after: pause) { [unowned self] in connect() }
    }

    /// The end: everything that waits is told, the socket is closed after what is queued, the thread stops.
    func finish(_ failure: ConnectionFailure, first: (any Error)? = nil, goodbye: Text? = nil) {
        if case .over = phase { return }
        let link = phase.link
        phase = .over
        if let registrationTimer { reactor.cancel(registrationTimer) }
        abandonUpcalls()
        if session == nil { settings.onFirst(.failure(first ?? failure)) }
        for entry in calls.removeAll() { settle(entry, .failed(failure)) }
        guard let link else { return stop(failure) }
        link.onFrame = nil
        link.onEnd = { [unowned self] _ in stop(failure) }
        link.close(goodbye: goodbye)
    }

    /// The event loop itself has failed: nothing can be sent any more.
    func abort(_ failure: ConnectionFailure) {
        phase = .over
        endReason = failure
        settings.onFirst(.failure(failure))
        abandonUpcalls()
        for entry in calls.removeAll() { entry.call.onEnd(.failed(failure)) }
    }

    private func stop(_ failure: ConnectionFailure) {
        endReason = failure
        reactor.stop()
    }
}

extension ClientCore.Phase {
    var link: Link? {
        switch self {
        case .registering(let link, _, _), .ready(let link): link
        case .apart, .over: nil
        }
    }

    var isConnected: Bool { link != nil }

    var isReady: Bool {
        if case .ready = self { return true }
        return false
    }
}
