// Journals that were cut, changed, rewritten, or lost files: mended with a warning, or refused with the place.

import Crypto
import Journal
import JournalCheck
import Linux
import Reactor
import Testing

@testable import JournalFile

@Suite("Journal damage")
struct JournalDamageTests {
    /// A journal of one segment as a killed camd leaves it: five records, each durable before the next, of which the head
    /// covers none yet.
    private static func killed(_ payloads: [[UInt8]]) throws -> (JournalHarness, [String: [UInt8]]) {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 12 << 10
        harness.options.headIntervalMilliseconds = 3_600_000
        try harness.open()
        try harness.appendSingly(payloads)
        var files = try harness.snapshot()
        harness.close()
        // The writer's reserve stays as it is on a real crash.
        files["spare"] = files["spare"] ?? []
        return (harness, files)
    }

    private static let segment = "00000000000000000001.camj"
    private static let payloads: [[UInt8]] = [[1, 1], [2], [], [4, 4, 4], [5, 5]]

    /// Where each record's frame begins, and where the last one ends.
    private static func offsets() -> [Int] {
        payloads.reduce(into: [JournalFormat.segmentHeaderByteCount]) {
            $0.append($0.last! + JournalFrame.byteCount(ofPayload: $1.count))
        }
    }

    private func opened(_ harness: JournalHarness) throws -> Result<[[UInt8]], JournalOpenError> {
        do {
            try harness.open()
            defer { harness.close() }
            return .success(try harness.replayed())
        } catch let error as JournalOpenError {
            return .failure(error)
        }
    }

