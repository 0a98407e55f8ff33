// The right edge of a growing Merkle tree: all that is needed to append a leaf and to know the head.

/// The roots of the perfect subtrees that a tree of `size` leaves falls into, largest first: one for every set bit of
/// `size`. (Called a compact range in transparency logs; the tree is RFC 6962's and RFC 9162's.)
///
/// Appending costs one leaf hash and, over many appends, one node hash each; the memory is at most 64 digests.
public struct MerkleFrontier: Sendable, Equatable {
    /// Leaves so far.
    public private(set) var size: UInt64
    public private(set) var peaks: [Digest32]

    public init() {
        size = 0
        peaks = []
        peaks.reserveCapacity(64)
    }

    /// A frontier as it was stored. Nil when the number of peaks does not belong to `size`.
    public init?(size: UInt64, peaks: [Digest32]) {
        guard peaks.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.peaks = peaks
    }

    public mutating func append(_ leaf: Digest32) {
        var carried = leaf
        // Like adding one to a binary number: every trailing set bit is a peak that the new leaf completes.
        for _ in 0..<(~size).trailingZeroBitCount {
            carried = MerkleHash.node(peaks.removeLast(), carried)
        }
        peaks.append(carried)
        size += 1
    }

    /// The Merkle tree hash of all leaves.
    public var head: Digest32 {
        guard var head = peaks.last else { return MerkleHash.empty }
        for peak in peaks.dropLast().reversed() {
            head = MerkleHash.node(peak, head)
        }
        return head
    }
}
