// What the tests of the journal on the disk share: a folder of their own, a key, a reactor that turns until something
// is true, and files to change and compare.

import Crypto
import Journal
import Linux
import Reactor
import Testing

@testable import JournalFile

/// A journal in a folder of its own that goes away with this object.
final class JournalHarness {
    let root: String
    let key: Ed25519.KeyPair
    let reactor: Reactor
    var options = JournalOptions()
    private(set) var journal: JournalFile?
    private(set) var recovery: JournalRecovery?
    private(set) var durable: [UInt64] = []
    private(set) var failures: [JournalFailure] = []
    private(set) var rooms: [Int] = []
    private let ownsRoot: Bool

    var folder: String { root + "/journal" }

    /// - Parameter root: a folder that somebody else removes; nil for a new one.
    init(in root: String? = nil, key: Ed25519.KeyPair = Ed25519.KeyPair(seed: .random())) throws {
        self.root = try root ?? Directory.makeTemporary(prefix: "/tmp/cam-journal-test-")
        self.key = key
        ownsRoot = root == nil
        reactor = try Reactor()
        options.segmentBytes = 64 << 10
    }

    deinit {
        journal?.close()
        if ownsRoot {
            do { try Directory.removeAll(root) } catch { Issue.record("\(root) stays behind: \(error)") }
        }
    }

    @discardableResult
    func open() throws -> JournalRecovery {
        let (journal, recovery) = try JournalFile.open(directory: folder, key: key, reactor: reactor, options: options)
        journal.onDurable = { [weak self] in self?.durable.append($0) }
        journal.onFailure = { [weak self] in self?.failures.append($0) }
        journal.onRoom = { [weak self] in self?.rooms.append($0) }
        self.journal = journal
        self.recovery = recovery
        return recovery
    }

    func close() {
        journal?.close()
        journal = nil
    }

    /// Appends the next record; the first epoch after the last one is used.
    @discardableResult
    func append(_ payload: [UInt8], durable: Bool = true) throws -> UInt64 {
        let journal = try #require(journal)
        let sequence = journal.lastSequence + 1
        journal.append(payload, sequence: sequence, epoch: epoch, durable: durable)
        return sequence
    }

    var epoch: UInt64 { (recovery?.lastEpoch ?? 0) + 1 }

    /// Appends records one durable group after another.
    func appendSingly(_ payloads: [[UInt8]]) throws {
        for payload in payloads {
            let sequence = try append(payload)
            journal?.flush()
            try turn { [unowned self] in journal?.durableThrough == sequence }
        }
    }

    /// Turns the reactor until `condition` holds, for at most ten seconds.
    func turn(until condition: () -> Bool) throws {
        let end = Clock.monotonic() + 10_000_000_000
        while !condition() {
            try #require(Clock.monotonic() < end, "nothing happened for ten seconds")
            try reactor.runOnce(timeoutMilliseconds: 20)
        }
    }

    func replayed() throws -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        var expected: UInt64 = 1
        try #require(recovery).replay { _, sequence, payload in
            #expect(sequence == expected)
            expected += 1
            payloads.append([UInt8](payload))
        }
        return payloads
    }

    // MARK: Files

    func segmentPaths() throws -> [String] {
        try Directory.list(folder).filter { $0.hasSuffix(".camj") }.map { folder + "/" + $0 }
    }

    func read(_ path: String) throws -> [UInt8] {
        try File.readAll(path, limit: 1 << 28)
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        let file = try File.open(path, [.writeOnly, .create, .truncate])
        try File.writeAll(file.rawValue, bytes)
    }

    /// All files of the journal, to be put back with `restore`.
    func snapshot() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try Directory.list(folder) where name != "lock" { files[name] = try read(folder + "/" + name) }
        return files
    }

    func restore(_ files: [String: [UInt8]]) throws {
        if try File.exists(folder) { try Directory.removeAll(folder) }
        try Directory.makeAll(folder)
        for (name, bytes) in files { try write(bytes, to: folder + "/" + name) }
    }
}

/// Payloads of many lengths, each different.
func samplePayloads(_ count: Int, from start: Int = 0) -> [[UInt8]] {
    (start..<start + count).map { index in
        let text = [UInt8]("record \(index) ".utf8)
        return text + [UInt8](repeating: UInt8(index % 251), count: index * 37 % 400)
    }
}
