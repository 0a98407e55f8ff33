// A disk that is full, a disk that has space again, and a bound of our own: room shrinks and grows, nothing is lost.

import Crypto
import Journal
import Linux
import Reactor
import Testing

@testable import JournalFile

/// A small file system of its own, mounted while this object lives.
final class SmallDisk {
    let path: String

    /// Whether this process may mount one: root with its capabilities.
    static let isPossible: Bool = {
        do {
            _ = try SmallDisk(kibibytes: 64)
            return true
        } catch {
            return false
        }
    }()

    struct NotMounted: Error {}

    init(kibibytes: Int) throws {
        path = try Directory.makeTemporary(prefix: "/tmp/cam-journal-disk-")
        guard try Self.run("mount", ["-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", path]) else {
            try Directory.remove(path)
            throw NotMounted()
        }
    }

    deinit {
        do {
            _ = try Self.run("umount", ["--lazy", path])
            try Directory.remove(path)
        } catch {
            Issue.record("\(path) stays behind: \(error)")
        }
    }

    /// Writes a file until nothing fits any more.
    func fill(leaving kibibytes: Int = 0) throws {
        let free = Int(try Directory.freeBytes(at: path))
        let file = try File.open(path + "/ballast", [.writeOnly, .create, .append])
        try File.writeAll(file.rawValue, [UInt8](repeating: 1, count: max(0, free - kibibytes << 10)))
    }

    func empty() throws { try File.unlink(path + "/ballast") }

    private static func run(_ name: String, _ arguments: [String]) throws -> Bool {
        let candidates = ["/usr/bin/" + name, "/bin/" + name]
        guard let program = candidates.first(where: { File.isExecutable($0) }) else { return false }
        let null = try File.open("/dev/null", [.readWrite])
        let child = try SpawnPlan(
            program: program, arguments: arguments,
            descriptors: (0...2).map { (target: $0, source: null.rawValue) }
        ).spawn()
        return try ProcessHandle.reap(child.pidfd.rawValue, wait: true)?.succeeded ?? false
    }
}

@Suite("Journal space")
struct JournalSpaceTests {
    private static func frame(_ payload: [UInt8]) -> Int { JournalFrame.byteCount(ofPayload: payload.count) }

    /// Appends records of 1,000 bytes, always within the room, until there is none for another.
    private func appendWhileThereIsRoom(_ harness: JournalHarness) throws -> Int {
        var count = 0
        let payload = [UInt8](repeating: 6, count: 1000)
        while let journal = harness.journal, journal.roomBytes >= Self.frame(payload) {
            try harness.append(payload)
            journal.flush()
            try harness.turn { journal.durableThrough == journal.lastSequence || !harness.failures.isEmpty }
            count += 1
            try #require(count < 10_000)
        }
        return count
    }

