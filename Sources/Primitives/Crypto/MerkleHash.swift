// The two hashes of RFC 6962 and RFC 9162, section 2.1.1: leaves and nodes can never be taken for one another.

public enum MerkleHash {
    private static let leafPrefix: UInt8 = 0
    private static let nodePrefix: UInt8 = 1

    /// The head of a tree without leaves: SHA-256 of nothing.
    public static let empty = SHA256().finish()

    /// SHA-256(0x00 ‖ entry).
    public static func leaf(_ entry: UnsafeRawBufferPointer) -> Digest32 {
        var hash = SHA256()
        hash.update(byte: leafPrefix)
        hash.update(entry)
        return hash.finish()
    }

    /// SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: Digest32, _ right: Digest32) -> Digest32 {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Digest32.byteCount, alignment: 1) { input in
            input[0] = nodePrefix
            left.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: input[1...]).copyMemory(from: $0)
            }
            right.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: input[(1 + Digest32.byteCount)...]).copyMemory(from: $0)
            }
            return SHA256.hash(UnsafeRawBufferPointer(input))
        }
    }
}
