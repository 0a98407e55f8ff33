// The tree: RFC 6962's published heads, a plain recursive definition as the oracle, and proofs that must fail.

import Crypto
import Testing

@Suite("Merkle tree")
struct MerkleTests {
    /// The leaf entries and heads that the Certificate Transparency reference implementation tests RFC 6962 with.
    static let entries: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        [0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F],
    ]
    static let heads = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    private static func leaf(_ bytes: [UInt8]) -> Digest32 {
        bytes.withUnsafeBytes { MerkleHash.leaf($0) }
    }

    private static func leaves(_ count: Int) -> [Digest32] {
        (0..<count).map { leaf([UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]) }
    }

    /// MTH of RFC 6962, section 2.1, word for word.
    private static func head(_ leaves: ArraySlice<Digest32>) -> Digest32 {
        if leaves.isEmpty { return MerkleHash.empty }
        if leaves.count == 1 { return leaves.first! }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        return MerkleHash.node(head(leaves[..<middle]), head(leaves[middle...]))
    }

    @Test("heads are RFC 6962's")
    func knownAnswers() {
        var frontier = MerkleFrontier()
        #expect(frontier.head.hexadecimal == Self.heads[0])
        for (index, entry) in Self.entries.enumerated() {
            frontier.append(Self.leaf(entry))
            #expect(frontier.head.hexadecimal == Self.heads[index + 1])
            #expect(frontier.size == UInt64(index + 1))
        }
    }

    @Test("a frontier of any size has the head of the recursive definition, and survives being stored")
    func frontierAgainstDefinition() throws {
        let leaves = Self.leaves(300)
        var frontier = MerkleFrontier()
        for count in 0...leaves.count {
            #expect(frontier.head == Self.head(leaves[..<count]))
            #expect(MerkleFrontier(size: frontier.size, peaks: frontier.peaks) == frontier)
            if count < leaves.count { frontier.append(leaves[count]) }
        }
        #expect(MerkleFrontier(size: 3, peaks: [leaves[0]]) == nil)
    }

    @Test("every leaf of every tree up to 70 leaves has a proof that leads to the head")
    func proofs() throws {
        let leaves = Self.leaves(70)
        for size in 1...70 {
            let head = Self.head(leaves[..<size])
            for index in 0..<size {
                var builder = try #require(MerkleProofBuilder(leafIndex: UInt64(index), treeSize: UInt64(size)))
                for leaf in leaves { builder.append(leaf) }
                let proof = try #require(builder.proof)
                #expect(proof.leads(from: leaves[index], to: head))
            }
        }
    }

    @Test("a proof for another leaf, place, size, head, with a changed, missing or added sibling leads nowhere")
    func forgedProofs() throws {
        let leaves = Self.leaves(21)
        let head = Self.head(leaves[...])
        for index in 0..<21 {
            var builder = try #require(MerkleProofBuilder(leafIndex: UInt64(index), treeSize: 21))
            for leaf in leaves { builder.append(leaf) }
            let proof = try #require(builder.proof)
            let leaf = leaves[index]
            #expect(!proof.leads(from: leaves[(index + 1) % 21], to: head))
            #expect(!proof.leads(from: leaf, to: Self.head(leaves[..<20])))
            for other in 0..<25 where other != index {
                var moved = proof
                moved.leafIndex = UInt64(other)
                #expect(!moved.leads(from: leaf, to: head))
            }
            for place in proof.path.indices {
                var changed = proof
                changed.path[place] = leaves[0] == changed.path[place] ? leaves[1] : leaves[0]
                #expect(!changed.leads(from: leaf, to: head))
            }
            var cut = proof
            cut.path.removeLast()
            #expect(!cut.leads(from: leaf, to: head))
            var longer = proof
            longer.path.append(head)
            #expect(!longer.leads(from: leaf, to: head))
            #expect(!longer.leads(from: leaf, to: MerkleHash.node(head, head)))
        }
    }

    @Test("a proof is not there before all leaves have gone by, nor for a leaf outside of the tree")
    func incompleteProofs() throws {
        #expect(MerkleProofBuilder(leafIndex: 3, treeSize: 3) == nil)
        #expect(MerkleProofBuilder(leafIndex: 0, treeSize: 0) == nil)
        var builder = try #require(MerkleProofBuilder(leafIndex: 1, treeSize: 3))
        for leaf in Self.leaves(2) {
            builder.append(leaf)
            #expect(builder.proof == nil)
        }
    }

    @Test("leaf and node hashes are kept apart: a node's children are no leaf entry with the same hash")
    func secondPreimage() {
        let leaves = Self.leaves(2)
        let node = MerkleHash.node(leaves[0], leaves[1])
        #expect(Self.leaf(leaves[0].bytes + leaves[1].bytes) != node)
    }
}
