// Goal: an agent beyond its rate is refused, told truthfully when to come back, and moves nobody else.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension Service {
    struct RateLimitTests {
        private static let rate = 200
        private static let burst = 100

        @Test func anAgentAtTenTimesItsRateIsRefusedTruthfullyAndMovesNobody() async throws {
            let bed = try await TestBed.start(
                drivers: [], settings: "\"limits.calls_per_second\": \(Self.rate), \"limits.burst\": \(Self.burst)")
            let modest = try await bed.agent("modest")
            let greedy = try await bed.agent("greedy")
            let start = Clock.monotonic()
            let (results, testimony) = try await witnessed(by: modest, everyMilliseconds: 25) {
                try await flood(greedy, calls: 6_000, perSecond: 10 * Self.rate)
            }
            let seconds = Double(Clock.monotonic() - start) / 1e9
            let admitted = Double(results.count { $0 == nil })
            let most = Double(Self.burst) + Double(Self.rate) * seconds
            #expect(admitted <= most + 1, "\(admitted) calls in \(seconds) s; \(most) would be right")
            #expect(admitted >= min(most, Double(results.count)) * 0.6, "\(admitted) calls in \(seconds) s")
            #expect(results.contains { $0 != nil }, "nothing was refused")
            for error in results.compactMap({ $0 }) { try expectTruthful(error) }
            #expect(testimony.failures.isEmpty && testimony.percentile(0.99) < 1000, "\(testimony.summary)")
            try await comesBackWhenTold(greedy)
        }

        private func expectTruthful(_ error: CallError) throws {
            let wait = try #require(error.retryAfterMs)
            #expect((1...1000).contains(wait), "\(error)")
        }

        /// Calls at a steady pace, none waiting for another; nil is one that was admitted.
        private func flood(_ client: CAMClient, calls: Int, perSecond: Int) async throws -> [CallError?] {
            let start = Clock.monotonic()
            return try await withThrowingTaskGroup(of: CallError?.self) { group in
                for number in 0..<calls {
                    let due = start + UInt64(number) * 1_000_000_000 / UInt64(perSecond)
                    if number.isMultiple(of: 20), due > Clock.monotonic() {
                        try await Task.sleep(for: .nanoseconds(due - Clock.monotonic()))
                    }
                    group.addTask { try await health(client) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }

        private func health(_ client: CAMClient) async throws -> CallError? {
            do {
                _ = try await client.health()
                return nil
            } catch let failure as CallFailure {
                #expect(failure.status == .resourceExhausted, "\(failure)")
                return failure.error
            }
        }

        /// Uses up the burst, and then waits exactly as long as it is told.
        private func comesBackWhenTold(_ client: CAMClient) async throws {
            for _ in 0..<5 {
                _ = try await flood(client, calls: 400, perSecond: 1_000_000)
                // Calls that were let in later have overtaken what was told in the flood: only the last word counts.
                var told: CallError?
                for _ in 0..<4_000 where told == nil { told = try await health(client) }
                let last = try #require(told?.retryAfterMs)
                try await Task.sleep(for: .milliseconds(Int(last)))
                #expect(try await health(client) == nil, "refused although it waited the \(last) ms it was told")
            }
        }
    }
}
