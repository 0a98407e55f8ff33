// That one record is in the signed journal, in a form that anyone can check who has the public key.

public import Crypto
public import Journal
public import JournalFile

/// A record, its way up the Merkle tree, and the signed head it leads to.
public struct JournalProof: Sendable, Equatable {
    public var epoch: UInt64
    public var sequence: UInt64
    public var payload: [UInt8]
    /// The record with sequence `s` is leaf `s - 1`.
    public var inclusion: MerkleProof
    public var head: SignedHead

    /// Whether `key` signed a journal that holds exactly this record in this place. Needs nothing but this value.
    public func holds(signedBy key: Ed25519.PublicKey) -> Bool {
        guard sequence > 0, inclusion.leafIndex == sequence - 1, inclusion.treeSize == head.treeSize else {
            return false
        }
        let signed: SignedHead
        do {
            signed = try SignedHead(decoding: head.encoded)
        } catch {
            return false
        }
        guard signed == head, head.publicKey == key, epoch > 0 else { return false }
        var frame: [UInt8] = []
        payload.withUnsafeBytes { JournalFrame.append($0, epoch: epoch, sequence: sequence, to: &frame) }
        let leaf = frame.withUnsafeBytes { JournalFrame.leaf(ofFrame: $0) }
        return inclusion.leads(from: leaf, to: head.head)
    }
}

extension JournalVerification {
    /// The proof that record `sequence` is in the journal in `directory`; nil when no signed head covers it (yet). Reads
    /// the whole journal up to the head, one segment at a time, and changes nothing; works while camd runs.
    /// - Throws: `JournalOpenError`, for damage on the way too.
    public static func prove(directory: String, sequence: UInt64) throws(JournalOpenError) -> JournalProof? {
        let folder = JournalFolder(path: directory)
        guard let head = try folder.readHead()?.newest, sequence > 0,
            let builder = MerkleProofBuilder(leafIndex: sequence - 1, treeSize: head.treeSize)
        else { return nil }
        var pass = ProofPass(folder: folder, head: head, sequence: sequence, builder: builder)
        return try pass.run()
    }
}

/// One pass of `JournalVerification.prove` over the folder.
private struct ProofPass {
    let folder: JournalFolder
    let head: SignedHead
    let sequence: UInt64
    var builder: MerkleProofBuilder
    var audit: JournalAudit
    var record: (epoch: UInt64, payload: [UInt8])?

    init(folder: JournalFolder, head: SignedHead, sequence: UInt64, builder: MerkleProofBuilder) {
        self.folder = folder
        self.head = head
        self.sequence = sequence
        self.builder = builder
        audit = JournalAudit(signed: head)
    }

    mutating func run() throws(JournalOpenError) -> JournalProof? {
        let names = try folder.segmentNames()
        for name in names where audit.lastSequence < head.treeSize {
            try read(name, isLast: name == names.last)
        }
        guard let record, let inclusion = builder.proof, audit.isSignedHeadConfirmed else { return nil }
        return JournalProof(
            epoch: record.epoch, sequence: sequence, payload: record.payload, inclusion: inclusion, head: head)
    }

    private mutating func read(_ name: String, isLast: Bool) throws(JournalOpenError) {
        let segment = try folder.read(name)
        do throws(JournalDamage) {
            let header = try JournalScan.header(of: segment.bytes, file: name, sequence: audit.lastSequence + 1)
            try audit.begin(header, file: name)
            var scan = SegmentScan(
                segment.bytes, file: name, header: header, isLast: isLast, lastEpoch: audit.lastEpoch,
                signedThrough: audit.signedThrough)
            // What follows the signed part may be in the middle of being written: it is not looked at.
            while audit.lastSequence < head.treeSize, let frame = try scan.next() {
                try audit.accept(frame, file: name)
                builder.append(frame.leaf)
                if frame.sequence == sequence { record = (frame.epoch, [UInt8](frame.payload)) }
            }
        } catch {
            throw .damaged(folder: folder.path, error)
        }
    }
}
