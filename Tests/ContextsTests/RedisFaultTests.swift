// What a real Redis does when it goes wrong, and what the store says then: truthfully, at once, and well again
// afterwards without a restart.

import ABI
import Contexts
import Linux
import ProtobufWire
import Reactor
import RedisContexts
import Testing

@Suite(.enabled(if: TestRedis.program != nil, "redis-server is not installed: apt install redis-server"))
struct RedisFaultTests {
    @Test func acknowledgedWritesSurviveAKilledRedisAndTheStoreComesBack() throws {
        let store = try StoreHarness()
        // Killed in the middle of 400 writes: what was acknowledged must be there, what was refused must not.
        let boxes = (0..<400).map { store.begin(StoreHarness.store("key \($0)", "value \($0)")) }
        try store.run { boxes.count { $0.value != nil } >= 100 }
        try store.redis.kill()
        try store.run { boxes.allSatisfy { $0.value != nil } }
        let during = try store.recall("key 0")
        #expect(during.isUnavailable)
        if case .unavailable(let retryAfterMs, _) = during { #expect(retryAfterMs > 0 && retryAfterMs < 10_000) }
        try store.redis.start()
        try store.run { store.contexts.state == .ready }
        for (index, box) in boxes.enumerated() {
            let now = try store.recall("key \(index)")
            switch box.value {
            case .stored(version: 1): #expect(now.text == "value \(index)")
            case .unavailable: #expect(now == .notFound, "key \(index) was refused and is there")
            case .outcomeUnknown: #expect(now.text == "value \(index)" || now == .notFound)
            default: Issue.record("\(String(describing: box.value))")
            }
        }
        #expect(try store.store("key 0", "after") == .stored(version: 2))
    }

    @Test func aSilentRedisIsUnavailableForReadsAndUnknownForWritesSent() throws {
        var options = RedisContextsOptions()
        options.answerTimeoutMs = 200
        options.connectTimeoutMs = 100
        let store = try StoreHarness(options: options)
        try store.store("k", "before")
        try store.redis.signal(.stop)
        let start = Clock.monotonic()
        let write = store.begin(StoreHarness.store("k", "during"))
        let behind = store.begin(StoreHarness.store("k", "behind"))
        let read = store.begin(.recall(key: "other", version: nil))
        let list = store.begin(.list(prefix: "", cursor: "", limit: 0))
        try store.run { [write, behind, read, list].allSatisfy { $0.value != nil } }
        let waitedMs = (Clock.monotonic() - start) / 1_000_000
        #expect(waitedMs >= 200 && waitedMs < 5_000)
        #expect(write.value?.isOutcomeUnknown == true)
        // It waited its turn on the same key and was never sent.
        #expect(behind.value?.isUnavailable == true)
        #expect(read.value?.isUnavailable == true)
        #expect(list.value?.isUnavailable == true)
        // While it stands still, everything is refused at once.
        let refused = Clock.monotonic()
        #expect(try store.store("k", "refused").isUnavailable)
        #expect(Clock.monotonic() - refused < 100_000_000)
        try store.redis.signal(.continue)
        try store.run { store.contexts.state == .ready }
        let now = try store.recall("k").text
        #expect(now == "before" || now == "during")
        #expect(try store.store("k", "after") == .stored(version: now == "during" ? 3 : 2))
    }

    @Test func aValueWhoseTimeRanOutWhileRedisStoodStillHasEndedAndIsNotLost() throws {
        let store = try StoreHarness()
        try store.store("k", "short", ttlMs: 300)
        try store.redis.signal(.stop)
        let read = store.begin(.recall(key: "k", version: nil))
        try store.reactor.runOnce(timeoutMilliseconds: 10)
        // Redis itself drops the record a second after its end; the question was asked before.
        Clock.sleep(nanoseconds: 1_500_000_000)
        try store.redis.signal(.continue)
        try store.run { read.value != nil }
        #expect(read.value == .notFound)
    }

    @Test func aRedisThatIsNotThereYetIsWaitedFor() throws {
        let redis = try TestRedis()
        try redis.kill()
        let store = try StoreHarness(redis, awaitReady: false)
        try store.run { if case .away = store.contexts.state { true } else { false } }
        #expect(try store.store("k", "v").isUnavailable)
        try redis.start()
        store.contexts.connectNow()
        try store.run { store.contexts.state == .ready }
        #expect(try store.store("k", "v") == .stored(version: 1))
    }

    @Test func aWrongPasswordSaysSoAndNeverShowsIt() throws {
        let redis = try TestRedis(["--requirepass", "right"], ownFolder: nil)
        func away(_ credentials: MemoryURL.Credentials?) throws -> String {
            let store = try StoreHarness(redis, credentials: credentials, awaitReady: false)
            try store.run { if case .away = store.contexts.state { true } else { false } }
            let result = try store.store("k", "v")
            #expect(result.isUnavailable)
            return result.reason
        }
        let wrong = try away(.init(user: nil, password: "wr0ng"))
        #expect(wrong.contains("refuses the user or password") && !wrong.contains("wr0ng"))
        #expect(try away(nil).contains("asks for a password"))
        let store = try StoreHarness(redis, credentials: .init(user: nil, password: "right"))
        #expect(try store.store("k", "v") == .stored(version: 1))
        let named = try StoreHarness(redis, credentials: .init(user: "default", password: "right"))
        #expect(try named.recall("k").text == "v")
    }

    @Test func fullMemoryRefusesTheWriteAsAWholeAndReadsGoOn() throws {
        let redis = try TestRedis(["--maxmemory-policy", "noeviction"])
        let store = try StoreHarness(redis)
        #expect(try store.store("k", "before") == .stored(version: 1))
        let raw = try RawRedis(redis.socket)
        try raw.send("CONFIG", "SET", "maxmemory", "1")
        guard case .storeFull(let reason) = try store.store("k", "too much") else {
            Issue.record("not refused")
            return
        }
        #expect(reason.string.contains("maxmemory"))
        #expect(try store.recall("k").text == "before")
        try raw.send("CONFIG", "SET", "maxmemory", "0")
        #expect(try store.store("k", "after") == .stored(version: 2))
        #expect(try raw.send("DBSIZE") == .number(4))
    }

    @Test func aReplicaAndALoadingServerAreUnavailable() throws {
        let store = try StoreHarness()
        let raw = try RawRedis(store.redis.socket)
        try store.store("k", "before")
        try raw.send("REPLICAOF", "127.0.0.1", "1")
        #expect(try store.store("k", "x").isUnavailable)
        try raw.send("REPLICAOF", "NO", "ONE")
        #expect(try store.store("k", "after") == .stored(version: 2))
    }

    @Test func beyondTheBoundOperationsAreRefusedWithATimeAndTheRestIsDone() throws {
        var options = StoreHarness.patient
        options.operationsMax = 100
        options.windowOperations = 10
        let store = try StoreHarness(options: options)
        let boxes = (0..<300).map { store.begin(StoreHarness.store("key \($0)", "v")) }
        #expect(store.contexts.pendingCount == 100)
        try store.run { boxes.allSatisfy { $0.value != nil } }
        #expect(boxes.prefix(100).allSatisfy { $0.value == .stored(version: 1) })
        #expect(boxes.dropFirst(100).allSatisfy { $0.value?.isUnavailable == true })
        if case .unavailable(let retryAfterMs, _) = boxes[299].value {
            #expect(retryAfterMs > 0 && retryAfterMs <= 5_000)
        }
        #expect(store.contexts.pendingCount == 0)
    }

    @Test func theBoundCountsBytesToo() throws {
        var options = StoreHarness.patient
        options.bytesMax = 1 << 20
        let store = try StoreHarness(options: options)
        let large = String(repeating: "x", count: 300_000)
        let boxes = (0..<5).map { store.begin(StoreHarness.store("key \($0)", large)) }
        try store.run { boxes.allSatisfy { $0.value != nil } }
        #expect(boxes.map { $0.value?.isUnavailable == true } == [false, false, false, true, true])
    }

    @Test func manyLargeValuesPassTheWindow() throws {
        let store = try StoreHarness()
        let large = String(repeating: "x", count: 1 << 20)
        let boxes = (0..<40).map { store.begin(StoreHarness.store("key \($0)", large)) }
        try store.run(seconds: 60) { boxes.allSatisfy { $0.value != nil } }
        #expect(boxes.allSatisfy { $0.value == .stored(version: 1) })
        #expect(try store.recall("key 39").text == large)
    }

    @Test func closingAnswersEverybody() throws {
        let store = try StoreHarness()
        let boxes = (0..<50).map { store.begin(StoreHarness.store("key \($0)", "v")) }
        store.contexts.close()
        #expect(boxes.allSatisfy { $0.value?.isOutcomeUnknown == true })
        #expect(store.contexts.state == .closed)
        #expect(try store.recall("k").isUnavailable)
    }

    @Test func anAnswerThatIsNoScriptOfOursIsNotBelieved() throws {
        let store = try StoreHarness()
        try store.store("k", "v")
        // Somebody else's server could say anything; here the hash type under the context's name is wrong.
        let raw = try RawRedis(store.redis.socket)
        let heads = try #require(try raw.send("KEYS", "cam1:*h").list.first?.bytes)
        try raw.send([Array("DEL".utf8), heads])
        try raw.send([Array("SET".utf8), heads, [1]])
        #expect(try store.recall("k").isDataLoss)
        #expect(try store.store("k", "x").isDataLoss)
        #expect(try store.perform(.list(prefix: "", cursor: "", limit: 0)).isDataLoss)
    }

    @Test func aRedisOverLoopbackTCPWorksAsWell() throws {
        let port = UInt16.random(in: 20_000...30_000)
        let redis = try TestRedis(["--port", "\(port)", "--bind", "127.0.0.1", "--requirepass", "p@ss"])
        let url = try MemoryURL.parse("redis://:p%40ss@127.0.0.1:\(port)/2", allowPlaintext: false)
        guard case .tcp(_, _, _, let credentials) = url else {
            Issue.record("not TCP")
            return
        }
        let store = try StoreHarness(redis, location: RedisLocation(url), credentials: credentials)
        #expect(try store.store("k", "v") == .stored(version: 1))
        #expect(try store.recall("k").text == "v")
        let raw = try RawRedis(redis.socket)
        try raw.send("AUTH", "p@ss")
        #expect(try raw.send("DBSIZE") == .number(0))
        try raw.send("SELECT", "2")
        #expect(try raw.send("DBSIZE") == .number(3))
    }

    @Test func aClosedPortAndAMissingSocketAreAwayAndSayWhy() throws {
        let redis = try TestRedis()
        let places: [RedisLocation] = [
            .tcp(host: "127.0.0.1", port: 1, database: 0), .unixSocket(path: redis.folder + "/no-such-socket"),
        ]
        for place in places {
            let store = try StoreHarness(redis, location: place, awaitReady: false)
            try store.run { if case .away = store.contexts.state { true } else { false } }
            let result = try store.store("k", "v")
            #expect(result.isUnavailable && !result.reason.isEmpty, "\(result)")
        }
    }

    @Test func aServerThatIsNoRedisIsAway() throws {
        let redis = try TestRedis()
        let path = redis.folder + "/other"
        let listener = try Socket.listen(unixPath: path, mode: 0o600)
        let store = try StoreHarness(redis, location: .unixSocket(path: path), awaitReady: false)
        try store.reactor.runOnce(timeoutMilliseconds: 10)
        let peer = try #require(try Socket.accept(listener.rawValue)?.release())
        defer { FileDescriptor.close(peer) }
        try File.writeAll(peer, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        try store.run { if case .away = store.contexts.state { true } else { false } }
        #expect(try store.recall("k").isUnavailable)
    }
}
