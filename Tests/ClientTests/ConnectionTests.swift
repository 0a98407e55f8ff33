// Connecting, losing the connection, making it again, and meeting what is no kernel.

import ABI
import CAMClient
import Fixtures
import Framing
import Linux
import ProtobufWire
import Testing

struct ConnectionTests {
    private static let quickly = ReconnectPolicy(
        patience: .seconds(20), firstPause: .milliseconds(5), longestPause: .milliseconds(20))

    @Test func saysWhereItLookedWhenCamdDoesNotRun() async throws {
        let folder = try TemporaryFolder("nobody")
        let path = folder.path("cam.sock")
        let failure = await #expect(throws: ConnectionFailure.self) {
            _ = try await CAMClient.connect(ConnectOptions(socketPath: path, name: "tester"))
        }
        guard case .notRunning(path, _)? = failure else {
            Issue.record("not told that camd is not running: \(String(describing: failure))")
            return
        }
        let text = "\(try #require(failure))"
        #expect(text.contains(path))
        #expect(text.contains("`camd`"))
        #expect(text.contains("CAM_SOCKET"))
    }

    @Test func waitsForAKernelThatIsComingUp() async throws {
        let folder = try TemporaryFolder("late")
        async let connecting = CAMClient.connect(
            ConnectOptions(
                socketPath: folder.path("cam.sock"), name: "tester", reconnect: .never, patience: .seconds(20)))
        try await Task.sleep(for: .milliseconds(100))
        let kernel = try FakeKernel(in: folder) { connection, _ in
            try connection.acceptRegistration()
            try connection.drain()
        }
        let client = try await connecting
        #expect(client.agentID == 42)
        await client.close()
        kernel.finish()
    }

    @Test func aRefusedRegistrationIsTheKernelsAnswer() async throws {
        let kernel = try FakeKernel { connection, _ in
            let frame = try connection.next(.request)
            try connection.respond(
                1, id: frame.header.requestID, CallError(message: "no such name"), status: .permissionDenied)
            try connection.drain()
        }
        let failure = await #expect(throws: CallFailure.self) { _ = try await kernel.client() }
        #expect(failure?.status == .permissionDenied)
        #expect(failure?.call == .registerAgent)
        kernel.finish()
    }

    @Test func registersWithWhatTheOptionsSay() async throws {
        let kernel = try FakeKernel { connection, _ in
            let request = try connection.acceptRegistration()
            guard request.name == "tester", request.resumeToken == [1, 2, 3], request.offers.map(\.name) == ["a.b"],
                request.slots == 3
            else { throw ScriptStopped("registered as \(request)") }
            try connection.drain()
        }
        let client = try await kernel.client(
            token: [1, 2, 3], offers: [Capability(name: "a.b")], slots: 3, onUpcall: { _ in InvokeResult() })
        #expect(client.session.token == [7, 7])
        #expect(client.session.kernel?.version == "fake")
        await client.close()
        kernel.finish()
    }

    @Test func connectsAgainWithTheTokenAndRepeatsWhatMayBeRepeated() async throws {
        let keyed = CommitTaskRequest(envelope: Envelope(idempotencyKey: "k1"))
        let kernel = try FakeKernel { connection, number in
            let request = try connection.acceptRegistration(token: [9, UInt8(number)])
            if number == 1 {
                // Three calls are under way when the connection breaks.
                for _ in 0..<3 { _ = try connection.next(.request) }
                return
            }
            guard request.resumeToken == [9, 1] else { throw ScriptStopped("token \(request.resumeToken)") }
            for _ in 0..<2 {
                let frame = try connection.next(.request)
                switch frame.header.call {
                case CallNumber.remember.rawValue: try connection.echo(frame)
                case CallNumber.commitTask.rawValue:
                    guard try frame.decoded(CommitTaskRequest.self) == keyed else {
                        throw ScriptStopped("another request")
                    }
                    try connection.respond(
                        frame.header.call, id: frame.header.requestID, CommitTaskResponse(graphID: 77))
                default: throw ScriptStopped("call \(frame.header.call) was repeated")
                }
            }
            try connection.drain()
        }
        let client = try await kernel.client(reconnect: Self.quickly)
        async let read = client.recall("again")
        async let written = client.commitTask(keyed)
        let failure = await #expect(throws: ConnectionFailure.self) { _ = try await client.learn(LearnRequest()) }
        guard case .lost(during: .learn, _)? = failure else {
            Issue.record("a call without a key was not given up: \(String(describing: failure))")
            return
        }
        let (value, graph) = (try await read, try await written.graphID)
        #expect(value == "again")
        #expect(graph == 77)
        #expect(client.session.token == [9, 2])
        await client.close()
        kernel.finish()
    }

    @Test func aTokenThatIsNotTakenIsDropped() async throws {
        let kernel = try FakeKernel { connection, number in
            if number == 1 {
                let frame = try connection.next(.request)
                guard try frame.decoded(RegisterAgentRequest.self).resumeToken == [5] else {
                    throw ScriptStopped("no token")
                }
                try connection.respond(
                    1, id: frame.header.requestID, CallError(message: "expired"), status: .unauthenticated)
                try connection.drain()
                return
            }
            guard try connection.acceptRegistration().resumeToken.isEmpty else {
                throw ScriptStopped("token sent again")
            }
            try connection.drain()
        }
        let client = try await CAMClient.connect(
            ConnectOptions(
                socketPath: kernel.socketPath, name: "tester", resumeToken: [5], reconnect: Self.quickly,
                patience: .seconds(20)))
        #expect(client.agentID == 42)
        await client.close()
        kernel.finish()
    }

    @Test func givesUpWhenTheOutageLastsTooLong() async throws {
        let kernel = try FakeKernel { connection, number in
            guard number == 1 else { return }
            try connection.acceptRegistration()
            _ = try connection.next(.request)
        }
        let client = try await kernel.client(
            reconnect: ReconnectPolicy(
                patience: .milliseconds(150), firstPause: .milliseconds(10), longestPause: .milliseconds(20)))
        let start = ContinuousClock.now
        await #expect(throws: ConnectionFailure.self) { try await client.recall("x") }
        #expect(start.duration(to: .now) >= .milliseconds(100))
        let reason = await client.ended()
        guard case .disconnected = reason else {
            Issue.record("ended with \(reason)")
            return
        }
        await #expect(throws: ConnectionFailure.self) { try await client.recall("later") }
        kernel.finish()
    }

    @Test(
        arguments: [
            "random": (0..<200).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) },
            "text": Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
            "too long": [255, 255, 255, 255, 1, 2, 0, 0] + [UInt8](repeating: 0, count: 8),
            "wrong version": [12, 0, 0, 0, 9, 2, 0, 0] + [UInt8](repeating: 0, count: 8),
            "unknown kind": [12, 0, 0, 0, 1, 99, 0, 0] + [UInt8](repeating: 0, count: 8),
            "a request": FrameHeader(kind: .request, call: 2, requestID: 4).frame(payload: []),
            "an answer nobody asked for": FrameHeader(kind: .response, call: 2, requestID: 999).frame(payload: []),
            "a credit that does not parse": FrameHeader(kind: .credit).frame(payload: [255, 255]),
            "an error that does not parse":
                FrameHeader(kind: .response, call: 5, flagsOrStatus: 3, requestID: 2).frame(payload: [255]),
        ] as [String: [UInt8]]
    ) func garbageEndsTheConnectionWithAReason(_ garbage: (name: String, bytes: [UInt8])) async throws {
        let bytes = garbage.bytes
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            _ = try connection.next(.request)
            try connection.send(bytes: bytes)
            try connection.drain()
        }
        let client = try await kernel.client()
        let failure = await #expect(throws: ConnectionFailure.self) { try await client.recall("x") }
        guard case .lost(during: .remember, let reason)? = failure else {
            Issue.record("ended with \(String(describing: failure))")
            return
        }
        #expect(!reason.isEmpty)
        _ = await client.ended()
        kernel.finish()
    }

    @Test func anAnswerThatDoesNotParseFailsOnlyItsCall() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            try connection.send(
                .response, call: frame.header.call, id: frame.header.requestID, payload: [255, 255, 255])
            try connection.echo(try connection.next(.request))
            try connection.drain()
        }
        let client = try await kernel.client()
        let failure = await #expect(throws: ConnectionFailure.self) { try await client.recall("x") }
        guard case .protocolViolation? = failure else {
            Issue.record("ended with \(String(describing: failure))")
            return
        }
        let next = try await client.recall("next")
        #expect(next == "next")
        await client.close()
        kernel.finish()
    }

    @Test func anEndInsideAFrameSaysSo() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            let whole = FrameHeader(kind: .response, call: 5, requestID: frame.header.requestID).frame(
                payload: [UInt8](repeating: 0, count: 100))
            try connection.send(bytes: Array(whole[..<40]))
        }
        let client = try await kernel.client()
        let failure = await #expect(throws: ConnectionFailure.self) { try await client.recall("x") }
        #expect("\(try #require(failure))".contains("middle of a frame"))
        kernel.finish()
    }

    @Test func framesThatComeByteByByteAreRead() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            let recalled = RememberResponse(result: .recalled(RememberResponse.Recalled(value: Array("slow".utf8))))
            let whole = FrameHeader(kind: .response, call: 5, requestID: frame.header.requestID).frame(
                payload: recalled.encoded())
            for byte in whole {
                try connection.send(bytes: [byte])
                Clock.sleep(nanoseconds: 300_000)
            }
            try connection.drain()
        }
        let client = try await kernel.client()
        let value = try await client.recall("x")
        #expect(value == "slow")
        await client.close()
        kernel.finish()
    }

    @Test func theReasonOfAGoodbyeIsPassedOn() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            _ = try connection.next(.request)
            try connection.send(.goodbye, payload: Goodbye(reason: "draining for an upgrade").encoded())
            try connection.drain()
        }
        let client = try await kernel.client()
        let failure = await #expect(throws: ConnectionFailure.self) { try await client.recall("x") }
        #expect("\(try #require(failure))".contains("draining for an upgrade"))
        kernel.finish()
    }

    @Test func socketPathsFollowTheEnvironment() {
        func path(_ variables: [String: String]) -> String { SocketLocation.agents { variables[$0] } }
        #expect(path(["CAM_SOCKET": "/a/b.sock", "CAM_RUNTIME_DIR": "/r"]) == "/a/b.sock")
        #expect(path(["CAM_SOCKET": "", "CAM_RUNTIME_DIR": "/r", "XDG_RUNTIME_DIR": "/x"]) == "/r/cam.sock")
        #expect(path(["XDG_RUNTIME_DIR": "/run/user/7"]) == "/run/user/7/cam/cam.sock")
        let bare = path(["XDG_RUNTIME_DIR": "relative", "HOME": "/home/u"])
        #expect(bare == (ThisProcess.userID == 0 ? "/run/cam/cam.sock" : "/home/u/.local/state/cam/run/cam.sock"))
        #expect(SocketLocation.administration { ["CAM_RUNTIME_DIR": "/r"][$0] } == "/r/admin.sock")
    }
}
