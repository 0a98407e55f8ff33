// The numbers of the on-disk format, in one place. The whole format is described in Adapters/JournalFile/JournalFile.swift.

public enum JournalFormat {
    /// Of segments and of the signed head. A reader refuses any other.
    public static let version: UInt32 = 1
    /// Begins every segment. As in PNG, a line feed and an end-of-file mark show a copy that was treated as text.
    public static let segmentMagic: [UInt8] = [0x89, 0x43, 0x41, 0x4D, 0x4A, 0x0D, 0x0A, 0x1A]
    /// Begins the signed head.
    public static let headMagic: [UInt8] = [0x89, 0x43, 0x41, 0x4D, 0x48, 0x0D, 0x0A, 0x1A]
    /// One page: fixed fields, then the tree's frontier, then zeroes.
    public static let segmentHeaderByteCount = 4096
    public static let frameHeaderByteCount = 32
    /// A length beyond it is damage, not a record: the largest frame of the ABI with room for its decision.
    public static let recordBytesMax = 32 << 20
    /// The first record of a journal. Zero means "none" in all counts of durable or signed records.
    public static let firstSequence: UInt64 = 1

    public static let segmentSuffix = ".camj"
    private static let sequenceDigits = 20

    /// The name of the segment that begins with `sequence`: 20 decimal digits, so that names sort as numbers.
    public static func segmentName(firstSequence sequence: UInt64) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: sequenceDigits - digits.utf8.count) + digits + segmentSuffix
    }

    /// The first sequence that a segment's name promises; nil for any other file's name.
    public static func firstSequence(ofSegmentNamed name: String) -> UInt64? {
        guard name.hasSuffix(segmentSuffix) else { return nil }
        let digits = name.dropLast(segmentSuffix.count)
        guard digits.utf8.count == sequenceDigits, digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return UInt64(digits)
    }
}
