// A secret key in a file of its own, readable by nobody else; made on first use.

internal import Bytes
public import Crypto
public import Linux

public enum KeyFile {
    /// The 32-byte key in the file at `path`. Where there is none and `mayCreate` is true it is made: at random, with mode
    /// 0600, durably, with its folder. A new file appears whole or not at all and never in place of another one: of
    /// several processes that come first at once, all get the same key.
    /// - Parameter mayCreate: false where data exists that the key has sealed: a new key could open none of it.
    public static func open(_ path: String, mayCreate: Bool = true) throws(KeyFileError) -> SecretKey {
        let isThere: Bool
        do throws(Errno) { isThere = try File.exists(path) } catch { throw .cannotRead(path: path, cause: error) }
        guard !isThere else { return try read(path) }
        guard mayCreate else { throw .missing(path: path) }
        do throws(Errno) { try create(path) } catch { throw .cannotCreate(path: path, cause: error) }
        return try read(path)
    }

    private static func read(_ path: String) throws(KeyFileError) -> SecretKey {
        let status: FileStatus
        var bytes: [UInt8] = []
        defer { SecretKey.erase(&bytes) }
        do throws(Errno) {
            let file = try File.open(path, [.readOnly, .noFollow, .nonBlocking])
            status = try File.status(file.rawValue)
            if status.kind == .regular, status.size == Int64(SecretKey.standardByteCount) {
                bytes = try File.readAll(file.rawValue, limit: SecretKey.standardByteCount)
            }
        } catch {
            if error == .ELOOP { throw .malformed(path: path) }
            throw .cannotRead(path: path, cause: error)
        }
        guard status.userID == ThisProcess.effectiveUserID else { throw .foreign(path: path, userID: status.userID) }
        guard status.mode & 0o077 == 0 || status.kind != .regular else {
            throw .exposed(path: path, mode: status.mode & 0o777)
        }
        guard bytes.count == SecretKey.standardByteCount else { throw .malformed(path: path) }
        return SecretKey(moving: &bytes)
    }

    /// Writes the key beside its place and moves it there unless somebody was faster.
    private static func create(_ path: String) throws(Errno) {
        let parent = Directory.parent(of: path)
        try Directory.makeAll(parent)
        let folder = try File.open(parent, [.readOnly, .directory])
        let name = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
        let temporary = "\(name).\(Hexadecimal.encode(RandomBytes.make(count: 8))).new"
        let key = SecretKey.random()
        do throws(Errno) {
            let file = try File.openat(
                folder.rawValue, temporary, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
            try key.withUnsafeBytes { bytes throws(Errno) in try File.writeAll(file.rawValue, bytes) }
            try File.fsync(file.rawValue)
            try File.renameat(folder.rawValue, temporary, to: name, in: folder.rawValue, replacing: false)
            try File.fsync(folder.rawValue)
        } catch {
            // What is left of a failed try holds nobody up; the error that matters is the first.
            do throws(Errno) { try File.unlinkat(folder.rawValue, temporary) } catch {}
            // Somebody else made one in the meantime: that is the key then.
            if error != .EEXIST { throw error }
        }
    }
}

/// Why there is no key, and what to do.
public enum KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is data that was sealed with it.
    case missing(path: String)
    case cannotCreate(path: String, cause: Errno)
    case cannotRead(path: String, cause: Errno)
    /// Not a regular file of exactly 32 bytes.
    case malformed(path: String)
    /// Owned by another user.
    case foreign(path: String, userID: UInt32)
    /// Others may read or write it.
    case exposed(path: String, mode: UInt32)

    public var description: String {
        switch self {
        case .missing(let path):
            "the key file \(path) is missing, and the store holds values sealed with it; put it back from a backup, or "
                + "move the folder of the store away to begin with an empty one"
        case .cannotCreate(let path, let cause): "the key file \(path) cannot be made: \(cause)"
        case .cannotRead(let path, let cause): "the key file \(path) cannot be read: \(cause)"
        case .malformed(let path):
            "the key file \(path) is not a regular file of \(SecretKey.standardByteCount) bytes; put it back from a backup"
        case .foreign(let path, let user):
            "the key file \(path) belongs to user \(user), not to the user that camd runs as; check who could have read "
                + "it, then chown it"
        case .exposed(let path, let mode):
            "the key file \(path) has mode 0\(String(mode, radix: 8)): whoever could read it may have the key; if that "
                + "is harmless, `chmod 600 \(path)`"
        }
    }
}
