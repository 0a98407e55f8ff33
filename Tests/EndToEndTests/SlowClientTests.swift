// Goal: a client that begins frames and does not finish them is sent away in time, and all such frames together stay bounded.

import ABI
import CAMClient
import Fixtures
import Framing
import Linux
import ProtobufWire
import Testing

extension Patience {
    struct SlowClientTests {
        private func beginning(of bytes: Int) -> [UInt8] {
            var header: [UInt8] = []
            FrameHeader(kind: .request, call: CallNumber.remember.rawValue, requestID: 2, payloadCount: bytes)
                .append(to: &header)
            return header
        }

        private func expectSentAway(_ connection: RawConnection, _ words: String, within seconds: Double) throws {
            let frames = try connection.framesUntilClosed(within: seconds)
            let error = try #require(frames.last { $0.header.kind == .response }).decoded(CallError.self)
            #expect(error.message.string.contains(words), "\(error.message)")
            #expect(frames.last?.header.kind == .goodbye)
        }

        @Test func aFrameThatIsNotFinishedIn30SecondsEndsItsConnection() async throws {
            let bed = try await TestBed.start(drivers: [])
            let camd = bed.camd
            try await onThread {
                let (stalled, trickling) = (try camd.raw(), try camd.raw())
                for connection in [stalled, trickling] {
                    _ = try connection.register(name: "slow")
                    try connection.send(bytes: beginning(of: 1000))
                }
                let start = Clock.monotonic()
                // A byte now and then is no progress: the frame is what counts.
                for _ in 0..<25 {
                    Clock.sleep(nanoseconds: 1_000_000_000)
                    try trickling.send(bytes: [0])
                }
                try expectSentAway(stalled, "not finished within 30 s", within: 12)
                try expectSentAway(trickling, "not finished within 30 s", within: 5)
                #expect(Clock.monotonic() - start >= 30_000_000_000)
            }
        }

        @Test func unfinishedFramesTogetherAreBounded() async throws {
            let bed = try await TestBed.start(drivers: [])
            let client = try await bed.agent()
            let camd = bed.camd
            let before = bed.residentBytes
            let (_, testimony) = try await witnessed(by: client) {
                try await onThread {
                    let part = [UInt8](repeating: 0, count: 15 << 20)
                    let connections = try (0..<24).map { _ in
                        let connection = try camd.raw()
                        _ = try connection.register(name: "large")
                        try connection.sendIgnoringTheEnd(beginning(of: 16 << 20) + part)
                        return connection
                    }
                    withExtendedLifetime(connections) {}
                }
            }
            let peak = bed.residentBytes
            #expect(peak < before + (400 << 20), "camd held \(peak >> 20) MiB, \(before >> 20) before")
            #expect(camd.standardError.contains("unfinished frames of all peers together"), "360 MiB were taken")
            #expect(testimony.failures.isEmpty && testimony.percentile(0.99) < 1500, "\(testimony.summary)")
            try await eventually("camd's forgetting them") { try await client.stats().connections == 1 }
        }
    }
}
