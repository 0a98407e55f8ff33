// The store against a real Redis: versions, compare-and-set, times to live, listing, order.

import ABI
import Contexts
import Linux
import ProtobufWire
import Reactor
import RedisContexts
import Testing

@Suite(.enabled(if: TestRedis.program != nil, "redis-server is not installed: apt install redis-server"))
struct RedisContextsTests {
    @Test func aStoredValueComesBackWithItsEntry() throws {
        let store = try StoreHarness()
        #expect(try store.store("greeting", "hello") == .stored(version: 1))
        guard case .recalled(let value, let entry) = try store.recall("greeting") else {
            Issue.record("not recalled")
            return
        }
        #expect(value == Array("hello".utf8))
        #expect(
            entry
                == ContextEntry(
                    key: "greeting", version: 1, contentType: "text/plain", valueBytes: 5,
                    provenance: StoreHarness.provenance))
    }

    @Test func whatWasNeverStoredIsNotFound() throws {
        let store = try StoreHarness()
        #expect(try store.recall("nothing") == .notFound)
        try store.store("a", "1")
        #expect(try store.recall("a", version: 2) == .notFound)
        #expect(try store.recall("a", context: "other") == .notFound)
        #expect(try store.recall("a", owner: 2) == .notFound)
    }

    @Test func everyStoreMakesANewVersionAndOldOnesStay() throws {
        let store = try StoreHarness()
        for version in 1...20 as ClosedRange<UInt64> {
            #expect(try store.store("k", "value \(version)") == .stored(version: version))
        }
        #expect(try store.recall("k").text == "value 20")
        for version in 1...20 as ClosedRange<UInt64> {
            #expect(try store.recall("k", version: version).text == "value \(version)")
        }
    }

    @Test func anEmptyValueAndEveryByteAndTheLargestValueComeBack() throws {
        let store = try StoreHarness()
        let values: [[UInt8]] = [[], Array(0...255), [UInt8](repeating: 0xA5, count: Limits.contextValueBytesMax)]
        for (index, value) in values.enumerated() {
            let operation = ContextOperation.store(
                key: "k\(index)", value: value, contentType: "", ttlMs: nil, ifVersion: nil, provenance: .init())
            #expect(try store.perform(operation) == .stored(version: 1))
            guard case .recalled(let back, let entry) = try store.recall("k\(index)") else {
                Issue.record("value \(index) was not recalled")
                continue
            }
            #expect(back == value)
            #expect(entry.valueBytes == UInt64(value.count))
        }
        let tooLarge = ContextOperation.store(
            key: "k", value: [UInt8](repeating: 0, count: Limits.contextValueBytesMax + 1), contentType: "",
            ttlMs: nil, ifVersion: nil, provenance: .init())
        #expect(try store.perform(tooLarge) == .tooLarge(limit: Limits.contextValueBytesMax))
    }

    @Test func namesThatAreEqualOnlyCanonicallyAreDifferentKeys() throws {
        let store = try StoreHarness()
        try store.store("\u{E9}", "one code point")
        #expect(try store.recall("e\u{301}") == .notFound)
        #expect(try store.recall("\u{E9}").text == "one code point")
    }

    @Test func compareAndSetWinsOnlyAtTheCurrentVersion() throws {
        let store = try StoreHarness()
        #expect(try store.store("k", "no", ifVersion: 3) == .conflict(current: 0))
        #expect(try store.store("k", "first", ifVersion: 0) == .stored(version: 1))
        #expect(try store.store("k", "again", ifVersion: 0) == .conflict(current: 1))
        #expect(try store.store("k", "second", ifVersion: 1) == .stored(version: 2))
        #expect(try store.store("k", "stale", ifVersion: 1) == .conflict(current: 2))
        #expect(try store.recall("k").text == "second")
    }

    @Test func aStoreThatDoesNotKnowTheVersionSealsAgain() throws {
        // A second process on the same Redis with the same key has an empty memory of versions.
        let first = try StoreHarness()
        for _ in 1...5 { try first.store("k", "old") }
        let second = try StoreHarness(first.redis)
        #expect(try second.store("k", "new") == .stored(version: 6))
        #expect(try first.store("k", "newer") == .stored(version: 7))
        #expect(try second.recall("k").text == "newer")
        #expect(try second.store("k", "x", ifVersion: 6) == .conflict(current: 7))
    }

    @Test func fiveHundredConcurrentCompareAndSetsGiveConsecutiveVersions() throws {
        let store = try StoreHarness()
        // A second adapter on the same Redis stands for another process: it shares no memory of versions.
        let other = store.anotherAdapter()
        try store.run { other.state == .ready }
        let processes = [store.answers, Answers(other)]
        // 50 writers; each reads the current version and tries to follow it, until it has won ten times.
        var versions: [UInt64] = []
        func write(_ writer: Int, _ left: Int, at expected: UInt64) {
            if left == 0 { return }
            let operation = StoreHarness.store("counter", "writer \(writer)", ifVersion: expected)
            processes[writer % 2].submit(operation) {
                switch $0 {
                case .stored(let version):
                    #expect(version == expected + 1)
                    versions.append(version)
                    write(writer, left - 1, at: version)
                case .conflict(let current): write(writer, left, at: current)
                default: Issue.record("\($0)")
                }
            }
        }
        for writer in 0..<50 { write(writer, 10, at: 0) }
        try store.run(seconds: 60) { versions.count == 500 }
        #expect(versions.sorted() == Array(1...500))
        #expect(try store.store("counter", "last") == .stored(version: 501))
    }

    @Test func fiveHundredCompareAndSetsSubmittedAtOnceEachFollowTheOneBefore() throws {
        let store = try StoreHarness()
        let boxes = (0..<500).map { store.begin(StoreHarness.store("k", "v\($0)", ifVersion: UInt64($0))) }
        try store.run { boxes.allSatisfy { $0.value != nil } }
        for (index, box) in boxes.enumerated() { #expect(box.value == .stored(version: UInt64(index) + 1)) }
    }

    @Test func operationsOnOneKeyKeepTheirOrder() throws {
        let store = try StoreHarness()
        var pending: [(StoreHarness.Box<ContextResult?>, String)] = []
        for round in 1...200 {
            let write = store.begin(StoreHarness.store("k", "value \(round)"))
            let read = store.begin(.recall(key: "k", version: nil))
            pending.append((write, "\(round)"))
            pending.append((read, "value \(round)"))
        }
        try store.run { pending.allSatisfy { $0.0.value != nil } }
        for (index, (box, expected)) in pending.enumerated() {
            if index % 2 == 0 {
                #expect(box.value == .stored(version: UInt64(expected)!))
            } else {
                #expect(box.value?.text == expected)
            }
        }
    }

    @Test func aValueEndsAfterItsTimeToLive() throws {
        let store = try StoreHarness()
        #expect(try store.store("k", "short", ttlMs: 60_000) == .stored(version: 1))
        #expect(try store.recall("k").text == "short")
        store.passTime(milliseconds: 59_000)
        #expect(try store.recall("k").text == "short")
        store.passTime(milliseconds: 1_000)
        #expect(try store.recall("k") == .notFound)
        #expect(try store.recall("k", version: 1) == .notFound)
        #expect(try store.perform(.list(prefix: "", cursor: "", limit: 0)) == .listed([], next: ""))
        // There is none now, but its number is not used again.
        #expect(try store.store("k", "x", ifVersion: 1) == .conflict(current: 0))
        #expect(try store.store("k", "new", ifVersion: 0) == .stored(version: 2))
        #expect(try store.recall("k", version: 1) == .notFound)
        #expect(try store.recall("k").text == "new")
    }

    @Test func aLaterVersionWithoutTimeToLiveStaysAndTheEarlierOneStillEnds() throws {
        let store = try StoreHarness()
        try store.store("k", "short", ttlMs: 1_000)
        try store.store("k", "long")
        #expect(try store.recall("k", version: 1).text == "short")
        store.passTime(milliseconds: 1_000)
        #expect(try store.recall("k", version: 1) == .notFound)
        #expect(try store.recall("k").text == "long")
    }

    @Test func whatHasEndedIsSweptOutOfRedis() throws {
        let store = try StoreHarness()
        for round in 1...100 { try store.store("k\(round % 10)", "short", ttlMs: 1_000) }
        let raw = try RawRedis(store.redis.socket)
        #expect(try raw.send("DBSIZE") == .number(103))
        store.passTime(milliseconds: 2_000)
        for _ in 1...4 { try store.store("stays", "long") }
        // Four versions, and the index of heads and their order; the endings are all gone.
        #expect(try raw.send("DBSIZE") == .number(6))
        #expect(try store.store("k1", "again") == .stored(version: 11))
        #expect(try store.store("never seen", "new") == .stored(version: 11))
    }

    @Test func redisItselfDropsAValueWhoseTimeHasPassed() throws {
        let store = try StoreHarness()
        try store.store("k", "short", ttlMs: 100)
        let raw = try RawRedis(store.redis.socket)
        let names = try raw.send("KEYS", "cam1:*v*:1").list
        let name = try #require(names.first?.bytes)
        let left = try #require(try raw.send([Array("PTTL".utf8), name]).number)
        #expect(left > 0 && left <= 1_100)
    }

    @Test func aListingGivesEveryEntryExactlyOnce() throws {
        let store = try StoreHarness()
        var boxes: [StoreHarness.Box<ContextResult?>] = []
        for number in 0..<2_500 { boxes.append(store.begin(StoreHarness.store("key \(number)", "v"))) }
        try store.run { boxes.allSatisfy { $0.value == .stored(version: 1) } }
        var seen: [Text] = []
        var cursor: Text = ""
        var pages = 0
        repeat {
            let result = try store.perform(.list(prefix: "", cursor: cursor, limit: 1_000))
            guard case .listed(let entries, let next) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(entries.map(\.key) == entries.map(\.key).sorted())
            seen += entries.map(\.key)
            cursor = next
            pages += 1
        } while !cursor.isEmpty
        #expect(pages == 3)
        #expect(seen.count == 2_500)
        #expect(Set(seen) == Set((0..<2_500).map { Text("key \($0)") }))
    }

    @Test func aListingKeepsToItsPrefixContextAndOwner() throws {
        let store = try StoreHarness()
        for key in ["a", "ab", "abc", "b", "\u{E9}1"] as [Text] { try store.store(key, "v") }
        try store.store("abd", "v", context: "other")
        try store.store("abe", "v", owner: 2)
        func keys(_ prefix: Text) throws -> [Text] {
            guard case .listed(let entries, "") = try store.perform(.list(prefix: prefix, cursor: "", limit: 0)) else {
                return ["no listing"]
            }
            return entries.map(\.key)
        }
        #expect(try keys("") == ["a", "ab", "abc", "b", "\u{E9}1"])
        #expect(try keys("ab") == ["ab", "abc"])
        #expect(try keys("\u{E9}") == ["\u{E9}1"])
        #expect(try keys("zz") == [])
        guard
            case .listed(let page, let next) = try store.perform(.list(prefix: "a", cursor: "", limit: 2)),
            case .listed(let rest, "") = try store.perform(.list(prefix: "a", cursor: next, limit: 2))
        else {
            Issue.record("two pages expected")
            return
        }
        #expect(page.count == 2)
        #expect(Set((page + rest).map(\.key)) == ["a", "ab", "abc"])
    }

    @Test func badRequestsAreRefusedWithTheFieldAtFault() throws {
        let store = try StoreHarness()
        func field(_ operation: ContextOperation, context: Text = "notes") throws -> Text? {
            if case .invalid(let fault) = try store.perform(operation, context: context) { fault.field } else { nil }
        }
        let long = Text(String(repeating: "x", count: 257))
        #expect(try field(StoreHarness.store("", "v")) == "key")
        #expect(try field(StoreHarness.store(long, "v")) == "key")
        #expect(try field(.recall(key: "k", version: nil), context: "") == "context.name")
        #expect(try field(.recall(key: "k", version: 0)) == "version")
        #expect(try field(StoreHarness.store("k", "v", ttlMs: 0)) == "ttl_ms")
        #expect(try field(StoreHarness.store("k", "v", ttlMs: .max)) == "ttl_ms")
        #expect(try field(StoreHarness.store("k", "v", ifVersion: .max)) == "if_version")
        #expect(try field(.list(prefix: "", cursor: "nonsense", limit: 0)) == "cursor")
        #expect(try field(.list(prefix: "", cursor: "", limit: 1_001)) == "limit")
        #expect(try field(.list(prefix: long, cursor: "", limit: 1)) == "prefix")
    }

    @Test func aForgottenScriptIsSentAgain() throws {
        let store = try StoreHarness()
        try store.store("k", "one")
        try RawRedis(store.redis.socket).send("SCRIPT", "FLUSH", "SYNC")
        let boxes = [
            store.begin(StoreHarness.store("k", "two")), store.begin(.recall(key: "k", version: nil)),
            store.begin(StoreHarness.store("k", "three")), store.begin(.list(prefix: "", cursor: "", limit: 0)),
        ]
        try store.run { boxes.allSatisfy { $0.value != nil } }
        #expect(boxes[0].value == .stored(version: 2))
        #expect(boxes[1].value?.text == "two")
        #expect(boxes[2].value == .stored(version: 3))
        #expect(try store.recall("k").text == "three")
    }
}
