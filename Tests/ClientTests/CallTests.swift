// Plain calls: pipelining, credit, cancelling, time-outs, errors.

import ABI
import CAMClient
import Fixtures
import Framing
import Linux
import ProtobufWire
import Testing

struct CallTests {
    @Test func answersThatComeInAnotherOrderReachTheirCallers() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            var frames: [RawFrame] = []
            while frames.count < 50 { frames.append(try connection.next(.request)) }
            for frame in frames.reversed() { try connection.echo(frame) }
            try connection.drain()
        }
        let client = try await kernel.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let value = try await client.recall("key \(number)")
                    #expect(value == "key \(number)")
                }
            }
            try await group.waitForAll()
        }
        await client.close()
        kernel.finish()
    }

    @Test func sendsNoMoreRequestsThanItHasCreditFor() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration(credit: 3)
            var frames = [try connection.next(.request), try connection.next(.request), try connection.next(.request)]
            try connection.staysSilent(for: 0.15)
            try connection.send(.credit, payload: Credit(more: 1).encoded())
            frames.append(try connection.next(.request))
            try connection.staysSilent(for: 0.15)
            // An answer is no credit.
            try connection.echo(frames[0])
            try connection.staysSilent(for: 0.15)
            try connection.send(.credit, payload: Credit(more: 5).encoded())
            frames.append(try connection.next(.request))
            for frame in frames.dropFirst() { try connection.echo(frame) }
            try connection.drain()
        }
        let client = try await kernel.client()
        let values = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<5 { group.addTask { try await client.recall("\(number)") } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(values == ["0", "1", "2", "3", "4"])
        await client.close()
        kernel.finish()
    }

    @Test func keepsNoMoreRequestsOpenThanTheKernelAllows() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration(credit: 100, openMax: 2)
            let first = try connection.next(.request)
            let second = try connection.next(.request)
            try connection.staysSilent(for: 0.15)
            try connection.echo(first)
            let third = try connection.next(.request)
            try connection.echo(second)
            try connection.echo(third)
            try connection.drain()
        }
        let client = try await kernel.client()
        async let one = client.recall("1")
        async let two = client.recall("2")
        async let three = client.recall("3")
        let values = try await [one, two, three]
        #expect(values == ["1", "2", "3"])
        await client.close()
        kernel.finish()
    }

    @Test func cancellingATaskCancelsItsCallInTheKernel() async throws {
        let sent = Step()
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            sent.reach()
            let cancel = try connection.next(.cancel)
            guard cancel.header.requestID == frame.header.requestID else {
                throw ScriptStopped("another request was cancelled")
            }
            // The answer crosses the cancel: it must be passed over.
            try connection.echo(frame)
            try connection.echo(try connection.next(.request))
            try connection.drain()
        }
        let client = try await kernel.client()
        let task = Task { try await client.recall("never") }
        try await sent.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let next = try await client.recall("next")
        #expect(next == "next")
        await client.close()
        kernel.finish()
    }

    @Test func aTaskThatWasCancelledBeforeSendsNothing() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            guard try frame.decoded(RememberRequest.self).operation != nil else { throw ScriptStopped("wrong call") }
            try connection.echo(frame)
            try connection.drain()
        }
        let client = try await kernel.client()
        let go = Step()
        let task = Task {
            try await eventually("the cancel") { go.isReached }
            return try await client.recall("never")
        }
        task.cancel()
        go.reach()
        await #expect(throws: CancellationError.self) { try await task.value }
        let only = try await client.recall("only")
        #expect(only == "only")
        await client.close()
        kernel.finish()
    }

    @Test func aCallEndsByItselfWhenTheKernelIsSilent() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            guard try frame.decoded(RememberRequest.self).envelope?.deadlineMs == 100 else {
                throw ScriptStopped("the time-out is not the kernel's deadline")
            }
            _ = try connection.next(.cancel)
            try connection.drain()
        }
        let client = try await kernel.client()
        let start = ContinuousClock.now
        let failure = await #expect(throws: CallFailure.self) {
            try await client.recall("silence", timeout: .milliseconds(100))
        }
        #expect(failure?.status == .deadlineExceeded)
        #expect(failure?.call == .remember)
        #expect(start.duration(to: .now) >= .milliseconds(100))
        #expect(start.duration(to: .now) < .seconds(10))
        await client.close()
        kernel.finish()
    }

    @Test func aRefusalCarriesStatusFieldAndAdvice() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            let error = CallError(
                message: "too many calls", field: "key", expected: "fewer", retryAfterMs: 250,
                denial: Denial(action: "context.read", resource: "c", needed: "label use"))
            try connection.respond(frame.header.call, id: frame.header.requestID, error, status: .resourceExhausted)
            try connection.drain()
        }
        let client = try await kernel.client()
        let failure = await #expect(throws: CallFailure.self) { try await client.recall("x") }
        #expect(failure?.status == .resourceExhausted)
        #expect(failure?.error.retryAfterMs == 250)
        let text = try #require(failure).description
        for part in [
            "remember", "RESOURCE_EXHAUSTED", "too many calls", "key", "fewer", "250 ms", "context.read", "label use",
        ] {
            #expect(text.contains(part), "\(part) is missing in: \(text)")
        }
        await client.close()
        kernel.finish()
    }

    @Test func aRequestThatNoFrameHoldsIsRefusedHere() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            try connection.echo(try connection.next(.request))
            try connection.drain()
        }
        let client = try await kernel.client()
        let failure = await #expect(throws: CallFailure.self) {
            try await client.think(ThinkRequest(capability: "x", input: [UInt8](repeating: 1, count: 17 << 20)))
        }
        #expect(failure?.status == .invalidArgument)
        let after = try await client.recall("after")
        #expect(after == "after")
        await client.close()
        kernel.finish()
    }

    /// Each side has more to say than the socket holds, and the kernel finishes speaking before it listens: a client that wrote
    /// first and read later would wait for ever.
    @Test(.timeLimit(.minutes(2))) func readsWhileItWrites() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let first = try connection.next(.request)
            let answer = ThinkResponse(output: [UInt8](repeating: 9, count: 12 << 20))
            try connection.respond(first.header.call, id: first.header.requestID, answer)
            for _ in 1..<6 {
                let frame = try connection.next(.request)
                try connection.respond(frame.header.call, id: frame.header.requestID, ThinkResponse(output: [1]))
            }
            try connection.drain()
        }
        let client = try await kernel.client()
        let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let request = ThinkRequest(capability: "x", input: [UInt8](repeating: 3, count: 4 << 20))
                    return try await client.think(request).output.count
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }.sorted()
        }
        #expect(sizes == [1, 1, 1, 1, 1, 12 << 20])
        await client.close()
        kernel.finish()
    }

    @Test func everyMethodMakesItsOwnCall() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            for expected in CallNumber.allCases.dropFirst() {
                let frame = try connection.next(.request)
                guard frame.header.call == expected.rawValue else {
                    throw ScriptStopped("call \(frame.header.call) came for \(expected)")
                }
                try connection.send(.response, call: frame.header.call, id: frame.header.requestID)
            }
            try connection.drain()
        }
        let client = try await kernel.client()
        _ = try await client.think(ThinkRequest())
        _ = try await client.decide(DecideRequest())
        _ = try await client.learn(LearnRequest())
        _ = try await client.remember(RememberRequest())
        _ = try await client.forget(ForgetRequest())
        _ = try await client.communicate(CommunicateRequest())
        _ = try await client.collaborate(CollaborateRequest())
        _ = try await client.arbitrate(ArbitrateRequest())
        _ = try await client.commitTask(CommitTaskRequest())
        _ = try await client.rollbackTask(RollbackTaskRequest())
        _ = try await client.queryPolicy(QueryPolicyRequest())
        _ = try await client.observe(ObserveRequest())
        _ = try await client.explainAction(ExplainActionRequest())
        _ = try await client.tuneSystem(TuneSystemRequest())
        await client.close()
        kernel.finish()
    }

    @Test func closingEndsWhatIsUnderWay() async throws {
        let sent = Step()
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            _ = try connection.next(.request)
            sent.reach()
            let goodbye = try connection.next(.goodbye)
            guard try !goodbye.decoded(Goodbye.self).reason.isEmpty else { throw ScriptStopped("no reason") }
            try connection.drain()
        }
        let client = try await kernel.client()
        let task = Task { try await client.recall("x") }
        try await sent.wait()
        await client.close()
        await #expect(throws: ConnectionFailure.closed) { try await task.value }
        await #expect(throws: ConnectionFailure.closed) { try await client.recall("later") }
        let reason = await client.ended()
        #expect(reason == .closed)
        kernel.finish()
    }

    @Test func aClientThatNobodyHoldsDisconnects() async throws {
        let closed = Step()
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            _ = try connection.framesUntilClosed()
            closed.reach()
        }
        do {
            let client = try await kernel.client()
            #expect(client.agentID == 42)
        }
        try await closed.wait()
        kernel.finish()
    }
}
