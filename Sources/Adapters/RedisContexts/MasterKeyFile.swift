// The file with the master key of the memory contexts: made on the first start, readable by its owner alone.

public import Crypto
public import Linux

public enum MasterKeyFile {
    public static let byteCount = 32

    /// Reads the key, or makes it where there is none and `mayCreate` is true. The folder is made if it is missing.
    ///
    /// A new file appears whole or not at all, and never in place of another one.
    /// - Parameter mayCreate: false where sealed data exists already: a new key could open none of it.
    public static func open(_ path: String, mayCreate: Bool) throws(MasterKeyError) -> SecretKey {
        do throws(Errno) {
            if try !File.exists(path) {
                guard mayCreate else { throw Errno.ENOENT }
                try Directory.makeAll(Directory.parent(of: path))
                try create(path)
            }
        } catch .ENOENT where !mayCreate {
            throw .missing(path: path)
        } catch {
            throw .cannotCreate(path: path, cause: error)
        }
        return try read(path)
    }

    private static func create(_ path: String) throws(Errno) {
        let folder = try File.open(Directory.parent(of: path), [.readOnly, .directory])
        let name = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
        let temporary = "\(name).\(ThisProcess.pid).new"
        let key = SecretKey.random(byteCount: byteCount)
        do throws(Errno) {
            let file = try File.openat(
                folder.rawValue, temporary, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
            try key.withUnsafeBytes { bytes throws(Errno) in try File.writeAll(file.rawValue, bytes) }
            try File.fsync(file.rawValue)
            try File.renameat(folder.rawValue, temporary, to: name, in: folder.rawValue, replacing: false)
        } catch {
            // What is left of a failed try holds nobody up; the error that matters is the first.
            do throws(Errno) { try File.unlinkat(folder.rawValue, temporary) } catch {}
            // Somebody else made one in the meantime: that is the key then.
            if error == .EEXIST { return }
            throw error
        }
        try File.fsync(folder.rawValue)
    }

    private static func read(_ path: String) throws(MasterKeyError) -> SecretKey {
        var bytes: [UInt8]
        let status: FileStatus
        do throws(Errno) {
            let file = try File.open(path, [.readOnly, .noFollow])
            status = try File.status(file.rawValue)
            bytes = try File.readAll(file.rawValue, limit: 4096)
        } catch {
            throw .cannotRead(path: path, cause: error)
        }
        defer { SecretKey.erase(&bytes) }
        guard status.userID == ThisProcess.effectiveUserID else { throw .otherOwner(path: path, uid: status.userID) }
        guard status.mode & 0o077 == 0 else { throw .wideMode(path: path, mode: status.mode & 0o777) }
        guard bytes.count == byteCount else { throw .wrongSize(path: path, count: bytes.count) }
        return SecretKey(moving: &bytes)
    }
}

/// Why camd has no master key, and what to do.
public enum MasterKeyError: Error, Sendable, CustomStringConvertible {
    case missing(path: String)
    case cannotCreate(path: String, cause: Errno)
    case cannotRead(path: String, cause: Errno)
    case otherOwner(path: String, uid: UInt32)
    case wideMode(path: String, mode: UInt32)
    case wrongSize(path: String, count: Int)

    public var description: String {
        switch self {
        case .missing(let path):
            "the key of the memory contexts, \(path), is missing, and the store holds values sealed with it; put it "
                + "back from a backup, or move the folder of the store away to begin with an empty one"
        case .cannotCreate(let path, let cause): "the key of the memory contexts cannot be made at \(path): \(cause)"
        case .cannotRead(let path, let cause): "the key of the memory contexts cannot be read from \(path): \(cause)"
        case .otherOwner(let path, let uid):
            "\(path) belongs to user \(uid), not to the user that camd runs as; check who could have read it, then chown it"
        case .wideMode(let path, let mode):
            "\(path) has mode 0\(String(mode, radix: 8)), so that others may read the key; check who could have, then "
                + "`chmod 600 \(path)`"
        case .wrongSize(let path, let count):
            "\(path) has \(count) bytes where a key has \(MasterKeyFile.byteCount); put it back from a backup"
        }
    }
}
