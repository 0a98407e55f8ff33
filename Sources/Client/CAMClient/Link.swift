// One connection, from its first frame to its end: frames over a buffered socket.

internal import ABI
internal import Framing
internal import Linux
internal import ProtobufWire
internal import Reactor

/// Writes and cuts frames on the connection's thread. Tells its owner of whole frames and, once, of its end.
final class Link {
    private let connection: StreamConnection
    private let reader: FrameReader
    /// Gets each frame; the payload is valid during the call.
    var onFrame: ((FrameHeader, UnsafeRawBufferPointer) -> Void)?
    /// Called once, with a reason for people, unless the owner closed it.
    var onEnd: ((String) -> Void)?
    /// Called when output that waited for the kernel has been taken.
    var onDrained: (() -> Void)?
    /// What the other end said in its goodbye, or what was wrong with its frames.
    private var lastWords: String?
    /// The beginning of a frame has arrived and its rest has not.
    private var isInsideFrame = false

    init(_ socket: consuming FileDescriptor, on reactor: Reactor, payloadBytesMax: Int) throws(Errno) {
        reader = FrameReader(limits: FrameLimits(payloadBytesMax: payloadBytesMax))
        connection = try StreamConnection(
            socket, on: reactor, inputBytesMax: payloadBytesMax + FrameHeader.byteCount)
        connection.onBytes = { [unowned self] in take($0) }
        connection.onClose = { [self] in ended($0) }
        connection.onDrained = { [unowned self] in onDrained?() }
    }

    var pendingOutputBytes: Int { connection.pendingOutputBytes }

    func send(
        _ kind: FrameKind, call: UInt8 = 0, flagsOrStatus: UInt8 = 0, id: UInt64 = 0, payload: [UInt8] = []
    ) {
        let header = FrameHeader(
            kind: kind, call: call, flagsOrStatus: flagsOrStatus, requestID: id, payloadCount: payload.count)
        withUnsafeTemporaryAllocation(byteCount: FrameHeader.byteCount, alignment: 8) { head in
            header.write(to: head)
            payload.withUnsafeBytes { _ = connection.write(UnsafeRawBufferPointer(head), $0) }
        }
    }

    /// Says goodbye and closes when everything before it has been sent.
    func close(goodbye reason: Text?) {
        if let reason { send(.goodbye, payload: Goodbye(reason: reason).encoded()) }
        connection.close(afterFlush: true, lingerNanoseconds: 1_000_000_000)
    }

    /// Gives the connection up because of what came over it, and says so unless the other end did.
    func giveUp(because what: String, sayingGoodbye: Bool = true) {
        guard lastWords == nil else { return }
        lastWords = what
        if sayingGoodbye { send(.goodbye, payload: Goodbye(reason: Text(what)).encoded()) }
        connection.close(afterFlush: true, lingerNanoseconds: 1_000_000_000)
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        var consumed = 0
        while lastWords == nil {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
            do {
                guard let frame = try reader.next(in: rest) else {
                    isInsideFrame = !rest.isEmpty
                    return consumed
                }
                consumed += frame.consumed
                receive(frame.header, frame.payload)
            } catch {
                giveUp(because: "the other end does not speak CAM's protocol: \(error)")
            }
        }
        return bytes.count
    }

    private func receive(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        guard header.kind == .goodbye else {
            onFrame?(header, payload)
            return
        }
        do {
            let reason = try Goodbye(decoding: payload).reason
            giveUp(
                because: reason.isEmpty ? "camd said goodbye" : "camd said goodbye: \(reason)", sayingGoodbye: false)
        } catch {
            giveUp(because: "camd said goodbye", sayingGoodbye: false)
        }
    }

    private func ended(_ reason: CloseReason) {
        let tell = onEnd
        onFrame = nil
        onEnd = nil
        onDrained = nil
        tell?(lastWords ?? (isInsideFrame ? "\(reason) in the middle of a frame" : "\(reason)"))
    }
}
