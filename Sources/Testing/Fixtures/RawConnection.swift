// A connection that sends whatever a test wants, right or wrong, and reads frames as they come.

public import ABI
import Foundation
public import Framing
public import Linux
public import ProtobufWire

/// One frame as it was read.
public struct RawFrame: Sendable, Equatable {
    public var header: FrameHeader
    public var payload: [UInt8]

    public func decoded<Message: ProtobufMessage>(_ type: Message.Type) throws -> Message {
        try Message(decoding: payload)
    }

    public var status: Status? { Status(rawValue: header.flagsOrStatus) }
}

/// A blocking stream socket that speaks frames, or garbage. Every wait has a time-out; use it inside `onThread` from tasks.
/// Sendable because the kernel allows any thread to use a socket; frames are read by one thread at a time.
public final class RawConnection: @unchecked Sendable {
    // Unchecked for `buffer`, which only the one reading thread touches.
    private let socket: FileDescriptor
    private let epoll: Epoll
    private var buffer: [UInt8] = []

    public init(_ socket: consuming FileDescriptor) throws(Errno) {
        epoll = try Epoll(capacity: 1)
        try epoll.add(socket.rawValue, [.readable], data: 0)
        try File.setNonBlocking(socket.rawValue, true)
        self.socket = socket
    }

    public convenience init(unixPath path: String) throws(Errno) {
        try self.init(try Socket.connect(unixPath: path, nonBlocking: false))
    }

    // MARK: Sending

    /// Sends bytes as they are, waiting for room at most `seconds`.
    ///
    /// - Throws: `Errno.EPIPE` where the other end is gone, `Errno.ETIMEDOUT` where it does not read.
    public func send(bytes: [UInt8], within seconds: Double = 30) throws(Errno) {
        let end = Clock.monotonic() + UInt64(seconds * 1e9)
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = try rest.withUnsafeBytes { bytes in
                Result { () throws(Errno) in try Socket.send(socket.rawValue, bytes) }
            }.get()
            if let sent {
                rest = rest.dropFirst(sent)
            } else if Clock.monotonic() > end {
                throw Errno.ETIMEDOUT
            } else {
                Clock.sleep(nanoseconds: 1_000_000)
            }
        }
    }

    public func send(
        _ kind: FrameKind, call: UInt8 = 0, flagsOrStatus: UInt8 = 0, id: UInt64 = 0, payload: [UInt8] = []
    ) throws(Errno) {
        let header = FrameHeader(kind: kind, call: call, flagsOrStatus: flagsOrStatus, requestID: id)
        try send(bytes: header.frame(payload: payload))
    }

    public func request(_ call: CallNumber, id: UInt64, _ message: some ProtobufMessage) throws(Errno) {
        try send(.request, call: call.rawValue, id: id, payload: message.encoded())
    }

    public func respond(_ call: UInt8, id: UInt64, _ message: some ProtobufMessage, status: Status = .ok) throws(Errno)
    {
        try send(.response, call: call, flagsOrStatus: status.rawValue, id: id, payload: message.encoded())
    }

    /// Registers as an agent and returns the answer's frame.
    public func register(name: Text, id: UInt64 = 1) throws -> RawFrame {
        try request(.registerAgent, id: id, RegisterAgentRequest(name: name))
        guard let frame = try receive() else { throw Errno.ECONNRESET }
        return frame
    }

    // MARK: Receiving

    /// The next frame; nil when the other end has closed.
    ///
    /// - Throws: `Errno.ETIMEDOUT`; `FramingError` for what is no frame; `Errno.ECONNRESET` for an end inside a frame.
    public func receive(within seconds: Double = 30) throws -> RawFrame? {
        let end = Clock.monotonic() + UInt64(seconds * 1e9)
        while true {
            if let frame = try cutFrame() { return frame }
            guard try fill(until: end) else {
                if buffer.isEmpty { return nil }
                throw Errno.ECONNRESET
            }
        }
    }

    /// Reads frames until one satisfies `isWanted`; nil when the other end has closed before.
    public func receive(within seconds: Double = 30, where isWanted: (RawFrame) -> Bool) throws -> RawFrame? {
        while let frame = try receive(within: seconds) {
            if isWanted(frame) { return frame }
        }
        return nil
    }

    /// Waits for the end of what the other side sends and returns the frames that came before it.
    public func framesUntilClosed(within seconds: Double = 30) throws -> [RawFrame] {
        var frames: [RawFrame] = []
        do {
            while let frame = try receive(within: seconds) { frames.append(frame) }
        } catch let error as Errno where error == .ECONNRESET {
            // A reset is an end too.
        }
        return frames
    }

    private func cutFrame() throws -> RawFrame? {
        try buffer.withUnsafeBytes { bytes -> RawFrame? in
            guard let frame = try FrameReader.next(in: bytes, limits: .registered) else { return nil }
            return RawFrame(header: frame.header, payload: Array(frame.payload))
        }.map { frame in
            buffer.removeFirst(FrameHeader.byteCount + frame.payload.count)
            return frame
        }
    }

    /// False at the end of the stream.
    private func fill(until end: UInt64) throws(Errno) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try chunk.withUnsafeMutableBytes { room in
                Result { () throws(Errno) in try File.readAvailable(socket.rawValue, into: room) }
            }.get()
            if let count {
                buffer.append(contentsOf: chunk[..<count])
                return count > 0
            }
            let now = Clock.monotonic()
            if now >= end { throw Errno.ETIMEDOUT }
            _ = try epoll.wait(timeoutMilliseconds: Int32(clamping: (end - now) / 1_000_000 + 1))
        }
    }

    /// Tells the other end that nothing more comes.
    public func stopWriting() { _ = shutdown(socket.rawValue, Int32(SHUT_WR)) }
}
