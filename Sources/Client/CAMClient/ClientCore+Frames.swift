// Frames that come from the kernel.

internal import ABI
internal import Framing
internal import ProtobufWire
internal import Reactor

extension ClientCore {
    func receive(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        switch phase {
        case .apart, .over: return
        case .registering(let link, let id, let withToken):
            guard header.kind == .response else {
                return link.giveUp(because: "a \(header.kind) frame came before the registration was answered")
            }
            // A frame that could not be read is answered with id 0: that too is the answer to the registration.
            guard header.requestID == id || header.requestID == 0 else {
                return link.giveUp(because: "an answer came that nobody had asked for")
            }
            registered(link, header.flagsOrStatus, payload, withToken: withToken)
        case .ready(let link):
            do {
                try receive(header, payload, link)
            } catch {
                link.giveUp(because: "a \(header.kind) frame does not parse: \(error)")
            }
        }
    }

    private func receive(
        _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ link: Link
    ) throws(ProtobufError) {
        switch header.kind {
        case .response: try answer(header, payload, link)
        case .streamItem: item(header, payload, link)
        case .credit: credit(header.requestID, try Credit(decoding: payload).more)
        case .upcall: try beginUpcall(header, payload, link)
        case .cancel: upcalls.cancel(header.requestID, becauseOverran: false)
        case .goodbye: break
        case .request, .upcallResponse:
            link.giveUp(because: "camd sent a \(header.kind) frame, which only the other side may send")
        }
    }

    private func answer(
        _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ link: Link
    ) throws(ProtobufError) {
        let isOK = header.flagsOrStatus == Status.ok.rawValue
        let error = isOK ? nil : try CallError(decoding: payload)
        guard let (entry, _) = calls.remove(header.requestID) else {
            // Late answers of calls that were given up pass; others show that the two ends disagree.
            if header.requestID <= calls.highestSent, header.requestID != 0 { return }
            return link.giveUp(because: error.map { "\($0.message)" } ?? "an answer came that nobody had asked for")
        }
        if let error {
            let status = Status(rawValue: header.flagsOrStatus) ?? .unknown
            settle(entry, .refused(CallFailure(call: entry.call.call, status: status, error: error)))
        } else {
            settle(entry, .answered(Array(payload)))
        }
        sendWaiting()
    }

    private func item(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ link: Link) {
        guard let (call, inCredit) = calls.acceptItem(header.requestID) else {
            if header.requestID > calls.highestSent {
                link.giveUp(because: "an item came for a stream that nobody had opened")
            }
            return
        }
        guard inCredit, let onItem = call.onItem else {
            return link.giveUp(because: "more items came for \(call.call.name) than it had credit for")
        }
        onItem(Array(payload))
    }

    /// Id 0: new requests. Any other: items of the upcall with that id.
    private func credit(_ id: UInt64, _ more: UInt32) {
        if id == 0 {
            calls.grant(more)
            sendWaiting()
        } else {
            upcalls.grant(id, more)
        }
    }
}
