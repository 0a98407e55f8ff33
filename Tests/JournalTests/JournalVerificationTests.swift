// The report of camctl journal verify: counts, epochs, head, problems; alone and while the journal is being written.

import Crypto
import Journal
import Linux
import Reactor
import Testing

@testable import JournalCheck
@testable import JournalFile

@Suite("Journal verification")
struct JournalVerificationTests {
    @Test("the report counts segments, records, epochs and bytes, and has the journal's head")
    func counts() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 16 << 10
        for part in [samplePayloads(100), samplePayloads(50)] {
            try harness.open()
            for payload in part { try harness.append(payload) }
            harness.close()
        }
        let report = try JournalVerification.verify(directory: harness.folder, expecting: harness.key.publicKey)
        #expect(report.isSound)
        #expect(report.recordCount == 150)
        #expect(report.firstSequence == 1)
        #expect(report.lastSequence == 150)
        #expect(
            report.epochs == [
                JournalReport.Epoch(epoch: 1, firstSequence: 1, lastSequence: 100),
                JournalReport.Epoch(epoch: 2, firstSequence: 101, lastSequence: 150),
            ])
        #expect(report.segmentCount == (try harness.segmentPaths().count))
        #expect(report.usedByteCount <= report.fileByteCount)
        #expect(report.problems == [])
        #expect(report.warnings == [])
        let recovery = try harness.open()
        #expect(report.head == recovery.head)

        let stranger = Ed25519.KeyPair(seed: .random())
        let foreign = try JournalVerification.verify(directory: harness.folder, expecting: stranger.publicKey)
        #expect(foreign.signature == .foreign(publicKey: harness.key.publicKey))
        #expect(!foreign.isSound)
    }

    @Test("an empty journal is sound, and a folder that is not there is an error with its name")
    func nothing() throws {
        let harness = try JournalHarness()
        try harness.open()
        harness.close()
        let report = try JournalVerification.verify(directory: harness.folder)
        #expect(report.isSound)
        #expect(report.recordCount == 0)
        #expect(report.firstSequence == 0)
        #expect(
            throws: JournalOpenError.system(operation: "list", path: harness.root + "/nowhere", .ENOENT)
        ) { try JournalVerification.verify(directory: harness.root + "/nowhere") }
    }

    @Test("damage in one segment does not hide damage in another, and both have their places")
    func severalProblems() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 12 << 10
        try harness.open()
        for payload in samplePayloads(300) { try harness.append(payload) }
        harness.close()
        let paths = try harness.segmentPaths()
        #expect(paths.count > 6)
        for path in [paths[1], paths[4]] {
            var bytes = try harness.read(path)
            bytes[5000] ^= 4
            try harness.write(bytes, to: path)
        }
        let report = try JournalVerification.verify(directory: harness.folder)
        #expect(report.problems.map(\.file) == [paths[1], paths[4]].map { String($0.split(separator: "/").last!) })
        #expect(report.problems.allSatisfy { $0.kind == .record && $0.offset > 4000 && $0.offset <= 5000 })
        #expect(report.lastSequence == 300)
        #expect(report.segmentCount == paths.count)
    }

    @Test("a journal that is being written verifies at any moment, and verifying changes nothing")
    func whileWriting() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 32 << 10
        harness.options.headIntervalMilliseconds = 2
        try harness.open()
        let journal = try #require(harness.journal)
        for _ in 0..<60 {
            for payload in samplePayloads(20) { try harness.append(payload) }
            journal.flush()
            // The writer's thread works while this one verifies.
            let report = try JournalVerification.verify(directory: harness.folder)
            #expect(report.isSound, "\(report.problems) \(report.signature)")
            try harness.reactor.runOnce(timeoutMilliseconds: 0)
        }
        harness.close()
        #expect(harness.failures == [])
        #expect(try JournalVerification.verify(directory: harness.folder).recordCount == 1200)
    }
}

@Suite("Journal proofs")
struct JournalProofTests {
    @Test("every signed record of a journal of several segments can be proved to whoever has the public key")
    func proofs() throws {
        let harness = try JournalHarness()
        harness.options.segmentBytes = 12 << 10
        try harness.open()
        let payloads = samplePayloads(100)
        for payload in payloads { try harness.append(payload) }
        harness.close()
        #expect(try harness.segmentPaths().count > 2)
        for sequence in [UInt64(1), 2, 37, 64, 65, 99, 100] {
            let proof = try #require(try JournalVerification.prove(directory: harness.folder, sequence: sequence))
            #expect(proof.payload == payloads[Int(sequence) - 1])
            #expect(proof.epoch == 1)
            #expect(proof.head.treeSize == 100)
            #expect(proof.holds(signedBy: harness.key.publicKey))
        }
        #expect(try JournalVerification.prove(directory: harness.folder, sequence: 0) == nil)
        #expect(try JournalVerification.prove(directory: harness.folder, sequence: 101) == nil)
    }

    @Test("a proof with any other record, place, epoch, head or signer does not hold")
    func forgeries() throws {
        let harness = try JournalHarness()
        try harness.open()
        for payload in samplePayloads(9) { try harness.append(payload) }
        harness.close()
        let proof = try #require(try JournalVerification.prove(directory: harness.folder, sequence: 5))
        let key = harness.key.publicKey
        #expect(proof.holds(signedBy: key))
        #expect(!proof.holds(signedBy: Ed25519.KeyPair(seed: .random()).publicKey))
        var changed = proof
        changed.payload[0] ^= 1
        #expect(!changed.holds(signedBy: key))
        changed = proof
        changed.epoch += 1
        #expect(!changed.holds(signedBy: key))
        changed = proof
        changed.sequence = 6
        #expect(!changed.holds(signedBy: key))
        changed.inclusion.leafIndex = 5
        #expect(!changed.holds(signedBy: key))
        changed = proof
        changed.inclusion.path[0] = .zero
        #expect(!changed.holds(signedBy: key))
        changed = proof
        let stranger = Ed25519.KeyPair(seed: .random())
        changed.head = SignedHead(signing: MerkleFrontier(), epoch: 1, wallNanoseconds: 0, with: stranger)
        #expect(!changed.holds(signedBy: stranger.publicKey))
    }
}
