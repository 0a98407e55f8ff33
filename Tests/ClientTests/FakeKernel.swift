// A kernel of a few lines that speaks real frames over a real Unix socket, so that a test decides what the client meets.

import ABI
import CAMClient
import Fixtures
import Framing
import Linux
import ProtobufWire
import Synchronization
import Testing

/// Listens in a folder of its own and runs the script of each connection, numbered from 1, on a thread of its own. What a script
/// throws is recorded as an issue of the test, unless the connection was ended on purpose.
final class FakeKernel: Sendable {
    typealias Script = @Sendable (_ connection: RawConnection, _ number: Int) throws -> Void

    let folder: TemporaryFolder
    private let isOver = Atomic<Bool>(false)
    private let failures = Mutex<[String]>([])

    var socketPath: String { folder.path("cam.sock") }

    init(in folder: TemporaryFolder? = nil, _ script: @escaping Script) throws {
        self.folder = try folder ?? TemporaryFolder("fake")
        let folder = self.folder
        let listener = try Socket.listen(unixPath: folder.path("cam.sock"), mode: 0o600).release()
        let thread = try WorkerThread(name: "fake-kernel") { [self] in
            accept(FileDescriptor(owning: listener), script)
        }
        thread.detach()
    }

    /// Stops accepting; what scripts threw becomes issues. Every test ends with it.
    func finish(_ location: SourceLocation = #_sourceLocation) {
        isOver.store(true, ordering: .releasing)
        for failure in failures.withLock({ $0 }) {
            Issue.record("the fake kernel: \(failure)", sourceLocation: location)
        }
    }

    /// A client of this kernel.
    func client(
        reconnect: ReconnectPolicy = .never, token: [UInt8] = [], offers: [Capability] = [], slots: UInt32 = 1,
        onUpcall: (@Sendable (Upcall) async throws -> InvokeResult)? = nil
    ) async throws -> CAMClient {
        try await CAMClient.connect(
            ConnectOptions(
                socketPath: socketPath, name: "tester", offers: offers, slots: slots, resumeToken: token,
                reconnect: reconnect, onUpcall: onUpcall))
    }

    private func accept(_ listener: consuming FileDescriptor, _ script: @escaping Script) {
        var number = 0
        do {
            let epoll = try Epoll(capacity: 1)
            try epoll.add(listener.rawValue, [.readable], data: 0)
            while !isOver.load(ordering: .acquiring) {
                guard try epoll.wait(timeoutMilliseconds: 20) > 0 else { continue }
                guard let socket = try Socket.accept(listener.rawValue) else { continue }
                number += 1
                try serve(RawConnection(socket), number, script)
            }
        } catch {
            failures.withLock { $0.append("accepting: \(error)") }
        }
    }

    private func serve(_ connection: RawConnection, _ number: Int, _ script: @escaping Script) throws {
        let thread = try WorkerThread(name: "fake-script") { [self] in
            do {
                try script(connection, number)
            } catch {
                failures.withLock { $0.append("connection \(number): \(error)") }
            }
        }
        thread.detach()
    }
}

/// A script that cannot go on.
struct ScriptStopped: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

extension RawConnection {
    /// Reads the registration and accepts it.
    @discardableResult
    func acceptRegistration(
        credit: UInt32 = 1024, token: [UInt8] = [7, 7], agentID: UInt64 = 42, openMax: UInt32 = 1024
    ) throws -> RegisterAgentRequest {
        let frame = try next()
        guard frame.header.kind == .request, frame.header.call == CallNumber.registerAgent.rawValue else {
            throw ScriptStopped("the first frame was \(frame.header)")
        }
        let limits = AgentLimits(requestCredit: credit, frameBytesMax: 16 << 20, openRequestsMax: openMax)
        try respond(
            1, id: frame.header.requestID,
            RegisterAgentResponse(
                agentID: agentID, token: token, limits: limits, kernel: KernelInfo(version: "fake", abi: 1)))
        return try frame.decoded(RegisterAgentRequest.self)
    }

    /// The next frame, which has to come.
    func next(within seconds: Double = 30) throws -> RawFrame {
        guard let frame = try receive(within: seconds) else { throw ScriptStopped("the client closed the connection") }
        return frame
    }

    /// The next frame, which has to be of this kind.
    func next(_ kind: FrameKind, within seconds: Double = 30) throws -> RawFrame {
        let frame = try next(within: seconds)
        guard frame.header.kind == kind else { throw ScriptStopped("expected a \(kind), got \(frame.header)") }
        return frame
    }

    /// Asserts that nothing comes for a while.
    func staysSilent(for seconds: Double) throws {
        do {
            let frame = try receive(within: seconds)
            throw ScriptStopped("expected silence, got \(frame.map { "\($0.header)" } ?? "the end")")
        } catch let error as Errno where error == .ETIMEDOUT {
            return
        }
    }

    /// Reads to the end, so that the client is not cut off while it says goodbye.
    func drain() throws { _ = try framesUntilClosed() }

    /// Answers a recall with its own key as the value.
    func echo(_ frame: RawFrame) throws {
        let request = try frame.decoded(RememberRequest.self)
        guard case .recall(let recall)? = request.operation else { throw ScriptStopped("no recall: \(request)") }
        let recalled = RememberResponse.Recalled(value: Array(recall.key.string.utf8))
        try respond(frame.header.call, id: frame.header.requestID, RememberResponse(result: .recalled(recalled)))
    }
}

extension SystemCalls {
    /// A call that the fake answers with `echo`.
    func recall(_ key: String, timeout: Duration? = nil) async throws -> String {
        let recall = RememberRequest.Recall(context: ContextRef(name: "c"), key: Text(key))
        let answer = try await remember(RememberRequest(operation: .recall(recall)), timeout: timeout)
        guard case .recalled(let recalled)? = answer.result else { return "" }
        return String(decoding: recalled.value, as: UTF8.self)
    }
}

/// Steps that a test and its script wait for.
final class Step: Sendable {
    private let reached = Atomic<Bool>(false)
    func reach() { reached.store(true, ordering: .releasing) }
    var isReached: Bool { reached.load(ordering: .acquiring) }

    /// For scripts.
    func wait() throws {
        let end = Clock.monotonic() + 30_000_000_000
        while !isReached {
            if Clock.monotonic() > end { throw ScriptStopped("a step was never reached") }
            Clock.sleep(nanoseconds: 1_000_000)
        }
    }

    /// For tests.
    func wait() async throws { try await eventually("the step") { isReached } }
}
