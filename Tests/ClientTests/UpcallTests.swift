// The executor's side: slots, deadlines, cancelling, items, pings, calls back into the kernel, and the driver kit on top.

import ABI
import CAMClient
import CAMDriverKit
import Fixtures
import Framing
import Linux
import ProtobufWire
import Testing

struct UpcallTests {
    private static let offers = [Capability(name: "t.x")]

    private static func invoke(
        _ connection: RawConnection, id: UInt64, _ request: InvokeUpcall = InvokeUpcall(capability: "t.x")
    ) throws {
        try connection.send(.upcall, call: 2, id: id, payload: request.encoded())
    }

    /// A kernel that runs `script` after the registration, with a client that serves `handler`, until the script is done.
    private func serve(
        slots: UInt32 = 2, _ handler: @escaping @Sendable (Upcall) async throws -> InvokeResult,
        _ script: @escaping @Sendable (RawConnection) throws -> Void
    ) async throws {
        let done = Step()
        let kernel = try FakeKernel { connection, _ in
            defer { done.reach() }
            try connection.acceptRegistration()
            try script(connection)
        }
        let client = try await kernel.client(offers: Self.offers, slots: slots, onUpcall: handler)
        try await done.wait()
        await client.close()
        kernel.finish()
    }

    @Test func theResultGoesBackUnderTheUpcallsId() async throws {
        try await serve { upcall in
            InvokeResult(output: upcall.input.reversed(), costMicros: 3, units: UInt64(upcall.parts.count))
        } _: { connection in
            let parts = [InputPart(localID: "a"), InputPart(localID: "b")]
            try Self.invoke(connection, id: 900, InvokeUpcall(capability: "t.x", input: [1, 2, 3], parts: parts))
            let frame = try connection.next(.upcallResponse)
            let result = try frame.decoded(InvokeResult.self)
            guard frame.header.requestID == 900, frame.status == .ok,
                result == InvokeResult(output: [3, 2, 1], costMicros: 3, units: 2)
            else { throw ScriptStopped("got \(frame.header) \(result)") }
        }
    }

    @Test func runsUpcallsSideBySideAndRefusesOneTooMany() async throws {
        let release = Step()
        try await serve { _ in
            try await release.wait()
            return InvokeResult()
        } _: { connection in
            for id in 1...3 as ClosedRange<UInt64> { try Self.invoke(connection, id: id) }
            let refused = try connection.next(.upcallResponse)
            guard refused.header.requestID == 3, refused.status == .resourceExhausted else {
                throw ScriptStopped("got \(refused.header)")
            }
            // The connection's own thread answers pings while every slot is taken.
            try connection.send(.upcall, call: 13, id: 4, payload: PingUpcall(nonce: 1).encoded())
            let pong = try connection.next(.upcallResponse)
            guard pong.header.requestID == 4, pong.status == .ok else { throw ScriptStopped("got \(pong.header)") }
            release.reach()
            let ended = Set(
                [try connection.next(.upcallResponse), try connection.next(.upcallResponse)].map(\.header.requestID))
            guard ended == [1, 2] else { throw ScriptStopped("ended \(ended)") }
            // The slots are free again.
            try Self.invoke(connection, id: 5)
            guard try connection.next(.upcallResponse).header.requestID == 5 else { throw ScriptStopped("no fifth") }
        }
    }

    @Test func whatAHandlerThrowsBecomesAStatus() async throws {
        struct Odd: Error {}
        try await serve { upcall in
            switch upcall.input.first {
            case 1: throw Upcall.refused(.invalidArgument, "no good", field: "input")
            case 2: throw Odd()
            default: throw CancellationError()
            }
        } _: { connection in
            for (input, status) in [(1, Status.invalidArgument), (2, .internalError), (3, .cancelled)]
                as [(UInt8, Status)]
            {
                try Self.invoke(connection, id: UInt64(input), InvokeUpcall(capability: "t.x", input: [input]))
                let frame = try connection.next(.upcallResponse)
                let error = try frame.decoded(CallError.self)
                guard frame.status == status, !error.message.isEmpty else { throw ScriptStopped("got \(frame.header)") }
                if input == 1, error.field != "input" || error.message != "no good" {
                    throw ScriptStopped("got \(error)")
                }
            }
        }
    }

    @Test func aCancelledUpcallStopsAndFreesItsSlot() async throws {
        try await serve(slots: 1) { upcall in
            if upcall.input.isEmpty { try await Task.sleep(for: .seconds(60)) }
            return InvokeResult()
        } _: { connection in
            try Self.invoke(connection, id: 1)
            try connection.send(.cancel, id: 1)
            let frame = try connection.next(.upcallResponse)
            guard frame.header.requestID == 1, frame.status == .cancelled else {
                throw ScriptStopped("got \(frame.header)")
            }
            try Self.invoke(connection, id: 2, InvokeUpcall(capability: "t.x", input: [1]))
            guard try connection.next(.upcallResponse).status == .ok else { throw ScriptStopped("the slot is taken") }
        }
    }

    @Test func aDeadlineStopsAnUpcall() async throws {
        try await serve { _ in
            try await Task.sleep(for: .seconds(60))
            return InvokeResult()
        } _: { connection in
            try Self.invoke(connection, id: 1, InvokeUpcall(capability: "t.x", deadlineMs: 50))
            guard try connection.next(.upcallResponse).status == .deadlineExceeded else {
                throw ScriptStopped("no deadline")
            }
        }
    }

