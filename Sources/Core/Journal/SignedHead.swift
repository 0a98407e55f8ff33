// The journal's signed head: so many records, this tree, said by the owner of this key.

internal import Bytes
public import Crypto

/// A tree head and the signature over it.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 8 | magic |
/// | 8 | 4 | format version |
/// | 12 | 4 | zero |
/// | 16 | 8 | tree size: the sequence of the last record it covers |
/// | 24 | 8 | epoch that signed |
/// | 32 | 8 | time of signing, nanoseconds since 1970-01-01 UTC |
/// | 40 | 32 | tree head |
/// | 72 | 32 | Ed25519 public key |
/// | 104 | 64 | Ed25519 signature over bytes 0–103; the magic keeps it apart from other things this key may sign |
public struct SignedHead: Sendable, Equatable {
    public static let byteCount = 168
    private static let signedByteCount = 104

    public let treeSize: UInt64
    public let epoch: UInt64
    public let wallNanoseconds: Int64
    public let head: Digest32
    public let publicKey: Ed25519.PublicKey
    public let encoded: [UInt8]

    private enum Offset {
        static let version = 8
        static let treeSize = 16
        static let epoch = 24
        static let wall = 32
        static let head = 40
        static let publicKey = 72
    }

    /// Why bytes are no signed head.
    public enum Flaw: Error, Equatable, Sendable {
        case notAHead
        case version(UInt32)
        case signature
    }

    /// Signs the head of `frontier`.
    public init(signing frontier: MerkleFrontier, epoch: UInt64, wallNanoseconds: Int64, with key: Ed25519.KeyPair) {
        treeSize = frontier.size
        self.epoch = epoch
        self.wallNanoseconds = wallNanoseconds
        head = frontier.head
        publicKey = key.publicKey
        var bytes = [UInt8](repeating: 0, count: Self.signedByteCount)
        bytes.withUnsafeMutableBytes { [treeSize, head, publicKey] target in
            target.copyBytes(from: JournalFormat.headMagic)
            target.storeLittleEndian(JournalFormat.version, at: Offset.version)
            target.storeLittleEndian(treeSize, at: Offset.treeSize)
            target.storeLittleEndian(epoch, at: Offset.epoch)
            target.storeLittleEndian(wallNanoseconds, at: Offset.wall)
            head.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: target[Offset.head...]).copyMemory(from: $0)
            }
            UnsafeMutableRawBufferPointer(rebasing: target[Offset.publicKey...]).copyBytes(from: publicKey.bytes)
        }
        encoded = bytes + key.sign(bytes)
    }

    /// Reads a head and checks that its own key signed it. Whether that key is the right one is the caller's question.
    public init(decoding encoded: [UInt8]) throws(Flaw) {
        guard encoded.count == Self.byteCount, encoded.starts(with: JournalFormat.headMagic) else { throw .notAHead }
        let version = encoded.withUnsafeBytes { $0.littleEndian(at: Offset.version, as: UInt32.self) }
        guard version == JournalFormat.version else { throw .version(version) }
        treeSize = encoded.withUnsafeBytes { $0.littleEndian(at: Offset.treeSize) }
        epoch = encoded.withUnsafeBytes { $0.littleEndian(at: Offset.epoch) }
        wallNanoseconds = encoded.withUnsafeBytes { $0.littleEndian(at: Offset.wall) }
        head = Digest32(Array(encoded[Offset.head..<Offset.publicKey]))!
        publicKey = Ed25519.PublicKey(Array(encoded[Offset.publicKey..<Self.signedByteCount]))!
        self.encoded = encoded
        let signed = Array(encoded.prefix(Self.signedByteCount))
        guard Ed25519.verify(Array(encoded.dropFirst(Self.signedByteCount)), of: signed, by: publicKey) else {
            throw .signature
        }
    }
}
