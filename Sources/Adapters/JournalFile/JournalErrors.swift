// Why a journal does not open, why it stopped, and what was found and mended on the way.

public import Crypto
public import Journal
public import Linux

/// Why a journal does not open. Each says what to do about it.
public enum JournalOpenError: Error, Equatable, Sendable {
    /// Another process has the journal open.
    case locked(path: String)
    case system(operation: String, path: String, Errno)
    /// Acknowledged or signed records are not there or are not what they were.
    case damaged(folder: String, JournalDamage)
    /// There are records but no signed head over them.
    case headMissing(path: String, records: UInt64)
    /// Neither copy of the signed head can be read.
    case headUnreadable(path: String)
    /// The head was signed with another key than this journal's.
    case foreignKey(path: String, signedBy: Ed25519.PublicKey, expected: Ed25519.PublicKey)
}

extension JournalOpenError {
    /// Does `body`; where it fails, says what was tried with which file.
    static func naming<Value: ~Copyable>(
        _ operation: String, _ path: String, _ body: () throws(Errno) -> Value
    ) throws(JournalOpenError) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw .system(operation: operation, path: path, error)
        }
    }
}

extension JournalOpenError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .locked(let path):
            "\(path) is locked: another camd uses this state folder; stop it, or choose another folder"
        case .system(let operation, let path, let code):
            "\(operation) \(path): \(code)"
        case .damaged(let folder, let damage):
            "\(damage) (in \(folder)); nothing was changed: restore the journal folder from a copy"
        case .headMissing(let path, let records):
            "\(path) is missing although there are \(records) records: restore it from a copy, or accept the records "
                + "unsigned with journal.accept_unsigned_history"
        case .headUnreadable(let path):
            "\(path) holds no valid signed head: restore it from a copy, or remove it and accept the records unsigned "
                + "with journal.accept_unsigned_history"
        case .foreignKey(let path, let signer, let expected):
            "\(path) was signed by \(signer.hexadecimal), the journal's key is \(expected.hexadecimal): restore the "
                + "key file that belongs to this journal"
        }
    }
}

/// Why the journal stopped. Nothing is retried, because after a failed write or sync nobody knows what the disk holds:
/// the way on is to open the journal again and go on from what is there.
public struct JournalFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Operation: String, Sendable {
        case write, sync, truncate, create, rename
        /// More was appended than there was room for, and the disk had no more.
        case grow
    }

    public var operation: Operation
    public var path: String
    public var code: Errno

    /// Does `body`; where it fails, says what was tried with which file.
    static func naming<Value: ~Copyable>(
        _ operation: Operation, _ path: String, _ body: () throws(Errno) -> Value
    ) throws(JournalFailure) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw JournalFailure(operation: operation, path: path, code: error)
        }
    }

    public var description: String { "journal stopped: \(operation.rawValue) \(path): \(code)" }
}

/// What was found at opening and could be mended without losing anything that had been acknowledged.
public enum JournalWarning: Equatable, Sendable, CustomStringConvertible {
    /// Bytes of records whose writing was interrupted were cut off.
    case tornTail(file: String, offset: Int, byteCount: Int, sequence: UInt64)
    /// One of the two copies of the signed head cannot be read; the other one was used.
    case headCopyUnreadable(path: String)
    /// Records were accepted without a signed head, as the options say.
    case unsignedHistory(records: UInt64)

    public var description: String {
        switch self {
        case .tornTail(let file, let offset, let byteCount, let sequence):
            "\(file): \(byteCount) bytes from byte \(offset) on, where record \(sequence) was being written, are no "
                + "whole record"
        case .headCopyUnreadable(let path): "\(path): one of the two copies of the signed head cannot be read"
        case .unsignedHistory(let records): "\(records) records were accepted without a signed head"
        }
    }
}
