// Goal: what the simulator takes for a Redis does what a Redis does. Method: the same random programs through the same
// engine, once against the simulated store and once against a real redis-server with the real scripts.

import ABI
import Contexts
import Linux
import ProtobufWire
import Reactor
import RedisContexts
import Simulator
import Testing

@Suite(.enabled(if: TestRedis.program != nil, "redis-server is not installed: apt install redis-server"))
struct StoreModelTests {
    /// The same engine twice, with one clock.
    private final class Twins {
        private let redis: TestRedis
        private let raw: RawRedis
        private let reactor: Reactor
        private var contexts: RedisContexts
        private let simulated: SimulatedStore
        private let wall = StoreHarness.Box(Clock.wall())
        private lazy var start = now
        private var lastID: UInt64 = 0
        /// What DUMP said of every key, and how long the key has.
        private var copy: [(name: [UInt8], ttlMs: Int, dump: [UInt8])] = []

        init(_ redis: TestRedis, seed: UInt64) throws {
            self.redis = redis
            raw = try RawRedis(redis.socket)
            try raw.send("FLUSHALL")
            reactor = try Reactor()
            simulated = SimulatedStore(
                random: SimulatedRandom(seed: seed), key: StoreHarness.key(), misbehaviour: .none, window: 1_024)
            contexts = try Self.connected(redis, reactor, wall)
            simulated.reconnect(now: start)
        }

        private var now: Instant { Instant(monotonic: 0, wall: wall.value) }

        private static func connected(
            _ redis: TestRedis, _ reactor: Reactor, _ wall: StoreHarness.Box<Int64>
        ) throws -> RedisContexts {
            let contexts = RedisContexts(
                reactor: reactor, location: .unixSocket(path: redis.socket), key: StoreHarness.key(),
                options: StoreHarness.patient, wallClockNs: { wall.value })
            try turn(reactor) { contexts.state == .ready }
            return contexts
        }

        private static func turn(_ reactor: Reactor, until condition: () -> Bool) throws {
            let limit = Clock.monotonic() + 20_000_000_000
            while !condition() {
                guard Clock.monotonic() < limit else { throw HarnessError(description: "nothing happened for 20 s") }
                try reactor.runOnce(timeoutMilliseconds: 10)
            }
        }

        func passTime(milliseconds: Int) { wall.value += Int64(milliseconds) * 1_000_000 }

        func startAnew() throws {
            contexts.close()
            contexts = try Self.connected(redis, reactor, wall)
            simulated.kernelRestarted(now: now)
            simulated.reconnect(now: now)
        }

        func flush() throws {
            try raw.send("FLUSHALL")
            copy = []
            simulated.loseEverything()
        }

        func saveCopy() throws {
            copy = try raw.send("KEYS", "*").list.compactMap(\.bytes).map { name in
                let ttl = try #require(try raw.send([Array("PTTL".utf8), name]).number)
                return (name, max(ttl, 0), try #require(try raw.send([Array("DUMP".utf8), name]).bytes))
            }
            simulated.saveCopy()
        }

        func goBack() throws {
            simulated.disconnect(now: now, reason: "going back")
            simulated.goBackToCopy()
            try raw.send("FLUSHALL")
            for (name, ttlMs, dump) in copy {
                try raw.send([Array("RESTORE".utf8), name, Array("\(ttlMs)".utf8), dump])
            }
            simulated.reconnect(now: now)
        }

        /// Submits all at once to both, and gives the results of both and the keys that are there afterwards.
        func perform(
            _ operations: [(owner: UInt64, context: Text, operation: ContextOperation)]
        ) throws -> (real: [ContextResult?], simulated: [ContextResult?], keys: (real: Int?, simulated: Int)) {
            var results: (real: [UInt64: ContextResult], simulated: [UInt64: ContextResult]) = ([:], [:])
            var ids: [UInt64] = []
            contexts.onResult = { results.real[$0] = $1 }
            for (owner, context, operation) in operations {
                lastID += 1
                ids.append(lastID)
                let request = ContextRequest(id: lastID, owner: owner, context: context, operation: operation)
                contexts.submit(request)
                simulated.submit(request, now: now)
            }
            try Self.turn(reactor) { results.real.count == ids.count }
            while simulated.canExecute || simulated.canDeliver {
                // A server's own clock is not the one that tests put forward.
                while simulated.canExecute { simulated.execute(now: start) }
                while simulated.canDeliver { simulated.deliver(now: now) }
            }
            simulated.takeNews { if case .result(let id, let result) = $0 { results.simulated[id] = result } }
            let count = try raw.send("DBSIZE").number
            return (ids.map { results.real[$0] }, ids.map { results.simulated[$0] }, (count, simulated.keyCount))
        }
    }

    private struct Program {
        var random: SimulatedRandom
        private var cursor: Text = ""

        init(seed: UInt64) { random = SimulatedRandom(seed: seed) }

        mutating func operation() -> ContextOperation {
            let key = Text("key \(random.below(6))")
            let version = UInt64(random.below(20))
            switch random.below(10) {
            case 0..<6:
                return .store(
                    key: key, value: [UInt8](repeating: 65, count: random.below(50)), contentType: "text/plain",
                    ttlMs: random.chance(2) ? UInt64(random.pick(60_000...600_000)) : nil,
                    ifVersion: random.chance(3) ? version : nil, provenance: StoreHarness.provenance)
            case 6, 7: return .recall(key: key, version: nil)
            case 8: return .recall(key: key, version: version + 1)
            default:
                return .list(
                    prefix: random.chance(2) ? "key" : "", cursor: random.chance(2) ? cursor : "",
                    limit: random.below(4))
            }
        }

        mutating func learn(_ result: ContextResult?) {
            if case .listed(_, let next)? = result { cursor = next }
        }
    }

    @Test func randomProgramsHaveTheSameResultsInBoth() throws {
        let redis = try TestRedis(["--appendonly", "no"])
        let fresh = UInt64.random(in: 0..<(1 << 48))
        for seed in Array(0..<10) + Array(fresh..<fresh + 10) {
            var program = Program(seed: seed)
            let twins = try Twins(redis, seed: seed)
            for step in 0..<80 {
                switch program.random.below(40) {
                case 0: try twins.flush()
                case 1, 2: try twins.saveCopy()
                case 3: try twins.goBack()
                case 4: try twins.startAnew()
                case 5..<15: twins.passTime(milliseconds: program.random.below(300_000))
                default: break
                }
                let batch = (0...program.random.below(8)).map { _ in
                    (
                        owner: UInt64(program.random.pick(1...2)),
                        context: program.random.chance(4) ? "b" : "a" as Text,
                        operation: program.operation()
                    )
                }
                let answers = try twins.perform(batch)
                for (index, (real, simulated)) in zip(answers.real, answers.simulated).enumerated()
                where real != simulated {
                    Issue.record(
                        "seed \(seed), step \(step): \(batch[index]): \(String(describing: real)), simulated: \(String(describing: simulated))"
                    )
                    return
                }
                if answers.keys.real != answers.keys.simulated {
                    Issue.record("seed \(seed), step \(step): \(answers.keys) keys")
                    return
                }
                program.learn(answers.real.last ?? nil)
            }
        }
    }
}
