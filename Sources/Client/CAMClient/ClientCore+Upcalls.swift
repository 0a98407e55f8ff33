// Work that the kernel sends to this process as an executor.

internal import ABI
internal import Framing
internal import ProtobufWire
internal import Reactor

extension ClientCore {
    func beginUpcall(
        _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ link: Link
    ) throws(ProtobufError) {
        switch CallNumber(rawValue: header.call) {
        case .observe:
            // A ping: that this thread answers is what it asks.
            _ = try PingUpcall(decoding: payload)
            answerUpcall(link, header.requestID, header.call, .ok)
        case .think:
            let request = try InvokeUpcall(decoding: payload)
            guard let handler = settings.onUpcall else {
                return refuseUpcall(link, header, .unimplemented, "this process offers no capability")
            }
            if upcalls.contains(header.requestID) { return link.giveUp(because: "an upcall's id is in use already") }
            if upcalls.isFull {
                return refuseUpcall(link, header, .resourceExhausted, "all \(upcalls.slots) slots are taken")
            }
            start(request, id: header.requestID, handler)
        default: refuseUpcall(link, header, .unimplemented, "this upcall is not known here")
        }
    }

    private func start(
        _ request: InvokeUpcall, id: UInt64, _ handler: @escaping @Sendable (Upcall) async throws -> InvokeResult
    ) {
        let gate = ItemGate(credit: request.streamCredit)
        let connection = connectionNumber
        let mailbox = mailbox
        let upcall = Upcall(request: request, kernel: UpcallKernel(caller: caller, upcall: request), gate: gate) {
            item in
            // A thread that has ended has ended the upcall too.
            _ = mailbox.post(.upcallItem(connection: connection, id: id, item))
        }
        let task = Task {
            let (status, payload) = await upcall.outcome(of: handler)
            _ = mailbox.post(.upcallEnd(connection: connection, id: id, status, payload))
        }
        var timer: TimerToken?
        if request.deadlineMs > 0 {
            timer = reactor.schedule(after: UInt64(request.deadlineMs) * 1_000_000) { [unowned self] in
                upcalls.cancel(id, becauseOverran: true)
            }
        }
        upcalls.add(id, UpcallTable.Running(task: task, gate: gate, timer: timer))
    }

    func sendItem(_ connection: UInt64, _ id: UInt64, _ payload: [UInt8]) {
        guard connection == connectionNumber, case .ready(let link) = phase, upcalls.contains(id) else { return }
        link.send(.streamItem, call: CallNumber.think.rawValue, id: id, payload: payload)
    }

    func endUpcall(_ connection: UInt64, _ id: UInt64, _ status: Status, _ payload: [UInt8]) {
        guard connection == connectionNumber, let upcall = upcalls.remove(id) else { return }
        upcall.gate.close()
        if let timer = upcall.timer { reactor.cancel(timer) }
        guard case .ready(let link) = phase else { return }
        let call = CallNumber.think.rawValue
        if upcall.wasCancelled {
            answerUpcall(link, id, call, .cancelled, CallError(message: "cancelled").encoded())
        } else if upcall.overran {
            answerUpcall(link, id, call, .deadlineExceeded, CallError(message: "the deadline passed").encoded())
        } else if payload.count > Limits.framePayloadBytesMax {
            let message: Text = "the result has \(payload.count) bytes; a frame holds \(Limits.framePayloadBytesMax)"
            answerUpcall(link, id, call, .outOfRange, CallError(message: message).encoded())
        } else {
            answerUpcall(link, id, call, status, payload)
        }
    }

    /// The connection that brought them is gone: the work stops, and nobody hears of it.
    func abandonUpcalls() {
        for upcall in upcalls.removeAll() {
            if let timer = upcall.timer { reactor.cancel(timer) }
            upcall.gate.close()
            upcall.task.cancel()
        }
    }

    private func refuseUpcall(_ link: Link, _ header: FrameHeader, _ status: Status, _ message: Text) {
        answerUpcall(link, header.requestID, header.call, status, CallError(message: message).encoded())
    }

    private func answerUpcall(_ link: Link, _ id: UInt64, _ call: UInt8, _ status: Status, _ payload: [UInt8] = []) {
        link.send(.upcallResponse, call: call, flagsOrStatus: status.rawValue, id: id, payload: payload)
    }
}

extension Upcall {
    /// Runs the handler; what it throws becomes a status and a `CallError`.
    fileprivate func outcome(
        of handler: @Sendable (Upcall) async throws -> InvokeResult
    ) async -> (Status, [UInt8]) {
        do {
            return (.ok, try await handler(self).encoded())
        } catch let failure as CallFailure {
            return (failure.status == .ok ? .unknown : failure.status, failure.error.encoded())
        } catch is CancellationError {
            return (.cancelled, CallError(message: "the executor stopped because it was cancelled").encoded())
        } catch {
            return (.internalError, CallError(message: "the executor failed: \("\(error)")").encoded())
        }
    }
}
