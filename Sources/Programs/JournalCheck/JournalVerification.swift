// Checking a journal from outside: read-only, while camd runs or not, and telling all that is wrong instead of the
// first thing only.

public import Crypto
public import Journal
public import JournalFile

/// What a journal holds and what is wrong with it.
public struct JournalReport: Sendable, Equatable {
    /// The records of one epoch: the time between two starts of camd.
    public struct Epoch: Sendable, Equatable {
        public var epoch: UInt64
        public var firstSequence: UInt64
        public var lastSequence: UInt64
        public var recordCount: UInt64 { lastSequence - firstSequence + 1 }
    }

    public enum Signature: Sendable, Equatable {
        /// The records up to `treeSize` are those that were signed by `publicKey`. Is it yours? Compare it, or give it
        /// to `verify`. The records after them were written since, at most about a second's worth.
        case valid(treeSize: UInt64, epoch: UInt64, wallNanoseconds: Int64, publicKey: Ed25519.PublicKey)
        /// Signed, and not by the expected key.
        case foreign(publicKey: Ed25519.PublicKey)
        /// The records are not those that were signed, or damage keeps that from being known: see the problems.
        case unconfirmed(treeSize: UInt64, publicKey: Ed25519.PublicKey)
        /// There is a head file, and nothing valid in it.
        case unreadable
        case missing
    }

    public var directory: String
    public var segmentCount = 0
    public var recordCount: UInt64 = 0
    /// Headers and records, without preallocated space.
    public var usedByteCount = 0
    /// Files on the disk, with preallocated space.
    public var fileByteCount = 0
    /// 0 when there is no record.
    public var firstSequence: UInt64 = 0
    /// 0 when there is no record.
    public var lastSequence: UInt64 = 0
    /// In the order of the records.
    public var epochs: [Epoch] = []
    /// Of the Merkle tree over all records up to the last one or, if something is wrong, up to the first problem.
    public var head: Digest32
    public var signature: Signature = .missing
    /// In the order of the files; damage does not hide what is wrong in later segments.
    public var problems: [JournalDamage] = []
    /// Found, and no loss: a tail that was being written, one of two copies of the head.
    public var warnings: [JournalWarning] = []

    /// Whether every record is there and, as far as it was signed, the one that was signed.
    public var isSound: Bool {
        guard problems.isEmpty else { return false }
        return switch signature {
        case .valid: true
        case .missing: recordCount == 0
        case .foreign, .unconfirmed, .unreadable: false
        }
    }

    public init(directory: String) {
        self.directory = directory
        head = MerkleHash.empty
    }
}

public enum JournalVerification {
    /// Reads and checks the whole journal in `directory`, changing nothing.
    /// - Parameter key: whose signature the head has to carry; nil to accept the key that the head names.
    /// - Throws: `JournalOpenError.system` when folder or files cannot be read.
    public static func verify(
        directory: String, expecting key: Ed25519.PublicKey? = nil
    ) throws(JournalOpenError) -> JournalReport {
        var pass = VerificationPass(folder: JournalFolder(path: directory))
        return try pass.run(expecting: key)
    }
}
