// The journal on a real disk: writing, reopening, reading, groups, order, failure.

import Crypto
import Journal
import JournalCheck
import Linux
import Reactor
import Testing

@testable import JournalFile

@Suite("Journal on disk")
struct JournalFileTests {
    @Test("records over several segments come back after reopening, in order, with their epochs")
    func roundTrip() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 16 << 10
        let payloads = samplePayloads(900)
        for (epoch, part) in [payloads[..<300], payloads[300..<301], payloads[301...]].enumerated() {
            let recovery = try harness.open()
            #expect(recovery.warnings == [])
            #expect(recovery.lastEpoch == UInt64(epoch))
            for (index, payload) in part.enumerated() {
                try harness.append(payload, durable: index % 3 == 0)
                if index % 7 == 0 {
                    harness.journal?.flush()
                    try harness.reactor.runOnce(timeoutMilliseconds: 0)
                }
            }
            harness.close()
            #expect(harness.failures == [])
        }
        #expect(try harness.segmentPaths().count > 10)
        let recovery = try harness.open()
        #expect(recovery.lastSequence == 900)
        #expect(recovery.lastEpoch == 3)
        #expect(try harness.replayed() == payloads)
    }

    @Test("a journal that is opened and closed without records stays empty and opens again")
    func empty() throws {
        let harness = try JournalHarness()
        for _ in 0..<3 {
            let recovery = try harness.open()
            #expect(recovery.lastSequence == 0)
            #expect(recovery.lastEpoch == 0)
            #expect(recovery.head == MerkleHash.empty)
            #expect(recovery.warnings == [])
            harness.close()
        }
    }

    @Test("empty records and records larger than a segment are kept")
    func unusualSizes() throws {
        let harness = try JournalHarness()
        try harness.open()
        let payloads: [[UInt8]] = [
            [], [1], [UInt8](repeating: 7, count: 300_000), [], [2], [UInt8](repeating: 8, count: 61_000),
        ]
        for payload in payloads { try harness.append(payload) }
        harness.close()
        #expect(harness.failures == [])
        try harness.open()
        #expect(try harness.replayed() == payloads)
    }

    @Test("records that come after the end are refused, however many")
    func afterTheEnd() throws {
        let harness = try JournalHarness()
        try harness.open()
        try harness.append([1])
        let journal = try #require(harness.journal)
        journal.close()
        for sequence in UInt64(2)...4 {
            #expect(!journal.append([2], sequence: sequence, epoch: 1, durable: true))
        }
        harness.close()
        try harness.open()
        #expect(try harness.replayed() == [[1]])
    }

    @Test("a second opener is refused while the first lives, and let in after it has closed")
    func secondOpener() throws {
        let harness = try JournalHarness()
        try harness.open()
        let other = try Reactor()
        #expect(throws: JournalOpenError.locked(path: harness.folder + "/lock")) {
            try JournalFile.open(directory: harness.folder, key: harness.key, reactor: other)
        }
        harness.close()
        try harness.open()
    }

    @Test("onDurable rises, and comes only when the record can be read from the file")
    func durableOrder() throws {
        let harness = try JournalHarness()
        try harness.open()
        for _ in 0..<20 {
            for payload in samplePayloads(5) { try harness.append(payload) }
            harness.journal?.flush()
            try harness.reactor.runOnce(timeoutMilliseconds: 1)
        }
        try harness.turn { harness.durable.last == 100 }
        #expect(harness.durable == harness.durable.sorted())
        #expect(Set(harness.durable).count == harness.durable.count)
        let bytes = try harness.read(try #require(harness.segmentPaths().first))
        let header = try bytes.withUnsafeBytes { try SegmentHeader(decoding: $0) }
        #expect(ScanResult(bytes, header: header).payloads.count == 100)
    }

    @Test("64 waiting callers need few syncs when a sync takes a millisecond more")
    func groupCommit() throws {
        let harness = try JournalHarness()
        harness.options.syncDelayMilliseconds = 1
        try harness.open()
        let journal = try #require(harness.journal)
        // Each caller appends its next record as soon as its last one is durable.
        let (callers, rounds) = (64, 20)
        var waiting: [UInt64] = []
        var acknowledged = 0
        while acknowledged < callers * rounds {
            while waiting.count < callers, Int(journal.lastSequence) < callers * rounds {
                waiting.append(try harness.append([UInt8](repeating: 1, count: 200)))
            }
            journal.flush()
            try harness.reactor.runOnce(timeoutMilliseconds: 1000)
            let before = waiting.count
            waiting.removeAll { $0 <= journal.durableThrough }
            acknowledged += before - waiting.count
        }
        #expect(journal.durableThrough == UInt64(callers * rounds))
        // One sync a round, and a few more where a round's records were split over two groups.
        #expect(journal.statistics.syncCount <= UInt64(rounds * 3))
        #expect(journal.statistics.recordCount == UInt64(callers * rounds))
    }

    @Test("records that nobody waits for are synced by time, all in one")
    func buffered() throws {
        let harness = try JournalHarness()
        harness.options.bufferedSyncMilliseconds = 30
        try harness.open()
        let journal = try #require(harness.journal)
        for payload in samplePayloads(50) {
            try harness.append(payload, durable: false)
            journal.flush()
        }
        try harness.turn { journal.durableThrough == 50 }
        #expect(journal.statistics.syncCount <= 3)
    }

    @Test("records are found by sequence: old ones, those of this turn, and none that were never written")
    func lookUps() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 16 << 10
        try harness.open()
        let payloads = samplePayloads(400)
        for payload in payloads { try harness.append(payload, durable: false) }
        var answers: [UInt64: JournalLookup] = [:]
        let journal = try #require(harness.journal)
        for sequence in UInt64(0)...402 { journal.read(sequence: sequence) { answers[sequence] = $0 } }
        #expect(answers.isEmpty, "answers come in a later turn")
        try harness.turn { answers.count == 403 }
        for sequence in 1...400 {
            #expect(answers[UInt64(sequence)] == .found(epoch: 1, payload: payloads[sequence - 1]))
        }
        for sequence in [UInt64(0), 401, 402] { #expect(answers[sequence] == .absent) }

        harness.close()
        try harness.open()
        var again: JournalLookup?
        try #require(harness.journal).read(sequence: 200) { again = $0 }
        try harness.turn { again != nil }
        #expect(again?.payload == payloads[199])
    }

    @Test("a record that was changed on the disk meanwhile is reported and not returned")
    func unreadable() throws {
        let harness = try JournalHarness()
        try harness.open()
        try harness.appendSingly(samplePayloads(10))
        let path = try #require(harness.segmentPaths().first)
        let file = try File.open(path, [.readWrite])
        let place = try #require(firstIndex(of: [UInt8]("record 4".utf8), in: harness.read(path)))
        _ = try [UInt8("X".utf8.first!)].withBytes { bytes throws(Errno) in
            try File.pwrite(file.rawValue, bytes, at: Int64(place))
        }
        var answer: JournalLookup?
        try #require(harness.journal).read(sequence: 5) { answer = $0 }
        try harness.turn { answer != nil }
        guard case .unreadable(let reason) = answer else {
            Issue.record("\(String(describing: answer))")
            return
        }
        #expect(reason.contains("record 5"))
        #expect(reason.contains("byte "))
    }

    @Test("a failed sync is told once, nothing is retried or accepted after it, and reopening goes on from the disk")
    func failedSync() throws {
        let harness = try JournalHarness()
        harness.options.syncFault = { $0 == 3 ? .EIO : nil }
        try harness.open()
        try harness.appendSingly(samplePayloads(2))
        try harness.append([3])
        let journal = try #require(harness.journal)
        var answer: JournalLookup?
        journal.flush()
        journal.read(sequence: 1) { answer = $0 }
        try harness.turn { !harness.failures.isEmpty }
        #expect(harness.failures.count == 1)
        #expect(harness.failures.first?.operation == .sync)
        #expect(harness.failures.first?.code == .EIO)
        #expect(journal.roomBytes == 0)
        #expect(!journal.append([4], sequence: 4, epoch: 1, durable: true))
        journal.flush()
        for _ in 0..<5 { try harness.reactor.runOnce(timeoutMilliseconds: 5) }
        #expect(answer != nil, "who was reading is told too")
        #expect(harness.failures.count == 1)
        #expect(harness.durable.last == 2)
        #expect(journal.statistics.syncCount == 2)
        harness.close()

        harness.options.syncFault = nil
        let recovery = try harness.open()
        #expect(recovery.lastSequence == 3, "the record had reached the page cache; nobody was told of it")
        try harness.appendSingly([[4]])
    }

    @Test("closing writes, syncs, signs and tells the last of it")
    func closing() throws {
        let harness = try JournalHarness()
        try harness.open()
        for payload in samplePayloads(7) { try harness.append(payload, durable: false) }
        harness.close()
        #expect(harness.durable.last == 7)
        let report = try JournalVerification.verify(directory: harness.folder, expecting: harness.key.publicKey)
        guard case .valid(let treeSize, let epoch, _, let publicKey) = report.signature else {
            Issue.record("\(report.signature)")
            return
        }
        #expect(treeSize == 7)
        #expect(epoch == 1)
        #expect(publicKey == harness.key.publicKey)
        #expect(try Directory.list(harness.folder).contains("spare"))
    }

    @Test("the head is signed while records are written, without a close")
    func signedMeanwhile() throws {
        let harness = try JournalHarness()
        harness.options.headIntervalMilliseconds = 20
        try harness.open()
        try harness.appendSingly(samplePayloads(3))
        var signed: UInt64 = 0
        try harness.turn {
            let head: HeadFile.Content?
            do { head = try HeadFile.read(JournalFolder(path: harness.folder)) } catch { head = nil }
            signed = head?.newest?.treeSize ?? 0
            return signed == 3
        }
        #expect(signed == 3)
    }

    @Test("a flush with nothing to do leaves the writer asleep")
    func idleFlush() throws {
        let harness = try JournalHarness()
        try harness.open()
        let journal = try #require(harness.journal)
        try harness.appendSingly([[1]])
        let before = journal.statistics
        for _ in 0..<100 { journal.flush() }
        #expect(journal.statistics == before)
    }
}

func firstIndex(of needle: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= needle.count else { return nil }
    return (0...(bytes.count - needle.count)).first { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
}
