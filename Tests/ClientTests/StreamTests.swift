// Streams: order, windows, back-pressure, and how they end.

import ABI
import CAMClient
import Fixtures
import Framing
import Linux
import ProtobufWire
import Testing

struct StreamTests {
    /// Sends `count` numbered items as credit allows, then the answer.
    private static func stream(
        _ connection: RawConnection, _ frame: RawFrame, count: Int, window: UInt32
    ) throws {
        var credit = Int(window)
        for number in 0..<count {
            while credit == 0 { credit += Int(try connection.next(.credit).decoded(Credit.self).more) }
            credit -= 1
            try connection.send(
                .streamItem, call: frame.header.call, id: frame.header.requestID,
                payload: ThinkItem(output: Array("\(number)".utf8)).encoded())
        }
        try connection.respond(frame.header.call, id: frame.header.requestID, ThinkResponse(executor: "fake"))
    }

    @Test(arguments: [1, 2, 7, 100] as [UInt32]) func itemsComeInOrderWithinTheWindow(window: UInt32) async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            let request = try frame.decoded(ThinkRequest.self)
            guard request.stream, request.streamCredit == window else { throw ScriptStopped("no window") }
            try Self.stream(connection, frame, count: 60, window: window)
            try connection.drain()
        }
        let client = try await kernel.client()
        let stream = client.thinkStream(ThinkRequest(capability: "x"), window: window)
        var items: [String] = []
        for try await item in stream { items.append(String(decoding: item.output, as: UTF8.self)) }
        #expect(items == (0..<60).map { "\($0)" })
        let answer = try await stream.response()
        #expect(answer.executor == "fake")
        await client.close()
        kernel.finish()
    }

    @Test func aReaderThatDoesNotReadGivesNoCredit() async throws {
        let checked = Step()
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            for number in 0..<4 {
                try connection.send(
                    .streamItem, call: frame.header.call, id: frame.header.requestID,
                    payload: ThinkItem(output: [UInt8(number)]).encoded())
            }
            try connection.staysSilent(for: 0.2)
            checked.reach()
            // Two of four were taken: half the window comes back.
            guard try connection.next(.credit).decoded(Credit.self).more == 2 else {
                throw ScriptStopped("wrong credit")
            }
            try connection.drain()
        }
        let client = try await kernel.client()
        let stream = client.thinkStream(ThinkRequest(capability: "x"), window: 4)
        try await checked.wait()
        var iterator = stream.makeAsyncIterator()
        for number in 0..<2 {
            let item = try await iterator.next()
            #expect(item?.output == [UInt8(number)])
        }
        await client.close()
        kernel.finish()
    }

    @Test func itemsBeyondTheCreditEndTheConnection() async throws {
        let ended = Step()
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            for _ in 0..<3 {
                try connection.send(
                    .streamItem, call: frame.header.call, id: frame.header.requestID, payload: ThinkItem().encoded())
            }
            _ = try connection.next(.goodbye)
            ended.reach()
            try connection.drain()
        }
        let client = try await kernel.client()
        let stream = client.thinkStream(ThinkRequest(capability: "x"), window: 2)
        // Reading would give credit; the window is full as long as nobody reads.
        try await ended.wait()
        let failure = await #expect(throws: ConnectionFailure.self) { _ = try await stream.response() }
        #expect("\(try #require(failure))".contains("credit"))
        _ = await client.ended()
        kernel.finish()
    }

    @Test func droppingAStreamCancelsIt() async throws {
        let cancelled = Step()
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            let filter = try frame.decoded(ObserveRequest.self)
            guard case .events(let events)? = filter.what, events.streamCredit == 8, events.graphID == 5 else {
                throw ScriptStopped("not the filter that was asked for: \(filter)")
            }
            try connection.send(
                .streamItem, call: frame.header.call, id: frame.header.requestID,
                payload: Event(what: "one").encoded())
            guard try connection.next(.cancel).header.requestID == frame.header.requestID else {
                throw ScriptStopped("another request was cancelled")
            }
            cancelled.reach()
            try connection.drain()
        }
        let client = try await kernel.client()
        for try await event in client.events(ObserveEvents(graphID: 5), window: 8) {
            #expect(event.what == "one")
            break
        }
        try await cancelled.wait()
        await client.close()
        kernel.finish()
    }

    @Test func cancellingTheReaderEndsTheStream() async throws {
        let opened = Step()
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            _ = try connection.next(.request)
            opened.reach()
            _ = try connection.next(.cancel)
            try connection.drain()
        }
        let client = try await kernel.client()
        let reader = Task {
            for try await _ in client.events() {}
        }
        try await opened.wait()
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        await client.close()
        kernel.finish()
    }

    @Test func aRefusedStreamThrowsAfterItsItems() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            let frame = try connection.next(.request)
            try connection.send(
                .streamItem, call: frame.header.call, id: frame.header.requestID,
                payload: ThinkItem(output: [1]).encoded())
            try connection.respond(
                frame.header.call, id: frame.header.requestID, CallError(message: "broke"), status: .aborted)
            try connection.drain()
        }
        let client = try await kernel.client()
        let stream = client.thinkStream(ThinkRequest(capability: "x"))
        var count = 0
        let failure = await #expect(throws: CallFailure.self) {
            for try await _ in stream { count += 1 }
        }
        #expect(count == 1)
        #expect(failure?.status == .aborted)
        await client.close()
        kernel.finish()
    }

    @Test func aStreamIsLostWithItsConnection() async throws {
        let kernel = try FakeKernel { connection, _ in
            try connection.acceptRegistration()
            _ = try connection.next(.request)
        }
        let client = try await kernel.client()
        let failure = await #expect(throws: ConnectionFailure.self) {
            for try await _ in client.events() {}
        }
        guard case .lost(during: .observe, _)? = failure else {
            Issue.record("not lost: \(String(describing: failure))")
            return
        }
        kernel.finish()
    }
}
