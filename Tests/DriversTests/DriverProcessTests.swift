// The driver programs as real processes over an inherited socket, as camd starts them but without a sandbox.

import ABI
import Fixtures
import Framing
import Linux
import ProtobufWire
import Testing

struct DriverProcessTests {
    private static let secret = String(repeating: "5a", count: 32)

    /// Starts a driver and accepts its registration.
    private func start(_ name: String) async throws -> (RawConnection, ChildProcess) {
        let pair = try Socket.pair().release()
        let kernel = try RawConnection(FileDescriptor(owning: pair.first))
        // Listens before the driver starts: a driver gives up on a kernel that does not answer.
        let registration = try ThreadWork { try Self.acceptRegistration(kernel) }
        let process = try await ChildProcess.start(
            try BuiltProgram.path(name),
            environment: ["CAM_DRIVER_FD": "3", "CAM_DRIVER_SECRET": Self.secret, "CAM_DRIVER_NAME": name],
            descriptors: [(3, pair.second)])
        FileDescriptor.close(pair.second)
        let request = try await registration.value()
        #expect(request.name == "\(name)")
        #expect(request.driverSecret == [UInt8](repeating: 0x5A, count: 32))
        #expect(request.offers.map(\.name) == ["text.summarize", "text.keywords", "text.digest"])
        return (kernel, process)
    }

    private static func acceptRegistration(_ kernel: RawConnection) throws -> RegisterAgentRequest {
        guard let frame = try kernel.receive() else { throw Errno.ECONNRESET }
        let limits = AgentLimits(requestCredit: 16, frameBytesMax: 16 << 20)
        try kernel.respond(1, id: frame.header.requestID, RegisterAgentResponse(agentID: 3, limits: limits))
        return try frame.decoded(RegisterAgentRequest.self)
    }

    @Test(arguments: ["text-lead", "text-rank"]) func servesUpcallsAndEndsWithItsKernel(_ name: String) async throws {
        let (kernel, process) = try await start(name)
        try await onThread {
            let text = "The kernel decides who may run which driver. Nothing else in the house may decide that at all."
            try kernel.send(
                .upcall, call: 2, id: 71,
                payload: InvokeUpcall(capability: "text.summarize", input: Array(text.utf8)).encoded())
            try kernel.send(.upcall, call: 13, id: 72, payload: PingUpcall(nonce: 9).encoded())
            try kernel.send(.upcall, call: 2, id: 73, payload: InvokeUpcall(capability: "text.keywords").encoded())
            var answers: [UInt64: RawFrame] = [:]
            while answers.count < 3, let frame = try kernel.receive() { answers[frame.header.requestID] = frame }
            let result = try answers[71]?.decoded(InvokeResult.self)
            #expect(result.map { text.contains(String(decoding: $0.output.dropLast(), as: UTF8.self)) } == true)
            #expect(answers[72]?.status == .ok)
            #expect(answers[73]?.status == .invalidArgument)
            try kernel.send(.goodbye, payload: Goodbye(reason: "test is over").encoded())
        }
        let status = try await process.ended()
        #expect(status.reason == .exited(0))
        #expect(process.standardError == "")
    }

    @Test func endsWellWhenItsKernelIsGone() async throws {
        let process: ChildProcess
        do {
            let (kernel, started) = try await start("text-lead")
            process = started
            _ = kernel
        }
        let status = try await process.ended()
        #expect(status.reason == .exited(0))
    }

    @Test(arguments: ["text-lead", "text-rank"]) func saysSoWhenStartedByHand(_ name: String) async throws {
        let process = try await ChildProcess.start(try BuiltProgram.path(name))
        let status = try await process.ended()
        #expect(status.reason == .exited(1))
        #expect(process.standardError.contains("started by camd"))
    }
}