    @Test("the room is what was promised: a maximum of our own ends it, and no record is refused or lost before")
    func maximum() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 32 << 10
        harness.options.maximumBytes = 100 << 10
        harness.options.spaceProbeMilliseconds = 1
        try harness.open()
        try harness.turn { harness.journal?.statistics.fileByteCount == 64 << 10 }
        let count = try appendWhileThereIsRoom(harness)
        #expect(harness.failures == [])
        #expect(harness.rooms.last ?? 0 < 1032)
        // Three segments of 28 KiB for records of 1,032 bytes.
        #expect(count == 3 * (((32 << 10) - 4096) / 1032))
        #expect(try harness.segmentPaths().reduce(0) { try $0 + Int(File.status($1).size) } <= 100 << 10)
        harness.close()
        #expect(try harness.open().lastSequence == UInt64(count))
    }

    @Test("whoever appends beyond the room when there is no more stops the journal, and what was there before stays")
    func beyondTheRoom() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 32 << 10
        harness.options.maximumBytes = 33 << 10
        try harness.open()
        let count = try appendWhileThereIsRoom(harness)
        try harness.append([UInt8](repeating: 1, count: 2000))
        harness.journal?.flush()
        try harness.turn { !harness.failures.isEmpty }
        #expect(harness.failures.first?.operation == .grow)
        #expect(harness.failures.first?.code == .ENOSPC)
        harness.close()
        let recovery = try harness.open()
        #expect(recovery.lastSequence == UInt64(count))
        #expect(recovery.warnings == [])
    }

    @Test(
        "on a full disk everything within the room is written and signed; with space again there is room again",
        .enabled(if: SmallDisk.isPossible, "needs the right to mount a tmpfs, as root has it"))
    func fullDisk() throws {
        let disk = try SmallDisk(kibibytes: 1024)
        let harness = try JournalHarness(in: disk.path)
        harness.options.segmentBytes = 128 << 10
        harness.options.spaceProbeMilliseconds = 5
        harness.options.headIntervalMilliseconds = 1
        try harness.open()
        let journal = try #require(harness.journal)
        try harness.turn { journal.statistics.fileByteCount == 256 << 10 }
        try disk.fill()
        #expect(journal.roomBytes >= 124 << 10)
        let first = try appendWhileThereIsRoom(harness)
        #expect(harness.failures == [])
        #expect(first >= 2 * ((128 << 10) - 4096) / 1032 - 1, "both reserved segments were used")
        #expect(journal.roomBytes < 1032)
        try harness.turn {
            journal.flush()
            return journal.statistics.signedHeadCount > 2
        }

        // Nothing changes for as long as the disk is full, however often somebody asks.
        for _ in 0..<20 {
            journal.flush()
            try harness.reactor.runOnce(timeoutMilliseconds: 1)
        }
        #expect(journal.roomBytes < 1032)
        var answer: JournalLookup?
        journal.read(sequence: 3) { answer = $0 }
        try harness.turn { answer != nil }
        #expect(answer?.payload?.count == 1000, "reading goes on")

        try disk.empty()
        try harness.turn {
            journal.flush()
            return journal.roomBytes > 100 << 10
        }
        #expect(harness.rooms.last == journal.roomBytes)
        try harness.appendSingly(samplePayloads(3))
        #expect(harness.failures == [])
        harness.close()
        #expect(try harness.open().lastSequence == UInt64(first + 3))
        harness.close()
    }

    @Test(
        "a journal opens on a full disk and has the room that its last segment had",
        .enabled(if: SmallDisk.isPossible, "needs the right to mount a tmpfs, as root has it"))
    func openingOnFullDisk() throws {
        let disk = try SmallDisk(kibibytes: 1024)
        let harness = try JournalHarness(in: disk.path)
        harness.options.segmentBytes = 128 << 10
        try harness.open()
        try harness.appendSingly(samplePayloads(10))
        harness.close()
        try disk.fill()
        let recovery = try harness.open()
        #expect(recovery.lastSequence == 10)
        let journal = try #require(harness.journal)
        #expect(journal.roomBytes > 110 << 10)
        try harness.appendSingly(samplePayloads(10))
        harness.close()
        #expect(harness.failures == [])
    }

    @Test(
        "a new journal on a full disk does not open, says why, and leaves nothing half made",
        .enabled(if: SmallDisk.isPossible, "needs the right to mount a tmpfs, as root has it"))
    func beginningOnFullDisk() throws {
        let disk = try SmallDisk(kibibytes: 256)
        try disk.fill(leaving: 40)
        let harness = try JournalHarness(in: disk.path)
        harness.options.segmentBytes = 128 << 10
        #expect(
            throws: JournalOpenError.system(
                operation: "begin", path: harness.folder + "/00000000000000000001.camj", .ENOSPC)
        ) { try harness.open() }
        #expect(try Directory.list(harness.folder) == ["lock"])
        try disk.empty()
        try harness.open()
        try harness.appendSingly([[1]])
        harness.close()
    }
}