    @Test func itemsWaitForCredit() async throws {
        try await serve { upcall in
            for number in 0..<5 { try await upcall.send([UInt8(number)]) }
            return InvokeResult(output: [99])
        } _: { connection in
            try Self.invoke(connection, id: 6, InvokeUpcall(capability: "t.x", stream: true, streamCredit: 2))
            var outputs: [UInt8] = []
            for _ in 0..<2 { outputs += try connection.next(.streamItem).decoded(ThinkItem.self).output }
            try connection.staysSilent(for: 0.15)
            try connection.send(.credit, id: 6, payload: Credit(more: 3).encoded())
            for _ in 0..<3 { outputs += try connection.next(.streamItem).decoded(ThinkItem.self).output }
            let last = try connection.next(.upcallResponse)
            guard outputs == [0, 1, 2, 3, 4], last.header.requestID == 6 else { throw ScriptStopped("got \(outputs)") }
        }
    }

    @Test func aSenderWithoutCreditStopsWhenItsUpcallIsCancelled() async throws {
        try await serve { upcall in
            for _ in 0..<5 { try await upcall.send([1]) }
            return InvokeResult()
        } _: { connection in
            try Self.invoke(connection, id: 6, InvokeUpcall(capability: "t.x", stream: true, streamCredit: 0))
            try connection.send(.cancel, id: 6)
            guard try connection.next(.upcallResponse).status == .cancelled else {
                throw ScriptStopped("not cancelled")
            }
        }
    }

    @Test func aHandlerCallsTheKernelForItsTask() async throws {
        try await serve { upcall in
            InvokeResult(output: Array(try await upcall.kernel.recall("inside").utf8))
        } _: { connection in
            let request = InvokeUpcall(taskID: 31, capability: "t.x", traceparent: "00-ab-cd-01", depth: 2)
            try Self.invoke(connection, id: 8, request)
            let call = try connection.next(.request)
            let envelope = try call.decoded(RememberRequest.self).envelope
            guard envelope?.taskID == 31, envelope?.depth == 2, envelope?.traceparent == "00-ab-cd-01" else {
                throw ScriptStopped("envelope \(String(describing: envelope))")
            }
            try connection.echo(call)
            guard try connection.next(.upcallResponse).decoded(InvokeResult.self).output == Array("inside".utf8) else {
                throw ScriptStopped("wrong result")
            }
        }
    }

    @Test func anUnknownUpcallIsUnimplemented() async throws {
        try await serve { _ in
            InvokeResult()
        } _: { connection in
            try connection.send(.upcall, call: 7, id: 3)
            guard try connection.next(.upcallResponse).status == .unimplemented else { throw ScriptStopped("taken") }
        }
    }

    // MARK: The driver kit

    @Test func aDriverRegistersWithItsSecretAndEndsWithItsKernel() async throws {
        let pair = try Socket.pair().release()
        let kernel = try RawConnection(FileDescriptor(owning: pair.first))
        let driver = Driver(name: "echo", capabilities: Self.offers, slots: 3) { InvokeResult(output: $0.input) }
        let secret = [UInt8](repeating: 0xAB, count: 32)
        async let served: Void = driver.serve(DriverStart(descriptor: pair.second, secret: secret, name: "echo-2"))
        try await onThread {
            let request = try kernel.acceptRegistration()
            guard request.driverSecret == secret, request.name == "echo-2", request.slots == 3,
                request.offers.map(\.name) == ["t.x"]
            else { throw ScriptStopped("registered as \(request)") }
            try Self.invoke(kernel, id: 1, InvokeUpcall(capability: "t.x", input: [4]))
            guard try kernel.next(.upcallResponse).decoded(InvokeResult.self).output == [4] else {
                throw ScriptStopped("no echo")
            }
            try kernel.send(.goodbye, payload: Goodbye(reason: "done").encoded())
        }
        try await served
    }

    @Test func aDriverThatIsRefusedSaysWhy() async throws {
        let pair = try Socket.pair().release()
        let kernel = try RawConnection(FileDescriptor(owning: pair.first))
        let driver = Driver(name: "echo", capabilities: Self.offers) { _ in InvokeResult() }
        let served = Task { try await driver.serve(DriverStart(descriptor: pair.second, secret: [1])) }
        try await onThread {
            let frame = try kernel.next(.request)
            try kernel.respond(
                1, id: frame.header.requestID, CallError(message: "wrong secret"), status: .unauthenticated)
            try kernel.drain()
        }
        let failure = await #expect(throws: CallFailure.self) { try await served.value }
        #expect(failure?.status == .unauthenticated)
    }

    @Test func aDriversEnvironmentIsChecked() throws {
        let digits = String(repeating: "0f", count: 32)
        let good = ["CAM_DRIVER_FD": "3", "CAM_DRIVER_SECRET": digits, "CAM_DRIVER_NAME": "n"]
        func start(_ changes: [String: String?]) throws(DriverFailure) -> DriverStart {
            var variables = good
            for (name, value) in changes { variables[name] = value }
            return try DriverStart { variables[$0] }
        }
        // Whether 3 is open depends on who runs the test; the other checks do not.
        if File.isOpen(3) {
            #expect(try start([:]) == DriverStart(descriptor: 3, secret: [UInt8](repeating: 15, count: 32), name: "n"))
        }
        #expect(throws: DriverFailure.notStartedByKernel(missing: "CAM_DRIVER_FD")) {
            try start(["CAM_DRIVER_FD": nil])
        }
        for bad in ["", "x", "-1", "0", "2", "99999"] {
            #expect(throws: DriverFailure.self) { try start(["CAM_DRIVER_FD": bad]) }
        }
        for bad in ["", "zz", String(digits.dropLast())] {
            #expect(throws: DriverFailure.self) { try start(["CAM_DRIVER_SECRET": bad]) }
        }
    }
}
