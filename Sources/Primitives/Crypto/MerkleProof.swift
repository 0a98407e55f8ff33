// That a leaf is in a tree, shown in a few dozen hashes: an inclusion proof, RFC 9162, section 2.1.3.

/// The siblings from a leaf up to the head of a tree.
public struct MerkleProof: Sendable, Equatable {
    /// The leaf's place, from 0.
    public var leafIndex: UInt64
    /// Leaves of the tree that the proof leads to.
    public var treeSize: UInt64
    /// From the leaf upwards.
    public var path: [Digest32]

    public init(leafIndex: UInt64, treeSize: UInt64, path: [Digest32]) {
        self.leafIndex = leafIndex
        self.treeSize = treeSize
        self.path = path
    }

    /// Whether `leaf` at `leafIndex` leads to `head`: RFC 9162, section 2.1.3.2, step by step.
    public func leads(from leaf: Digest32, to head: Digest32) -> Bool {
        guard leafIndex < treeSize else { return false }
        var node = leafIndex
        var last = treeSize - 1
        var hash = leaf
        for sibling in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = MerkleHash.node(sibling, hash)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = MerkleHash.node(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && hash == head
    }
}

/// Makes an inclusion proof while the leaves stream by, in memory that grows with the proof and not with the tree.
///
/// The path's siblings are subtrees over neighbouring ranges of leaves that, with the leaf itself, tile the whole tree:
/// so every leaf belongs to exactly one of them, and they are finished from left to right.
public struct MerkleProofBuilder: Sendable {
    private let leafIndex: UInt64
    private let treeSize: UInt64
    /// The siblings' ranges from left to right, with each one's place in the path.
    private let siblings: [(range: Range<UInt64>, place: Int)]
    private var path: [Digest32]
    private var next: UInt64 = 0
    private var siblingIndex = 0
    private var subtree = MerkleFrontier()

    /// Nil unless `leafIndex < treeSize`.
    public init?(leafIndex: UInt64, treeSize: UInt64) {
        guard leafIndex < treeSize else { return nil }
        self.leafIndex = leafIndex
        self.treeSize = treeSize
        let ranges = Self.siblingRanges(leafIndex: leafIndex, treeSize: treeSize)
        siblings = ranges.enumerated().map { (range: $1, place: $0) }.sorted {
            $0.range.lowerBound < $1.range.lowerBound
        }
        path = Array(repeating: .zero, count: ranges.count)
    }

    /// Takes the tree's leaves one after another, from leaf 0. More than `treeSize` are ignored.
    public mutating func append(_ leaf: Digest32) {
        defer { next += 1 }
        guard next < treeSize, next != leafIndex else { return }
        let sibling = siblings[siblingIndex]
        subtree.append(leaf)
        if next + 1 == sibling.range.upperBound {
            path[sibling.place] = subtree.head
            subtree = MerkleFrontier()
            siblingIndex += 1
        }
    }

    /// The proof, once all `treeSize` leaves have gone by; nil before.
    public var proof: MerkleProof? {
        next >= treeSize ? MerkleProof(leafIndex: leafIndex, treeSize: treeSize, path: path) : nil
    }

    /// PATH(m, D[n]) of RFC 9162, section 2.1.3.1, as ranges of leaves, from the leaf upwards.
    private static func siblingRanges(leafIndex: UInt64, treeSize: UInt64) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        var tree = 0..<treeSize
        while tree.upperBound - tree.lowerBound > 1 {
            let count = tree.upperBound - tree.lowerBound
            // The largest power of two smaller than count.
            let split = tree.lowerBound + 1 << (63 - (count - 1).leadingZeroBitCount)
            if leafIndex < split {
                ranges.append(split..<tree.upperBound)
                tree = tree.lowerBound..<split
            } else {
                ranges.append(tree.lowerBound..<split)
                tree = split..<tree.upperBound
            }
        }
        return ranges.reversed()
    }
}
