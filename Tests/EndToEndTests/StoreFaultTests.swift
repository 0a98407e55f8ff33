// Goal: the memory store may go away and come back; nothing that was acknowledged is lost, and nothing has to be restarted.
// Method: kill -9 of camd's private redis-server under writes.

import ABI
import CAMClient
import Fixtures
import ProtobufWire
import Synchronization
import Testing

extension Faults {
    struct StoreFaultTests {
        /// What a writer was told: values that must be there, and the refusals.
        private struct Written: Sendable {
            var acknowledged: [Text: [UInt8]] = [:]
            var refusals: [CallFailure] = []
        }

        private func write(_ writer: Int, _ client: CAMClient, until done: borrowing Atomic<Bool>) async throws
            -> Written
        {
            var written = Written()
            for number in 0... {
                if done.load(ordering: .relaxed) { break }
                let key: Text = "w\(writer)/\(number)"
                do {
                    try await client.store("kept", key, key.bytes)
                    written.acknowledged[key] = key.bytes
                } catch let failure as CallFailure {
                    written.refusals.append(failure)
                    try await Task.sleep(for: .milliseconds(Int(failure.error.retryAfterMs ?? 20)))
                }
            }
            return written
        }

        @Test func redisKilledIsUnavailableForAMomentAndLosesNothing() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let done = Done()
            try await client.store("kept", "first", [1, 2, 3])
            let written = try await withThrowingTaskGroup(of: Written.self) { group in
                for writer in 0..<4 { group.addTask { try await write(writer, client, until: done.flag) } }
                for _ in 0..<2 { try await outage(bed, client) }
                done.flag.store(true, ordering: .relaxed)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let refusals = written.flatMap(\.refusals)
            #expect(!refusals.isEmpty, "nobody noticed that redis was gone")
            for failure in refusals {
                #expect([.unavailable, .unknown].contains(failure.status), "\(failure)")
                if failure.status == .unavailable { #expect((failure.error.retryAfterMs ?? 0) > 0, "\(failure)") }
            }
            let acknowledged = written.reduce(into: [:]) { $0.merge($1.acknowledged) { $1 } }
            #expect(acknowledged.count > 20)
            for (key, value) in acknowledged { #expect(try await client.recall("kept", key).value == value) }
            #expect(try await client.recall("kept", "first").value == [1, 2, 3])
        }

        /// Kills redis, sees that the rest goes on, and waits until the store works again.
        private func outage(_ bed: TestBed, _ client: CAMClient) async throws {
            let redis = try bed.redis()
            try await Task.sleep(for: .milliseconds(200))
            try redis.kill()
            #expect(try await client.say("test.echo", "without a store") == "without a store")
            try await eventually("the store's return", within: 20) {
                do {
                    try await client.store("kept", "probe", [])
                    return try bed.redis() != redis
                } catch let failure as CallFailure where [.unavailable, .unknown].contains(failure.status) {
                    return false
                }
            }
            #expect(try await client.health().parts.first { $0.name == "memory" }?.healthy == true)
        }

        private final class Done: Sendable {
            let flag = Atomic(false)
        }
    }
}
