// Goal: what the journal said is kept, whatever the disk does. Method: many lives of appends, kills, power losses, failing calls
// and a full disk from seeds, of which the paths are counted where bugs hide; and each bug that was found so as a case of its own.

import ABI
import Crypto
import JournalFile
import Linux
import Testing

@testable import Simulator

@Suite("Journal on a simulated disk")
struct DiskTests {
    private static let steps = 250

    @Test("nothing acknowledged is lost, nothing comes back changed, and the journal always opens", arguments: 0..<8)
    func seeds(part: UInt64) throws {
        var counts = SimulatedDiskCounts()
        for seed in part * 100..<(part + 1) * 100 {
            var exercise = JournalExercise(seed: seed)
            counts += try exercise.run(steps: Self.steps).counts
        }
        for (name, path) in SimulatedDiskCounts.all {
            #expect(counts[keyPath: path] >= 10, "\(name): too few to believe in")
        }
    }

    @Test("the same with seeds of today")
    func freshSeeds() throws {
        let first = UInt64.random(in: 0 ... .max)
        for seed in (0..<50).map({ first &+ $0 }) {
            var exercise = JournalExercise(seed: seed)
            _ = try exercise.run(steps: Self.steps)
        }
    }

    @Test("the same seed leaves the same bytes")
    func repeatable() throws {
        for seed in UInt64(0)..<20 {
            var (first, second) = (JournalExercise(seed: seed), JournalExercise(seed: seed))
            let (one, other) = (try first.run(steps: Self.steps), try second.run(steps: Self.steps))
            #expect(one.counts == other.counts)
            #expect(one.contents.map(\.name) == other.contents.map(\.name))
            #expect(one.contents.map(\.bytes) == other.contents.map(\.bytes))
        }
    }

    // MARK: What was found so

    @Test("records over which a sync failed are written again before anything is built on them")
    func pagesThatAFailedSyncDropped() throws {
        let disk = JournalOnDisk(seed: 1)
        try disk.open()
        disk.append(1...2)
        disk.disk.failNext(.sync)
        disk.runWriter()
        disk.disk.crash(powerLoss: false)
        #expect(try disk.open() == 2, "they are in the page cache")
        disk.append(3...3)
        disk.runWriter()
        #expect(disk.journal?.durableThrough == 3)
        disk.disk.crash(powerLoss: true)
        #expect(try disk.open() == 3)
    }

    @Test(
        "a head that was written and not synced when camd was killed is on the disk after the next start",
        arguments: 1...9)
    func headInThePageCache(operations: Int) throws {
        for seed in UInt64(0)..<20 {
            let disk = JournalOnDisk(seed: seed)
            // A new journal's first nine operations make its first segment; then comes the head.
            disk.disk.die(afterOperations: 9 + operations)
            do { try disk.open() } catch JournalOpenError.system {}
            disk.disk.crash(powerLoss: false)
            try disk.open()
            disk.append(1...1)
            disk.runWriter()
            disk.disk.crash(powerLoss: true)
            #expect(try disk.open() == 1)
        }
    }

    @Test("a tail that was cut does not come back when the sync after the cut fails")
    func cutThatIsNotSynced() throws {
        for seed in UInt64(0)..<100 {
            let disk = JournalOnDisk(seed: seed)
            try disk.open()
            disk.append(1...1)
            disk.runWriter()
            disk.append(2...6, durable: false, byteCount: 700)
            disk.runWriter(turns: 2)
            disk.disk.crash(powerLoss: true)
            disk.disk.failNext(.sync)
            do { try disk.open() } catch JournalOpenError.system {}
            disk.disk.crash(powerLoss: false)
            let kept = try disk.open()
            disk.append(kept + 1...kept + 1)
            disk.runWriter()
            disk.disk.crash(powerLoss: true)
            #expect(try disk.open() == kept + 1)
            #expect(disk.journal?.warnings == [])
        }
    }
}

/// A journal on a simulated disk, opened again and again.
private final class JournalOnDisk {
    let disk: SimulatedDisk
    private(set) var journal: SimulatedJournal?
    private let key: Ed25519.KeyPair
    private var now = Instant(monotonic: 1_000_000_000, wall: 0)

    init(seed: UInt64) {
        disk = SimulatedDisk(random: SimulatedRandom(seed: seed))
        var keySeed = [UInt8](repeating: 9, count: 32)
        key = Ed25519.KeyPair(seed: SecretKey(moving: &keySeed))
    }

    /// - Returns: the last record's sequence.
    @discardableResult
    func open() throws -> UInt64 {
        var options = JournalOptions()
        options.segmentBytes = 32 << 10
        options.headIntervalMilliseconds = 3_600_000
        let journal = try SimulatedJournal.open(on: disk, key: key, options: options, now: now)
        self.journal = journal
        return journal.lastSequence
    }

    func append(_ sequences: ClosedRange<UInt64>, durable: Bool = true, byteCount: Int = 40) {
        guard let journal else { return }
        for sequence in sequences {
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: byteCount)
            payload.withUnsafeBytes {
                _ = journal.append($0, sequence: sequence, epoch: journal.lastEpoch + 1, durable: durable)
            }
        }
    }

    func runWriter(turns: Int = 1) {
        for _ in 0..<turns {
            now.monotonic += 6_000_000
            journal?.flush(now: now) { _ in }
            journal?.runWriter(now: now)
        }
    }
}
