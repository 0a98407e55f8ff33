// A connection of the load generator: raw frames, credit counted, nothing allocated while the clock runs.

import ABI
import CommandLineInterface
import Framing
import Linux
import ProtobufWire

final class LoadConnection {
    private static let roomBytes = 256 << 10

    private let socket: FileDescriptor
    private let input: UnsafeMutableRawBufferPointer
    private var filled = 0
    private let output: UnsafeMutableRawBufferPointer
    private var written = 0
    /// New requests that may still be sent.
    private(set) var credit = 1
    private var nextID: UInt64 = 1

    var fd: Int32 { socket.rawValue }

    /// Connects; the socket blocks until `becomeNonBlocking`.
    init(path: String) throws {
        do {
            socket = try Socket.connect(unixPath: path, nonBlocking: false)
        } catch {
            throw BenchFailure("cannot connect to \(path): \(error)", .notRunning)
        }
        input = .allocate(byteCount: Self.roomBytes, alignment: 64)
        output = .allocate(byteCount: Self.roomBytes, alignment: 64)
    }

    deinit {
        input.deallocate()
        output.deallocate()
    }

    func becomeNonBlocking() throws { try File.setNonBlocking(fd, true) }

    /// Room for requests whose answers have not come: what credit and memory allow.
    @inline(__always)
    func canSend(_ frames: FrameSet) -> Bool { credit > 0 && written + frames.longest <= output.count }

    /// Puts a request into the output and returns its id.
    @inline(__always)
    func enqueue(_ frames: FrameSet, _ index: Int) -> UInt64 {
        let id = nextID
        nextID += 1
        credit -= 1
        written += frames.copy(index, id: id, to: output.baseAddress! + written)
        return id
    }

    var hasOutput: Bool { written > 0 }

    /// Sends what the kernel takes.
    @inline(__always)
    func flush() throws(Errno) {
        let waiting = UnsafeRawBufferPointer(start: output.baseAddress, count: written)
        guard let sent = try Socket.send(fd, waiting) else { return }
        if sent < written {
            output.baseAddress!.copyMemory(from: output.baseAddress! + sent, byteCount: written - sent)
        }
        written -= sent
    }

    /// One read; calls `body` for every answer in it and takes credit by itself. Nil when nothing had come.
    @inline(__always)
    func receive(_ body: (FrameHeader, UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        let room = UnsafeMutableRawBufferPointer(rebasing: input[filled...])
        guard let count = try File.readAvailable(fd, into: room) else { return false }
        if count == 0 { throw BenchFailure("camd closed the connection") }
        filled += count
        let reader = FrameReader(limits: .registered)
        var used = 0
        while let frame = try reader.next(in: UnsafeRawBufferPointer(rebasing: input[used..<filled])) {
            used += frame.consumed
            switch frame.header.kind {
            case .response: try body(frame.header, frame.payload)
            case .credit: credit += Int(try Credit(decoding: frame.payload).more)
            case .goodbye: throw BenchFailure("camd said goodbye: it is stopping or a frame was malformed")
            case .request, .streamItem, .cancel, .upcall, .upcallResponse: break
            }
        }
        if used > 0 && used < filled {
            input.baseAddress!.copyMemory(from: input.baseAddress! + used, byteCount: filled - used)
        }
        filled -= used
        return true
    }

    /// For a server that gives no credit because it takes everything.
    func grantUnlimitedCredit() { credit = .max }

    /// One call from start to end, on a blocking socket: for what is not measured.
    func call<Request: ProtobufMessage, Response: ProtobufMessage>(
        _ number: CallNumber, _ request: Request, as type: Response.Type
    ) throws -> Response {
        let frames = FrameSet(call: number, payloads: [request.encoded()])
        let id = enqueue(frames, 0)
        while hasOutput { try flush() }
        var answer: Response?
        while answer == nil {
            _ = try receive { header, payload in
                guard header.requestID == id else { return }
                try Self.check(header, payload)
                answer = try Response(decoding: payload)
            }
        }
        return answer!
    }

    /// Says who it is; the first call of every connection.
    func register(name: String) throws {
        let answer = try call(.registerAgent, RegisterAgentRequest(name: Text(name)), as: RegisterAgentResponse.self)
        credit += Int(answer.limits?.requestCredit ?? 0)
    }

    /// Throws what camd refused a call with.
    @inline(__always)
    static func check(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) throws {
        if header.flagsOrStatus != 0 { throw refusal(header, payload) }
    }

    @inline(never)
    private static func refusal(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) -> BenchFailure {
        let status = Status(rawValue: header.flagsOrStatus).map { "\($0.name)" } ?? "status \(header.flagsOrStatus)"
        let call = CallNumber(rawValue: header.call).map { "\($0.name)" } ?? "call \(header.call)"
        do {
            let error = try CallError(decoding: payload)
            let code: ExitCode = header.flagsOrStatus == Status.unavailable.rawValue ? .tryAgain : .failed
            return BenchFailure(
                "camd refused \(call): \(status): \(error.message) \(error.field) \(error.expected)", code)
        } catch {
            return BenchFailure("camd refused \(call): \(status)")
        }
    }
}
