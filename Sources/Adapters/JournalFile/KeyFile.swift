// A secret key in a file of its own, readable by nobody else; made on first use.

public import Crypto
public import Linux

public enum KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
    case system(operation: String, path: String, Errno)
    /// Not a regular file of exactly 32 bytes.
    case malformed(path: String)
    /// Owned by another user.
    case foreign(path: String, userID: UInt32)
    /// Others may read or write it.
    case exposed(path: String, mode: UInt32)

    public var description: String {
        switch self {
        case .system(let operation, let path, let code): "key file: \(operation) \(path): \(code)"
        case .malformed(let path):
            "key file \(path) is not a regular file of \(SecretKey.standardByteCount) bytes; restore it from a copy"
        case .foreign(let path, let user): "key file \(path) belongs to user \(user); it has to be yours"
        case .exposed(let path, let mode):
            "key file \(path) is open to others (mode \(String(mode, radix: 8))): whoever could read it may have the "
                + "key; if that is harmless, chmod 600 it"
        }
    }
}

public enum KeyFile {
    /// The 32-byte key in the file at `path`, which is made with a random key, mode 0600, durably, when it is missing.
    /// Of several processes that come first at once, all get the same key.
    public static func loadOrCreate(_ path: String) throws(KeyFileError) -> SecretKey {
        do throws(Errno) {
            if try !File.exists(path) { try create(path) }
        } catch {
            throw .system(operation: "create", path: path, error)
        }
        return try load(path)
    }

    /// The key in the file at `path`, if only this user can read it.
    public static func load(_ path: String) throws(KeyFileError) -> SecretKey {
        let status: FileStatus
        var bytes: [UInt8]
        do throws(Errno) {
            let file = try File.open(path, [.readOnly, .noFollow, .nonBlocking])
            status = try File.status(file.rawValue)
            guard status.kind == .regular, status.size == Int64(SecretKey.standardByteCount) else {
                throw .EFBIG
            }
            bytes = try File.readAll(file.rawValue, limit: SecretKey.standardByteCount)
        } catch {
            if error == .EFBIG || error == .ELOOP { throw .malformed(path: path) }
            throw .system(operation: "read", path: path, error)
        }
        defer { SecretKey.erase(&bytes) }
        guard status.userID == ThisProcess.effectiveUserID else { throw .foreign(path: path, userID: status.userID) }
        guard status.mode & 0o077 == 0 else { throw .exposed(path: path, mode: status.mode) }
        guard bytes.count == SecretKey.standardByteCount else { throw .malformed(path: path) }
        return SecretKey(moving: &bytes)
    }

    /// Writes the key beside its place and moves it there unless somebody was faster.
    private static func create(_ path: String) throws(Errno) {
        let folder = try File.open(Directory.parent(of: path), [.readOnly, .directory])
        let suffix = Hexadecimal.encode(RandomBytes.make(count: 8))
        let temporary = path + "." + suffix + ".new"
        do throws(Errno) {
            let file = try File.open(temporary, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
            var key = RandomBytes.make(count: SecretKey.standardByteCount)
            defer { SecretKey.erase(&key) }
            try File.writeAll(file.rawValue, key)
            try File.fsync(file.rawValue)
            try File.renameat(
                folder.rawValue, name(of: temporary), to: name(of: path), in: folder.rawValue, replacing: false)
            try File.fsync(folder.rawValue)
        } catch {
            if try File.exists(temporary) { try File.unlink(temporary) }
            if error != .EEXIST { throw error }
        }
    }

    private static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}
