// Somebody who can write to Redis cannot make the store answer with anything that was not stored there: what is
// changed, cut, swapped, moved, replayed or deleted is answered DATA_LOSS, by name. And Redis holds nothing readable.

import ABI
import Contexts
import Linux
import ProtobufWire
import RedisContexts
import Testing

@Suite(.enabled(if: TestRedis.program != nil, "redis-server is not installed: apt install redis-server"))
struct ContextSealingTests {
    /// The Redis key of a version, found by its number; `count` keys of that number are expected.
    private func records(_ raw: RawRedis, version: Int) throws -> [[UInt8]] {
        try raw.send("KEYS", "cam1:*v*:\(version)").list.compactMap(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func heads(_ raw: RawRedis) throws -> [UInt8] {
        try #require(try raw.send("KEYS", "cam1:*h").list.first?.bytes)
    }

    @Test func everyFlippedByteOfAValueIsDetected() throws {
        let store = try StoreHarness()
        try store.store("k", "secret")
        let raw = try RawRedis(store.redis.socket)
        let name = try records(raw, version: 1)[0]
        let record = try #require(try raw.send([Array("GET".utf8), name]).bytes)
        for index in record.indices {
            var changed = record
            changed[index] ^= 1 << UInt8(index % 8)
            try raw.send([Array("SET".utf8), name, changed])
            let result = try store.recall("k")
            #expect(result.isDataLoss, "byte \(index) of \(record.count) was changed: \(result)")
        }
        try raw.send([Array("SET".utf8), name, record])
        #expect(try store.recall("k").text == "secret")
    }

    @Test func everyTruncationOfAValueIsDetected() throws {
        let store = try StoreHarness()
        try store.store("k", "secret")
        let raw = try RawRedis(store.redis.socket)
        let name = try records(raw, version: 1)[0]
        let record = try #require(try raw.send([Array("GET".utf8), name]).bytes)
        for count in 0..<record.count {
            try raw.send([Array("SET".utf8), name, Array(record.prefix(count))])
            #expect(try store.recall("k").isDataLoss, "cut to \(count) bytes")
        }
        try raw.send([Array("SET".utf8), name, record + [0]])
        #expect(try store.recall("k").isDataLoss, "lengthened")
    }

    @Test func everyFlippedByteOfAHeadIsDetected() throws {
        let store = try StoreHarness()
        try store.store("k", "old")
        try store.store("k", "secret")
        let raw = try RawRedis(store.redis.socket)
        let heads = try heads(raw)
        let field = try #require(try raw.send([Array("HKEYS".utf8), heads]).list.first?.bytes)
        let head = try #require(try raw.send([Array("HGET".utf8), heads, field]).bytes)
        for index in head.indices {
            var changed = head
            changed[index] ^= 1 << UInt8(index % 8)
            try raw.send([Array("HSET".utf8), heads, field, changed])
            let recalled = try store.recall("k")
            // The number of the oldest version kept says only what may be read, and is no part of what is sealed.
            let isOldest = (8..<16).contains(index)
            #expect(recalled.isDataLoss || (isOldest && recalled.text == "secret"), "byte \(index): \(recalled)")
            let listed = try store.perform(.list(prefix: "", cursor: "", limit: 0))
            #expect(listed.isDataLoss || isOldest, "byte \(index): \(listed)")
        }
    }

    @Test func valuesOfTwoKeysThatWereSwappedAreDetected() throws {
        let store = try StoreHarness()
        try store.store("a", "value of a")
        try store.store("b", "value of b")
        let raw = try RawRedis(store.redis.socket)
        let names = try records(raw, version: 1)
        let values = try names.map { try #require(try raw.send([Array("GET".utf8), $0]).bytes) }
        try raw.send([Array("SET".utf8), names[0], values[1]])
        try raw.send([Array("SET".utf8), names[1], values[0]])
        #expect(try store.recall("a").isDataLoss)
        #expect(try store.recall("b").isDataLoss)
        // With their heads too.
        let heads = try heads(raw)
        let fields = try raw.send([Array("HKEYS".utf8), heads]).list.compactMap(\.bytes)
        let old = try fields.map { try #require(try raw.send([Array("HGET".utf8), heads, $0]).bytes) }
        try raw.send([Array("HSET".utf8), heads, fields[0], old[1], fields[1], old[0]])
        let fresh = store.anotherAdapter()
        try store.run { fresh.state == .ready }
        for key in ["a", "b"] as [Text] { #expect(try store.recall(key).isDataLoss) }
        #expect(try store.perform(.list(prefix: "", cursor: "", limit: 0)).isDataLoss)
    }

    @Test func anOldVersionInPlaceOfANewOneIsDetected() throws {
        let store = try StoreHarness()
        try store.store("k", "old")
        try store.store("k", "new")
        let raw = try RawRedis(store.redis.socket)
        let old = try #require(try raw.send([Array("GET".utf8), try records(raw, version: 1)[0]]).bytes)
        try raw.send([Array("SET".utf8), try records(raw, version: 2)[0], old])
        let result = try store.recall("k")
        #expect(result.isDataLoss)
        #expect(result.reason.contains("\"notes\"") && result.reason.contains("\"k\""))
        #expect(try store.recall("k", version: 2).isDataLoss)
        #expect(try store.recall("k", version: 1).text == "old")
    }

    @Test func aKeyOfAnotherContextOrOwnerIsDetected() throws {
        let store = try StoreHarness()
        try store.store("k", "mine", context: "one")
        try store.store("k", "theirs", context: "two", owner: 2)
        let raw = try RawRedis(store.redis.socket)
        let names = try records(raw, version: 1)
        let values = try names.map { try #require(try raw.send([Array("GET".utf8), $0]).bytes) }
        try raw.send([Array("SET".utf8), names[0], values[1]])
        try raw.send([Array("SET".utf8), names[1], values[0]])
        #expect(try store.recall("k", context: "one").isDataLoss)
        #expect(try store.recall("k", context: "two", owner: 2).isDataLoss)
    }

    @Test func anOldStateOfAKeyAsAWholeIsDetectedWhileItsVersionIsRemembered() throws {
        let store = try StoreHarness()
        try store.store("k", "old")
        let raw = try RawRedis(store.redis.socket)
        let heads = try heads(raw)
        let field = try #require(try raw.send([Array("HKEYS".utf8), heads]).list.first?.bytes)
        let oldHead = try #require(try raw.send([Array("HGET".utf8), heads, field]).bytes)
        try store.store("k", "new")
        try raw.send([Array("HSET".utf8), heads, field, oldHead])
        #expect(try store.recall("k").isDataLoss)
        #expect(try store.store("k", "x", ifVersion: 1) == .conflict(current: 2))
        // A store puts it right, under a number that was never used.
        #expect(try store.store("k", "newest") == .stored(version: 3))
        #expect(try store.recall("k").text == "newest")
    }

    @Test func aFlushedRedisIsDetectedForWhatIsRemembered() throws {
        let store = try StoreHarness()
        try store.store("k", "value")
        let raw = try RawRedis(store.redis.socket)
        try raw.send("FLUSHALL")
        #expect(try store.recall("k").isDataLoss)
        #expect(try store.recall("never stored") == .notFound)
        #expect(try store.store("k", "again") == .stored(version: 2))
        #expect(try store.recall("k").text == "again")
    }

    @Test func aStoreThatWentBackBehindAVersionIsDetectedByWhoeverNamesIt() throws {
        let store = try StoreHarness()
        for version in 1...3 { try store.store("k", "value \(version)") }
        let raw = try RawRedis(store.redis.socket)
        let heads = try heads(raw)
        let field = try #require(try raw.send([Array("HKEYS".utf8), heads]).list.first?.bytes)
        let head = try #require(try raw.send([Array("HGET".utf8), heads, field]).bytes)
        for version in 4...5 { try store.store("k", "value \(version)") }
        try raw.send([Array("HSET".utf8), heads, field, head])
        for version in 4...5 as ClosedRange<UInt64> { #expect(try store.recall("k", version: version).isDataLoss) }
        #expect(try store.recall("k", version: 6) == .notFound)
        #expect(try store.recall("k", version: 3).text == "value 3")
        #expect(try store.perform(.list(prefix: "", cursor: "", limit: 0)).isDataLoss)
    }

    @Test func aVersionBeforeOneThatHasEndedDoesNotComeBackToLife() throws {
        let store = try StoreHarness()
        try store.store("k", "old")
        let raw = try RawRedis(store.redis.socket)
        let heads = try heads(raw)
        let field = try #require(try raw.send([Array("HKEYS".utf8), heads]).list.first?.bytes)
        let head = try #require(try raw.send([Array("HGET".utf8), heads, field]).bytes)
        try store.store("k", "short", ttlMs: 1_000)
        store.passTime(milliseconds: 1_000)
        #expect(try store.recall("k") == .notFound)
        try raw.send([Array("HSET".utf8), heads, field, head])
        #expect(try store.recall("k").isDataLoss)
        #expect(try store.perform(.list(prefix: "", cursor: "", limit: 0)).isDataLoss)
        #expect(try store.store("k", "x", ifVersion: 1) == .conflict(current: 0))
        #expect(try store.store("k", "new") == .stored(version: 3))
    }

    @Test func aDeletedValueIsDetected() throws {
        let store = try StoreHarness()
        try store.store("k", "value")
        let raw = try RawRedis(store.redis.socket)
        try raw.send([Array("DEL".utf8), try records(raw, version: 1)[0]])
        #expect(try store.recall("k").reason.contains("version 1"))
        #expect(try store.recall("k").isDataLoss)
    }

    @Test func aKeyOfAnotherTypeIsDataLossAndNoError() throws {
        let store = try StoreHarness()
        try store.store("k", "value")
        let raw = try RawRedis(store.redis.socket)
        let name = try records(raw, version: 1)[0]
        try raw.send([Array("DEL".utf8), name])
        try raw.send([Array("LPUSH".utf8), name, [1]])
        #expect(try store.recall("k").isDataLoss)
    }

    @Test func anotherMasterKeySeesNothing() throws {
        let store = try StoreHarness()
        try store.store("k", "value")
        let other = try StoreHarness(store.redis, key: StoreHarness.key(8))
        #expect(try other.recall("k") == .notFound)
        #expect(try other.perform(.list(prefix: "", cursor: "", limit: 0)) == .listed([], next: ""))
    }

    @Test func neitherNamesNorValuesAreReadableInRedisOrItsFiles() throws {
        let store = try StoreHarness()
        let words = ["ContextNameToFind", "KeyNameToFind", "ValueToFind", "content/type-to-find"]
        let operation = ContextOperation.store(
            key: "KeyNameToFind", value: Array("ValueToFind".utf8), contentType: "content/type-to-find", ttlMs: nil,
            ifVersion: nil, provenance: StoreHarness.provenance)
        #expect(try store.perform(operation, context: "ContextNameToFind") == .stored(version: 1))
        _ = try store.recall("KeyNameToFind", context: "ContextNameToFind")
        _ = try store.perform(.list(prefix: "KeyNameToFind", cursor: "", limit: 0), context: "ContextNameToFind")
        let raw = try RawRedis(store.redis.socket)
        try raw.send("SAVE")
        var files: [String] = [store.redis.folder + "/dump.rdb"]
        let appendOnly = store.redis.folder + "/appendonlydir"
        files += try Directory.list(appendOnly).map { appendOnly + "/" + $0 }
        #expect(files.count >= 3)
        var size = 0
        for file in files {
            let bytes = try File.readAll(file, limit: 64 << 20)
            size += bytes.count
            for word in words {
                #expect(bytes.firstRange(of: Array(word.utf8)) == nil, "\(word) is readable in \(file)")
            }
        }
        #expect(size > 500)
    }

    @Test func equalValuesLookDifferentEveryTime() throws {
        let store = try StoreHarness()
        for key in ["a", "b"] as [Text] { for _ in 1...2 { try store.store(key, "the same") } }
        let raw = try RawRedis(store.redis.socket)
        var seen: Set<[UInt8]> = []
        for version in 1...2 {
            for name in try records(raw, version: version) {
                let record = try #require(try raw.send([Array("GET".utf8), name]).bytes)
                #expect(seen.insert(Array(record.suffix(24))).inserted)
            }
        }
        #expect(seen.count == 4)
    }

    @Test func allKeysOfAContextShareOneHashTag() throws {
        let store = try StoreHarness()
        for key in ["a", "b", "c"] as [Text] { try store.store(key, "v", ttlMs: 1_000_000) }
        let raw = try RawRedis(store.redis.socket)
        let names = try raw.send("KEYS", "*").list.compactMap(\.text)
        #expect(names.count == 6)
        let tags = names.map { name in
            name.firstIndex(of: "{").flatMap { open in name.firstIndex(of: "}").map { String(name[open...$0]) } }
        }
        #expect(Set(tags).count == 1 && tags[0]?.count == 24)
    }
}
