// Goal: no client can harm another, or camd, whatever it sends or does not do.
// Method: connections that break every rule of the wire, beside a well-behaved one whose latency is measured.

import ABI
import CAMClient
import Fixtures
import Framing
import Linux
import ProtobufWire
import Testing

extension Service {
    struct HostileClientTests {
        /// camd answers each with one error frame that says what was wrong, then goodbye, and closes.
        private func expectRefused(_ connection: RawConnection, _ what: Comment, mentions: String = "") throws {
            let frames = try connection.framesUntilClosed(within: 20)
            let kinds = frames.map(\.header.kind).filter { $0 != .credit }
            #expect(kinds.suffix(2) == [.response, .goodbye], "\(what): \(kinds)")
            guard let error = frames.last(where: { $0.header.kind == .response }) else { return }
            let message = try error.decoded(CallError.self).message.string
            #expect(error.status != .ok && message.contains(mentions), "\(what): \(message)")
        }

        /// The sixteen bytes of a header, right or wrong.
        private func header(length: UInt32, version: UInt8 = 1, kind: UInt8 = 1, call: UInt8 = 13) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * UInt32($0))) } + [version, kind, call, 0]
                + [UInt8](repeating: 7, count: 8)
        }

        private static let wrongHeaders: [(what: String, length: UInt32, version: UInt8, kind: UInt8, call: UInt8)] = [
            ("length 0", 0, 1, 1, 13), ("length 11", 11, 1, 1, 13), ("16 MiB + 13", (16 << 20) + 13, 1, 1, 13),
            ("the greatest length", .max, 1, 1, 13), ("version 0", 12, 0, 1, 13), ("version 2", 12, 2, 1, 13),
            ("kind 0", 12, 1, 0, 13), ("kind 9", 12, 1, 9, 13), ("kind 255", 12, 1, 255, 13),
            ("a response", 12, 1, 2, 13), ("an upcall", 12, 1, 5, 13), ("an answer to no upcall", 12, 1, 6, 2),
            ("a stream item of nothing", 12, 1, 3, 2), ("call 0", 12, 1, 1, 0), ("call 16", 12, 1, 1, 16),
            ("call 255", 12, 1, 1, 255),
        ]

        @Test func wrongFramesAreAnsweredAndHungUpOnAndNobodyElseNotices() async throws {
            let bed = try await TestBed.start(drivers: [])
            let client = try await bed.agent()
            let before = try await holdings(bed, client)
            let camd = bed.camd
            let (_, testimony) = try await witnessed(by: client) {
                try await onThread {
                    for wrong in Self.wrongHeaders {
                        let bytes = header(
                            length: wrong.length, version: wrong.version, kind: wrong.kind, call: wrong.call)
                        let stranger = try camd.raw()
                        try stranger.sendIgnoringTheEnd(bytes)
                        try expectRefused(stranger, "\(wrong.what) from a stranger")
                        let known = try camd.raw()
                        #expect(try known.register(name: "wrong").status == .ok)
                        try known.sendIgnoringTheEnd(bytes)
                        try expectRefused(known, "\(wrong.what) after registration")
                    }
                    try wrongContents(camd)
                    try randomBytes(camd)
                }
            }
            #expect(testimony.failures.isEmpty && testimony.percentile(0.99) < 1500, "\(testimony.summary)")
            try await expectNothingLeft(bed, client, before)
        }

        /// Frames that are frames, with something wrong in them.
        private func wrongContents(_ camd: CamdProcess) throws {
            let large = try camd.raw()
            try large.sendIgnoringTheEnd(header(length: (64 << 10) + 1) + [UInt8](repeating: 0, count: 64 << 10))
            try expectRefused(large, "64 KiB from a stranger", mentions: "limit")
            let early = try camd.raw()
            try early.request(.observe, id: 1, ObserveRequest(what: .health(Nothing())))
            try expectRefused(early, "a call before registration", mentions: "register_agent")
            let name = try camd.raw()
            try name.request(.registerAgent, id: 1, RegisterAgentRequest(name: "no/../\u{1B}[2J"))
            try expectRefused(name, "a name that is none", mentions: "name")
            for (what, payload) in [
                ("no protobuf", [0xFF as UInt8, 0xFF, 0xFF, 0xFF, 0xFF]), ("cut short", [0x0A, 0x7F, 1]),
            ] {
                for call in CallNumber.allCases where call != .registerAgent {
                    let known = try camd.raw()
                    _ = try known.register(name: "wrong")
                    try known.send(.request, call: call.rawValue, id: 5, payload: payload)
                    try expectRefused(known, "\(call.name) with \(what)", mentions: "does not parse")
                }
            }
            let twice = try camd.raw()
            _ = try twice.register(name: "wrong")
            let events = ObserveRequest(what: .events(ObserveEvents()))
            try twice.request(.observe, id: 9, events)
            try twice.request(.observe, id: 9, events)
            try expectRefused(twice, "one id for two open requests", mentions: "unique")
        }

        /// Every byte may be anything; the first ones are often nearly right, so that some get past the header.
        private func randomBytes(_ camd: CamdProcess) throws {
            var generator = SplitMix64(seed: 20_261_120)
            for round in 0..<150 {
                var bytes = (0..<Int.random(in: 1...600, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                if round.isMultiple(of: 3), bytes.count >= 8 {
                    bytes.replaceSubrange(0..<7, with: [UInt8(bytes.count % 250) + 12, 0, 0, 0, 1, 1, bytes[6] % 16])
                }
                let connection = try camd.raw()
                if round.isMultiple(of: 2) { _ = try connection.register(name: "random") }
                try connection.sendIgnoringTheEnd(bytes)
                connection.stopWriting()
                _ = try connection.framesUntilClosed(within: 20)
            }
        }

        /// Waits until camd has as many descriptors and connections as before, and nothing is open on them.
        private func expectNothingLeft(_ bed: TestBed, _ client: CAMClient, _ before: (UInt64, Int)) async throws {
            func isAsBefore() async throws -> Bool {
                let stats = try await client.stats()
                let descriptors = try bed.descriptorCount()
                return stats.connections == before.0 && stats.openRequests == 0 && descriptors == before.1
            }
            do {
                try await eventually("camd's forgetting what is gone") { try await isAsBefore() }
            } catch is WaitTimedOut {
                let stats = try await client.stats()
                let left = "\(stats.connections) connections, \(stats.openRequests) requests"
                Issue.record("\(left), \(try bed.descriptorCount()) descriptors are left; before: \(before)")
            }
        }

        private func holdings(_ bed: TestBed, _ client: CAMClient) async throws -> (UInt64, Int) {
            (try await client.stats().connections, try bed.descriptorCount())
        }

        @Test func clientsThatStallOrDieInTheMiddleOfAFrameHoldUpNobody() async throws {
            let bed = try await TestBed.start(drivers: [])
            let client = try await bed.agent()
            let before = try await holdings(bed, client)
            let camd = bed.camd
            let (silent, testimony) = try await witnessed(by: client) {
                // Connected, says nothing; started a frame and does not go on, as strangers and as agents.
                let silent = try camd.raw()
                let halves = try await onThread {
                    try (0..<40).map { number in
                        let connection = try camd.raw()
                        if number.isMultiple(of: 2) { _ = try connection.register(name: "half") }
                        let half = header(length: 60_000) + [UInt8](repeating: 0, count: number * 100)
                        try connection.send(bytes: Array(half.prefix(number < 10 ? number + 1 : half.count)))
                        return connection
                    }
                }
                // The same, and dead at once.
                for number in 0..<40 {
                    let connection = try camd.raw()
                    try connection.send(bytes: header(length: 60_000) + [UInt8](repeating: 0, count: number * 100))
                }
                let frames = try await onThread { try silent.framesUntilClosed(within: 15) }
                try withExtendedLifetime(halves) {
                    // Those who have registered may still go on; the others have had their time.
                    for (number, half) in halves.enumerated() where number.isMultiple(of: 2) {
                        try half.send(bytes: [0])
                    }
                }
                return frames
            }
            let error = try #require(silent.first { $0.header.kind == .response }).decoded(CallError.self)
            #expect(error.message.string.contains("within 5 s"), "\(error.message)")
            #expect(testimony.failures.isEmpty && testimony.percentile(0.99) < 1500, "\(testimony.summary)")
            try await expectNothingLeft(bed, client, before)
        }

        @Test func aFloodWithoutCreditIsCutOff() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let before = try await holdings(bed, client)
            let camd = bed.camd
            let (_, testimony) = try await witnessed(by: client) {
                try await onThread {
                    let flood = try camd.raw()
                    let registration = RegisterAgentRequest(name: "flood", labels: [Label(name: "use", value: "test")])
                    try flood.request(.registerAgent, id: 1, registration)
                    let credit = try #require(try flood.receive()).decoded(RegisterAgentResponse.self).limits
                    let more = try #require(credit).requestCredit + 1
                    // None of them ends by itself within the test, so no credit can come back.
                    let sleep = ThinkRequest(capability: "test.sleep", input: Text("600000").bytes)
                    var bytes: [UInt8] = []
                    for id in 2..<UInt64(2 + more) {
                        bytes += FrameHeader(kind: .request, call: CallNumber.think.rawValue, requestID: id)
                            .frame(payload: sleep.encoded())
                    }
                    try flood.sendIgnoringTheEnd(bytes)
                    try expectRefused(flood, "more than its credit", mentions: "credit")
                }
            }
            #expect(testimony.failures.isEmpty && testimony.percentile(0.99) < 1500, "\(testimony.summary)")
            // Its work dies with it: the driver is free again.
            #expect(try await client.say("test.echo", "free") == "free")
            try await expectNothingLeft(bed, client, before)
        }

        @Test func clientsThatDoNotReadTheirAnswersAreCutOffAndMemoryStaysBounded() async throws {
            let bed = try await TestBed.start(drivers: [], settings: "\"limits.calls_per_second\": 100000")
            let client = try await bed.agent()
            let value = [UInt8](repeating: 0x5A, count: 1 << 20)
            try await client.store("big", "value", value)
            let before = try await holdings(bed, client)
            let residentBefore = bed.residentBytes
            let (camd, owner) = (bed.camd, client.agentID)
            let (peak, testimony) = try await witnessed(by: client) {
                let deaf = try await onThread { try (0..<3).map { _ in try askWithoutReading(camd, owner) } }
                defer { withExtendedLifetime(deaf) {} }
                var peak: UInt64 = 0
                do {
                    try await eventually("the deaf clients' being cut off", within: 40) {
                        peak = max(peak, bed.residentBytes)
                        return try await client.stats().connections == 1
                    }
                } catch let error as WaitTimedOut {
                    let stats = try await client.stats()
                    let left = "\(stats.connections) connections, \(stats.openRequests) requests"
                    throw CamdFailure(what: "\(error); \(left)", standardError: camd.standardError)
                }
                return peak
            }
            // Each may be owed 64 MiB and a little, and holds a frame or two more on its way through redis.
            #expect(peak < residentBefore + (500 << 20), "camd held \(peak >> 20) MiB, \(residentBefore >> 20) before")
            #expect(testimony.failures.isEmpty && testimony.percentile(0.99) < 3000, "\(testimony.summary)")
            #expect(camd.standardError.contains("event=peer_does_not_read"))
            try await expectNothingLeft(bed, client, before)
            #expect(try await client.recall("big", "value").value == value)
        }

        /// Asks for 200 MiB over the admin socket, where others' contexts may be read, and reads none of it.
        private func askWithoutReading(_ camd: CamdProcess, _ owner: UInt64) throws -> RawConnection {
            let connection = try RawConnection(unixPath: camd.adminSocketPath)
            _ = try connection.register(name: "deaf")
            let recall = RememberRequest.Recall(context: ContextRef(owner: owner, name: "big"), key: "value")
            for id in 2..<UInt64(202) {
                try connection.request(.remember, id: id, RememberRequest(operation: .recall(recall)))
            }
            return connection
        }
    }
}
