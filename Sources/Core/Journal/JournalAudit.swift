// What holds the segments of a journal together: sequence, epochs, the tree, and the signed head over it.

public import Crypto

/// Follows a journal from its first record and throws where it stops being the one that was written.
public struct JournalAudit: Sendable {
    /// What was signed last; nil when nothing is.
    private let signed: SignedHead?
    /// Over all records so far.
    public private(set) var frontier = MerkleFrontier()
    public private(set) var lastEpoch: UInt64 = 0
    /// Whether the signed head was reached and is the head of these records; true from the start if it covers none.
    public private(set) var isSignedHeadConfirmed: Bool

    public var lastSequence: UInt64 { frontier.size }
    public var signedThrough: UInt64 { signed?.treeSize ?? 0 }

    public init(signed: SignedHead?) {
        self.signed = signed
        isSignedHeadConfirmed = signed.map { $0.treeSize == 0 && $0.head == MerkleHash.empty } ?? false
    }

    /// Takes the next segment's header.
    public mutating func begin(_ header: SegmentHeader, file: String) throws(JournalDamage) {
        func damage(_ kind: JournalDamage.Kind) -> JournalDamage {
            JournalDamage(file: file, offset: 0, sequence: lastSequence + 1, kind: kind)
        }
        guard JournalFormat.firstSequence(ofSegmentNamed: file) == header.firstSequence else {
            throw damage(.name(headerSays: header.firstSequence))
        }
        guard header.firstSequence == lastSequence + 1 else { throw damage(.gap(firstSequence: header.firstSequence)) }
        guard header.frontier == frontier, header.epoch >= lastEpoch else { throw damage(.chain) }
    }

    /// Takes the next record, which `SegmentScan` has found valid and in order.
    public mutating func accept(_ frame: JournalFrame, file: String) throws(JournalDamage) {
        precondition(frame.sequence == lastSequence + 1, "record \(frame.sequence) after \(lastSequence)")
        frontier.append(frame.leaf)
        lastEpoch = frame.epoch
        guard let signed, signed.treeSize == frontier.size else { return }
        guard signed.head == frontier.head else {
            throw JournalDamage(file: file, offset: frame.offset, sequence: frame.sequence, kind: .signedHead)
        }
        isSignedHeadConfirmed = true
    }

    /// After the last record: nothing that was signed may be missing.
    /// - Parameters:
    ///   - file: the last segment's name.
    ///   - offset: where its records end, bytes.
    public func finish(file: String, offset: Int) throws(JournalDamage) {
        guard signedThrough <= lastSequence else {
            throw JournalDamage(
                file: file, offset: offset, sequence: lastSequence + 1, kind: .truncated(signedThrough: signedThrough))
        }
    }

    /// Continues behind damage with the tree that a later segment's header says came before it. For reports only: the
    /// signed head can no longer be confirmed by recomputing everything.
    public mutating func resume(at header: SegmentHeader) {
        frontier = header.frontier
        lastEpoch = header.epoch
    }
}