    @Test(
        "cut at every byte of the last two records: whole records stay, a torn one goes with a warning, and writing goes on"
    )
    func cuts() throws {
        let (harness, files) = try Self.killed(Self.payloads)
        let whole = try #require(files[Self.segment])
        let offsets = Self.offsets()
        for count in offsets[3]...offsets[5] {
            for keepsSize in [true, false] {
                var changed = files
                let rest = keepsSize ? [UInt8](repeating: 0, count: whole.count - count) : []
                changed[Self.segment] = Array(whole.prefix(count)) + rest
                try harness.restore(changed)
                let kept = offsets.lastIndex { $0 <= count }!
                let recovery = try harness.open()
                #expect(try harness.replayed() == Array(Self.payloads.prefix(kept)))
                // The first bytes of a frame that are zero cannot be told from reserved space, and hold nothing.
                let tornCount = whole[offsets[min(kept, 4)]..<max(count, offsets[min(kept, 4)])].reversed().drop {
                    $0 == 0
                }.count
                if kept < 5, tornCount > 0 {
                    #expect(
                        recovery.warnings == [
                            .tornTail(
                                file: Self.segment, offset: offsets[kept], byteCount: tornCount,
                                sequence: UInt64(kept + 1))
                        ])
                } else {
                    #expect(recovery.warnings == [])
                }
                try harness.appendSingly([[9, 9]])
                harness.close()
                let again = try harness.open()
                #expect(again.warnings == [])
                #expect(try harness.replayed() == Array(Self.payloads.prefix(kept)) + [[9, 9]])
                harness.close()
            }
        }
    }

    @Test("every byte of a small journal changed: in the last record a torn tail, before it damage with its place")
    func changedBytes() throws {
        let (harness, files) = try Self.killed(Self.payloads)
        let whole = try #require(files[Self.segment])
        let offsets = Self.offsets()
        let header = [0, 7, 8, 12, 16, 24, 32, 63, 64, 100, 2048, 4091, 4092, 4095]
        for place in header + Array(offsets[0]..<offsets[5]) {
            var changed = files
            changed[Self.segment]![place] ^= UInt8(1 << (place % 8))
            try harness.restore(changed)
            switch try opened(harness) {
            case .success(let payloads):
                #expect(place >= offsets[4], "byte \(place) was changed and nobody noticed")
                #expect(payloads == Array(Self.payloads.prefix(4)))
                #expect(harness.recovery?.warnings.count == 1)
            case .failure(.damaged(_, let damage)):
                #expect(place < offsets[4])
                #expect(damage.file == Self.segment)
                let record = offsets.lastIndex { $0 <= place } ?? 0
                #expect(damage.offset == (place < offsets[0] ? 0 : offsets[record]))
                #expect(damage.sequence == UInt64(place < offsets[0] ? 1 : record + 1))
                #expect(try harness.read(harness.folder + "/" + Self.segment) == changed[Self.segment])
            case .failure(let error):
                Issue.record("byte \(place): \(error)")
            }
        }
        _ = whole
    }

    @Test("after a clean close every changed byte, and every cut into the records, is damage")
    func changedAfterClose() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 12 << 10
        try harness.open()
        try harness.appendSingly(Self.payloads)
        harness.close()
        let files = try harness.snapshot()
        let whole = try #require(files[Self.segment])
        let offsets = Self.offsets()
        for place in offsets[0]..<offsets[5] {
            for isCut in [true, false] {
                var changed = files
                if isCut {
                    changed[Self.segment] = Array(whole.prefix(place))
                } else {
                    changed[Self.segment]![place] ^= 0x10
                }
                try harness.restore(changed)
                guard case .failure(.damaged(_, let damage)) = try opened(harness) else {
                    Issue.record("byte \(place) \(isCut ? "cut" : "changed"), and nobody noticed")
                    continue
                }
                let record = offsets.lastIndex { $0 <= place }!
                #expect(damage.sequence == UInt64(record + 1))
                #expect(damage.offset == offsets[record])
            }
        }
    }

    @Test("a past that was rewritten with valid checksums is not the one that was signed")
    func rewrittenPast() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 12 << 10
        try harness.open()
        try harness.appendSingly(Self.payloads)
        harness.close()
        let path = harness.folder + "/" + Self.segment
        var bytes = try harness.read(path)
        let offsets = Self.offsets()
        bytes[offsets[1] + JournalFormat.frameHeaderByteCount] = 77
        bytes.withUnsafeMutableBytes { all in
            _ = JournalFrame.seal(UnsafeMutableRawBufferPointer(rebasing: all[offsets[1]...]), durableThrough: 1)
        }
        try harness.write(bytes, to: path)
        guard case .failure(.damaged(_, let damage)) = try opened(harness) else {
            Issue.record("a rewritten record was accepted")
            return
        }
        #expect(damage.kind == .signedHead)
        #expect(damage.sequence == 5)
        let report = try JournalVerification.verify(directory: harness.folder)
        #expect(!report.isSound)
        #expect(report.problems == [damage])
        #expect(report.signature == .unconfirmed(treeSize: 5, publicKey: harness.key.publicKey))
    }

    @Test("a missing, foreign or unreadable head is refused, and can be accepted only on purpose")
    func heads() throws {
        let harness = try JournalHarness()
        try harness.open()
        try harness.appendSingly(Self.payloads)
        harness.close()
        let files = try harness.snapshot()
        let path = harness.folder + "/head"

        let stranger = try JournalHarness(in: harness.root)
        #expect(
            throws: JournalOpenError.foreignKey(
                path: path, signedBy: harness.key.publicKey, expected: stranger.key.publicKey)
        ) { try stranger.open() }

        var changed = files
        changed["head"] = nil
        try harness.restore(changed)
        #expect(throws: JournalOpenError.headMissing(path: path, records: 5)) { try harness.open() }
        #expect(try JournalVerification.verify(directory: harness.folder).signature == .missing)
        #expect(try !JournalVerification.verify(directory: harness.folder).isSound)

        changed["head"] = [UInt8](repeating: 3, count: 8192)
        try harness.restore(changed)
        #expect(throws: JournalOpenError.headUnreadable(path: path)) { try harness.open() }
        #expect(try JournalVerification.verify(directory: harness.folder).signature == .unreadable)

        changed["head"] = nil
        try harness.restore(changed)
        harness.options.acceptsUnsignedHistory = true
        #expect(try harness.open().warnings == [.unsignedHistory(records: 5)])
        harness.close()
        harness.options.acceptsUnsignedHistory = false
        #expect(try harness.open().warnings == [])
    }

    @Test("one spoilt copy of the head leaves the other, with a warning")
    func headCopies() throws {
        let harness = try JournalHarness()
        harness.options.headIntervalMilliseconds = 1
        try harness.open()
        try harness.appendSingly(Self.payloads)
        try harness.turn { harness.journal.map { $0.statistics.signedHeadCount >= 1 } ?? false }
        harness.close()
        let files = try harness.snapshot()
        for slot in 0..<2 {
            var changed = files
            changed["head"]![slot * 4096 + 50] ^= 1
            try harness.restore(changed)
            #expect(try harness.open().warnings == [.headCopyUnreadable(path: harness.folder + "/head")])
            harness.close()
        }
    }

    @Test("a segment that is missing, exchanged, renamed or of another journal is refused with its name")
    func segments() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 12 << 10
        try harness.open()
        for payload in samplePayloads(200) { try harness.append(payload) }
        harness.close()
        let files = try harness.snapshot()
        let names = files.keys.filter { $0.hasSuffix(".camj") }.sorted()
        #expect(names.count > 4)

        var changed = files
        changed[names[2]] = nil
        try expectDamage(harness, changed) {
            guard case .gap = $0.kind else { return false }
            return $0.file == names[3]
        }
        changed = files
        changed[names[0]] = nil
        try expectDamage(harness, changed) {
            guard case .gap = $0.kind else { return false }
            return $0.file == names[1]
        }
        changed = files
        changed[names.last!] = nil
        try expectDamage(harness, changed) { $0.kind == .truncated(signedThrough: 200) }
        changed = files
        changed[names[1]] = files[names[2]]
        try expectDamage(harness, changed) { $0.file == names[1] }
        changed = files
        changed[names[1]] = Array(files[names[1]]!.dropLast(5))
        try expectDamage(harness, changed) { $0.file == names[1] && $0.kind == .record }
        changed = files
        changed[names[1]] = Array(files[names[1]]!.prefix(100))
        try expectDamage(harness, changed) { $0.file == names[1] && $0.kind == .header(.tooShort) }

        let other = try JournalHarness()
        other.options.segmentBytes = 12 << 10
        try other.open()
        for payload in samplePayloads(200, from: 1000) { try other.append(payload) }
        other.close()
        changed = files
        for (name, bytes) in try other.snapshot() where name == names[1] { changed[name] = bytes }
        if changed[names[1]] != files[names[1]] {
            try expectDamage(harness, changed) { $0.file == names[1] }
        }
    }

    private func expectDamage(
        _ harness: JournalHarness, _ files: [String: [UInt8]], _ isExpected: (JournalDamage) -> Bool
    ) throws {
        try harness.restore(files)
        guard case .failure(.damaged(_, let damage)) = try opened(harness) else {
            Issue.record("damage was not noticed")
            return
        }
        #expect(isExpected(damage), "\(damage)")
        #expect(!damage.description.isEmpty)
        let report = try JournalVerification.verify(directory: harness.folder)
        #expect(report.problems.first == damage)
        #expect(!report.isSound)
    }
}
