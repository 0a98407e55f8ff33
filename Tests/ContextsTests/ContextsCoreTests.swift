// The small values of Core/Contexts: hashed names, order of arrival, remembered versions, pages, records, delays.

import ABI
import Contexts
import ProtobufWire
import Testing

struct NameHashTests {
    private func hashes() -> [NameHash] {
        var generator = SystemRandomNumberGenerator()
        var hashes = (0..<500).map { _ in NameHash(high: generator.next(), low: generator.next()) }
        hashes += [NameHash(high: 0, low: 0), NameHash(high: .max, low: .max), NameHash(high: 0, low: .max)]
        for bit in 0..<64 { hashes += [NameHash(high: 1 << bit, low: 0), NameHash(high: 0, low: 1 << bit)] }
        return hashes
    }

    @Test func theTextGoesThereAndBack() {
        for hash in hashes() {
            #expect(hash.text.count == NameHash.textCount)
            #expect(NameHash(text: hash.text) == hash)
        }
    }

    @Test func theOrderOfTheTextsIsTheOrderOfTheHashes() {
        let sorted = hashes().sorted()
        for (one, next) in zip(sorted, sorted.dropFirst()) where one != next {
            #expect(one.text.lexicographicallyPrecedes(next.text))
        }
    }

    @Test func noOtherTextIsAHash() {
        let text = NameHash(high: 1, low: 2).text
        #expect(NameHash(text: text.dropLast()) == nil)
        #expect(NameHash(text: text + [text[0]]) == nil)
        #expect(NameHash(text: [UInt8(ascii: "z")] + text.dropFirst()) == nil)
        for byte in [0, 32, 43, 47, 61, 123, 255] as [UInt8] {
            #expect(NameHash(text: text.dropLast() + [byte]) == nil)
        }
    }
}

struct KeyLanesTests {
    /// A model that keeps, per key, everything that entered and has not left, in order: an operation may run when
    /// nothing before it conflicts with it.
    @Test func readsRunTogetherAndStoresAloneInOrderOfArrivalForManyRandomRuns() {
        for _ in 0..<200 {
            var lanes = KeyLanes<Int>()
            var model: [Int: [(number: UInt64, isRead: Bool, isRunning: Bool)]] = [:]
            func mayRun(_ key: Int, _ index: Int) -> Bool {
                let entries = model[key] ?? []
                return entries[..<index].allSatisfy { $0.isRead && entries[index].isRead && $0.isRunning }
                    || index == 0
            }
            for number in 1...300 as ClosedRange<UInt64> {
                let key = Int.random(in: 0..<3)
                if Bool.random() {
                    let isRead = Bool.random()
                    let starts = lanes.enter(number, isRead: isRead, lane: key)
                    model[key, default: []].append((number, isRead, false))
                    #expect(starts == mayRun(key, model[key]!.count - 1))
                    model[key]![model[key]!.count - 1].isRunning = starts
                } else if let index = model[key]?.indices.filter({ model[key]![$0].isRunning }).randomElement() {
                    model[key]!.remove(at: index)
                    var starting: [UInt64] = []
                    lanes.leave(lane: key, starting: &starting)
                    var expected: [UInt64] = []
                    for index in model[key]!.indices where !model[key]![index].isRunning && mayRun(key, index) {
                        model[key]![index].isRunning = true
                        expected.append(model[key]![index].number)
                    }
                    #expect(starting == expected)
                }
                #expect(lanes.count == model.values.count { !$0.isEmpty })
            }
        }
    }
}

struct VersionMemoryTests {
    private func id(_ number: UInt64) -> ContextKeyID {
        ContextKeyID(context: NameHash(high: 0, low: 1), key: NameHash(high: number, low: 0))
    }

    @Test func theNewerVersionIsKept() {
        var memory = VersionMemory(capacity: 4)
        memory.remember(.init(version: 3, expiryMs: 9), of: id(1))
        memory.remember(.init(version: 2, expiryMs: 0), of: id(1))
        #expect(memory.version(of: id(1)) == .init(version: 3, expiryMs: 9))
        memory.remember(.init(version: 4, expiryMs: 0), of: id(1))
        #expect(memory.version(of: id(1))?.version == 4)
        #expect(memory.version(of: id(2)) == nil)
    }

    @Test func itStaysWithinItsBoundAndKeepsWhatIsUsed() {
        var memory = VersionMemory(capacity: 100)
        for number in 0..<10_000 as Range<UInt64> {
            memory.remember(.init(version: number, expiryMs: 0), of: id(number))
            #expect(memory.version(of: id(0)) == .init(version: 0, expiryMs: 0), "the key in use was forgotten")
        }
        #expect(memory.count == 100)
        #expect(memory.version(of: id(9_999))?.version == 9_999)
        #expect(memory.version(of: id(1)) == nil)
    }
}

struct ListPageTests {
    private func entry(_ number: UInt64, _ key: Text) -> (hash: NameHash, entry: ContextEntry) {
        (NameHash(high: number, low: 0), ContextEntry(key: key, version: 1))
    }

