// kill -9 of a real process in the middle of writing: what it had acknowledged is there afterwards, every time.

import Crypto
import Journal
import JournalCheck
import Linux
import Reactor
import Testing

@testable import JournalFile

@Suite("Journal crash")
struct JournalCrashTests {
    private static let variable = "CAM_JOURNAL_CRASH_TEST_ROOT"
    private static let reportDescriptor: Int32 = 3
    private static let roundCount = 6

    private static func payload(_ sequence: UInt64) -> [UInt8] {
        [UInt8]("record \(sequence) ".utf8) + [UInt8](repeating: UInt8(sequence % 251), count: Int(sequence * 91 % 700))
    }

    /// Key and options are the same in parent and child.
    private static func harness(in root: String) throws -> JournalHarness {
        var seed = [UInt8](repeating: 42, count: 32)
        let harness = try JournalHarness(in: root, key: Ed25519.KeyPair(seed: SecretKey(moving: &seed)))
        harness.options.segmentBytes = 32 << 10
        harness.options.headIntervalMilliseconds = 5
        return harness
    }

    @Test("a writer that is killed again and again never loses or changes a record that it had acknowledged")
    func killedWriter() throws {
        let root = try Directory.makeTemporary(prefix: "/tmp/cam-journal-crash-")
        defer {
            do { try Directory.removeAll(root) } catch { Issue.record("\(root) stays behind: \(error)") }
        }
        var known: UInt64 = 0
        for round in 1...Self.roundCount {
            let acknowledged = try Self.runAndKill(root, afterMilliseconds: UInt64(20 + round * 23 % 60))
            #expect(acknowledged > known, "round \(round) acknowledged something new")
            let report = try JournalVerification.verify(directory: root + "/journal")
            #expect(report.isSound, "\(report)")
            let harness = try Self.harness(in: root)
            let recovery = try harness.open()
            #expect(recovery.lastSequence >= acknowledged)
            #expect(recovery.lastEpoch == UInt64(round))
            let payloads = try harness.replayed()
            #expect(payloads == (1...recovery.lastSequence).map(Self.payload))
            known = recovery.lastSequence
            harness.close()
        }
    }

    /// Starts this test program again as a writer, kills it in full flight, and answers the last sequence that it said
    /// was durable.
    private static func runAndKill(_ root: String, afterMilliseconds: UInt64) throws -> UInt64 {
        let pipe = try Pipe.make()
        let null = try File.open("/dev/null", [.readWrite])
        let child = try SpawnPlan(
            program: ThisProcess.executablePath(),
            arguments: ["--testing-library", "swift-testing", "--filter", "JournalCrashTests/writerThatIsKilled"],
            environment: ThisProcess.environment() + [(name: variable, value: root)],
            descriptors: (0...2).map { (target: $0, source: null.rawValue) }
                + [(target: reportDescriptor, source: pipe.writing.rawValue)]
        ).spawn()
        let (reading, writing) = pipe.release()
        FileDescriptor.close(writing)
        defer { FileDescriptor.close(reading) }

        var reports = try readSome(reading)
        try #require(!reports.isEmpty, "the writer ended before it wrote anything")
        let end = Clock.monotonic() + afterMilliseconds * 1_000_000
        while Clock.monotonic() < end { reports += try readSome(reading) }
        try ProcessHandle.signal(child.pidfd.rawValue, .kill)
        _ = try ProcessHandle.reap(child.pidfd.rawValue, wait: true)
        while true {
            let more = try readSome(reading)
            if more.isEmpty { break }
            reports += more
        }
        // Written whole, eight bytes at a time.
        return reports.suffix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func readSome(_ fd: Int32) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = try bytes.withUnsafeMutableBytes { try File.read(fd, into: $0) }
        return Array(bytes.prefix(count))
    }

    /// Writes for ever, reporting what is durable. Only ever runs in the child process.
    @Test(
        "writer that is killed",
        .enabled(if: ThisProcess.environment(variable) != nil, "this is the child process of the test beside it"))
    func writerThatIsKilled() throws {
        let root = try #require(ThisProcess.environment(Self.variable))
        let harness = try Self.harness(in: root)
        try harness.open()
        let journal = try #require(harness.journal)
        journal.onDurable = { sequence in
            var report = sequence.littleEndian
            let bytes = withUnsafeBytes(of: &report) { [UInt8]($0) }
            do { try File.writeAll(Self.reportDescriptor, bytes) } catch { ThisProcess.exit(3) }
        }
        let end = Clock.monotonic() + 20_000_000_000
        while Clock.monotonic() < end {
            for _ in 0..<1 + journal.lastSequence % 5 {
                try harness.append(Self.payload(journal.lastSequence + 1), durable: journal.lastSequence % 4 != 0)
            }
            journal.flush()
            try harness.reactor.runOnce(timeoutMilliseconds: 0)
        }
    }
}
