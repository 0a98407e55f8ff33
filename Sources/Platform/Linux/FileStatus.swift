// What stat tells about a file.

internal import Glibc

/// A file's attributes.
public struct FileStatus: Sendable, Equatable {
    public enum Kind: Sendable {
        case regular, directory, socket, other
    }

    public var kind: Kind
    /// Bytes.
    public var size: Int64
    /// The permission bits, at most 0o7777.
    public var mode: UInt32
    public var userID: UInt32
    public var groupID: UInt32
}

extension File {
    /// Attributes of what `path` names; symbolic links are followed unless `followingLinks` is false.
    public static func status(_ path: String, followingLinks: Bool = true) throws(Errno) -> FileStatus {
        var raw = Glibc.stat()
        _ = try SystemCall.run("fstatat") {
            fstatat(AT_FDCWD, path, &raw, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW)
        }
        return FileStatus(raw)
    }

    public static func status(_ fd: Int32) throws(Errno) -> FileStatus {
        var raw = Glibc.stat()
        _ = try SystemCall.run("fstat", fd) { fstat(fd, &raw) }
        return FileStatus(raw)
    }

    /// Whether something is there. Any other trouble than its absence throws.
    public static func exists(_ path: String) throws(Errno) -> Bool {
        do {
            _ = try status(path)
            return true
        } catch {
            if error == .ENOENT || error == .ENOTDIR { return false }
            throw error
        }
    }

    /// Whether this process may execute what `path` names.
    public static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }
}

extension FileStatus {
    init(_ raw: Glibc.stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFSOCK: .socket
            default: .other
            }
        size = Int64(raw.st_size)
        mode = UInt32(raw.st_mode & 0o7777)
        userID = raw.st_uid
        groupID = raw.st_gid
    }
}