    @Test func withoutAPrefixExactlyWhatIsMissingIsFetched() {
        var page = ListPage(prefix: "", cursor: "", limit: 3)
        #expect(page.nextBatch == .init(after: nil, count: 3))
        let last = NameHash(high: 2, low: 0)
        // One of three had ended.
        #expect(
            page.on(entries: [entry(1, "b"), entry(2, "a")], last: last, more: true)
                == .fetch(.init(after: last, count: 1)))
        let step = page.on(entries: [entry(3, "c")], last: NameHash(high: 3, low: 0), more: true)
        guard case .finish(.listed(let entries, let next)) = step else {
            Issue.record("\(step)")
            return
        }
        #expect(entries.map(\.key) == ["a", "b", "c"])
        #expect(ListCursor(text: next)?.after == NameHash(high: 3, low: 0))
    }

    @Test func theLastEntryOfTheContextEndsTheListing() {
        var page = ListPage(prefix: "", cursor: "", limit: 1)
        let step = page.on(entries: [entry(1, "a")], last: NameHash(high: 1, low: 0), more: false)
        #expect(step == .finish(.listed([ContextEntry(key: "a", version: 1)], next: "")))
        var empty = ListPage(prefix: "", cursor: "", limit: 1)
        #expect(empty.on(entries: [], last: nil, more: false) == .finish(.listed([], next: "")))
    }

    @Test func aRarePrefixEndsThePageAfterABoundedSearch() {
        var page = ListPage(prefix: "rare", cursor: "", limit: 10)
        var rounds: UInt64 = 0
        while true {
            rounds += 1
            let last = NameHash(high: rounds, low: 0)
            switch page.on(entries: [entry(rounds, "common")], last: last, more: true) {
            case .fetch(let batch): #expect(batch == .init(after: last, count: ListPage.batchMax))
            case .finish(let result):
                #expect(rounds == UInt64(ListPage.examinedMax / ListPage.batchMax))
                #expect(result == .listed([], next: ListCursor(after: last).text))
                return
            }
        }
    }

    @Test func aPageThatFillsInTheMiddleOfABatchGoesOnRightThere() {
        var page = ListPage(prefix: "a", cursor: "", limit: 1)
        let batch = [entry(1, "b"), entry(2, "a1"), entry(3, "a2")]
        let step = page.on(entries: batch, last: NameHash(high: 3, low: 0), more: false)
        #expect(
            step
                == .finish(
                    .listed(
                        [ContextEntry(key: "a1", version: 1)], next: ListCursor(after: NameHash(high: 2, low: 0)).text))
        )
    }
}

struct RecordTests {
    @Test func theVersionRecordGoesThereAndBackAndRefusesWhatIsCut() {
        let record = VersionRecord(expiryMs: 0x0102_0304_0506_0708, entry: [1, 2, 3], value: [4, 5])
        let bytes = record.bytes
        #expect(bytes == [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 3, 1, 2, 3, 4, 5])
        #expect(VersionRecord(bytes: bytes) == record)
        for count in 0..<15 { #expect(VersionRecord(bytes: Array(bytes.prefix(count))) == nil) }
        #expect(VersionRecord(bytes: [UInt8](repeating: 0xFF, count: 12)) == nil)
    }

    @Test func theEnvelopeNamesItsAlgorithmAndRefusesAnUnknownOne() {
        let nonce = [UInt8](repeating: 9, count: 24)
        let bytes = [1, 1] + nonce + [UInt8](repeating: 7, count: 20)
        #expect(SealedEnvelope(bytes: bytes[...])?.ciphertext.count == 20)
        #expect(SealedEnvelope(bytes: bytes[..<41]) == nil)
        for index in 0...1 {
            var other = bytes
            other[index] = 2
            #expect(SealedEnvelope(bytes: other[...]) == nil)
        }
    }

    @Test func noTwoPlacesShareTheirAssociatedData() {
        func value(
            _ owner: UInt64, _ context: Text, _ key: Text, _ type: Text, _ version: UInt64, _ expiry: UInt64
        ) -> [UInt8] {
            AssociatedData.ofValue(
                owner: owner, context: context, key: key, contentType: type, version: version, expiryMs: expiry,
                algorithm: .xChaCha20Poly1305)
        }
        let all = [
            value(1, "ab", "c", "", 1, 0), value(1, "a", "bc", "", 1, 0), value(1, "ab", "", "c", 1, 0),
            value(2, "ab", "c", "", 1, 0), value(1, "ab", "c", "", 2, 0), value(1, "ab", "c", "", 1, 1),
            value(1, "abc", "", "", 1, 0), value(1, "", "abc", "", 1, 0), value(1, "\u{E9}", "c", "", 1, 0),
            value(1, "e\u{301}", "c", "", 1, 0),
        ]
        #expect(Set(all).count == all.count)
    }
}

struct RetryDelayTests {
    @Test func itDoublesUpToItsMostAndBeginsAnewAfterSuccess() {
        var delay = RetryDelay(firstMs: 100, mostMs: 1_000)
        #expect((0..<6).map { _ in delay.next() } == [100, 200, 400, 800, 1_000, 1_000])
        delay.succeeded()
        #expect(delay.next() == 100)
        var large = RetryDelay(firstMs: .max - 1, mostMs: .max)
        #expect((0..<3).map { _ in large.next() } == [.max - 1, .max, .max])
    }
}
