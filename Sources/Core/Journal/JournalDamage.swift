// What can be wrong with a journal, and where: never an error without file, offset and sequence.

/// Records that were acknowledged, signed or followed by later ones are not what they were, or not there.
public struct JournalDamage: Error, Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        /// The segment's first page.
        case header(SegmentHeader.Flaw)
        /// The file's name promises another first sequence than its header.
        case name(headerSays: UInt64)
        /// No valid record here, but there was one: later records, later segments or the signed head show it.
        case record
        /// A whole record, but not the one that belongs here.
        case order(epoch: UInt64, sequence: UInt64)
        /// A segment that continues another tree than the one before it ends with.
        case chain
        /// Another number of records came before than the segment says: one is missing, or was taken away.
        case gap(firstSequence: UInt64)
        /// Every checksum holds, but these are not the records that were signed.
        case signedHead
        /// The journal ends although the signed head covers records up to this sequence.
        case truncated(signedThrough: UInt64)
    }

    /// The segment's name.
    public var file: String
    /// In the file, bytes.
    public var offset: Int
    /// The sequence that was expected there.
    public var sequence: UInt64
    public var kind: Kind

    public init(file: String, offset: Int, sequence: UInt64, kind: Kind) {
        self.file = file
        self.offset = offset
        self.sequence = sequence
        self.kind = kind
    }
}

extension JournalDamage: CustomStringConvertible {
    public var description: String {
        "journal damaged: \(file), byte \(offset), record \(sequence): \(explanation)"
    }

    private var explanation: String {
        switch kind {
        case .header(.tooShort): "the file ends within its header"
        case .header(.notASegment): "this is no journal segment"
        case .header(.version(let version)):
            "format version \(version), this program reads version \(JournalFormat.version)"
        case .header(.checksum): "the header's checksum does not match"
        case .header(.inconsistent): "the header contradicts itself"
        case .name(let sequence): "the header says it begins with record \(sequence), the file's name says otherwise"
        case .record: "no valid record, although records from here on had been acknowledged"
        case .order(let epoch, let sequence): "found record \(sequence) of epoch \(epoch) in its place"
        case .chain: "the segment continues another history than the segments before it"
        case .gap(let sequence): "the segment begins with record \(sequence); those in between are missing"
        case .signedHead: "the records up to here are not those that were signed"
        case .truncated(let signed): "the journal ends here, but record \(signed) had been signed"
        }
    }
}
