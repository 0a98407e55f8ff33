// Files: open, read, write, sync, lock. Blocking calls, for regular files and worker threads.

internal import CLinux
internal import Glibc

/// Calls on files. Raw descriptor numbers are lent by their owners for the time of the call.
public enum File {
    /// How `open` opens; combine with `|`-like set operations. Close-on-exec is always set.
    public struct Flags: OptionSet, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let readOnly = Flags(rawValue: O_RDONLY)
        public static let writeOnly = Flags(rawValue: O_WRONLY)
        public static let readWrite = Flags(rawValue: O_RDWR)
        public static let create = Flags(rawValue: O_CREAT)
        public static let exclusive = Flags(rawValue: O_EXCL)
        public static let truncate = Flags(rawValue: O_TRUNC)
        public static let append = Flags(rawValue: O_APPEND)
        public static let directory = Flags(rawValue: O_DIRECTORY)
        public static let noFollow = Flags(rawValue: O_NOFOLLOW)
        public static let nonBlocking = Flags(rawValue: O_NONBLOCK)
        /// Only a reference to the path (`O_PATH`, in no header that Swift sees): for `openat` and execution.
        public static let path = Flags(rawValue: 0o10000000)
    }

    /// Opens `path`; `mode` counts only with `.create` and is cut by the umask.
    public static func open(_ path: String, _ flags: Flags, mode: UInt32 = 0o600) throws(Errno) -> FileDescriptor {
        try openat(AT_FDCWD, path, flags, mode: mode)
    }

    /// Opens `path` from the folder `folder`.
    public static func openat(
        _ folder: Int32, _ path: String, _ flags: Flags, mode: UInt32 = 0o600
    ) throws(Errno) -> FileDescriptor {
        let fd = try SystemCall.run("openat", folder) {
            Glibc.openat(folder, path, flags.rawValue | O_CLOEXEC, mode)
        }
        return FileDescriptor(owning: fd)
    }

    /// Reads at most `buffer.count` bytes; 0 at the end.
    public static func read(_ fd: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try SystemCall.run("read", fd) { Glibc.read(fd, buffer.baseAddress, buffer.count) }
    }

    /// Reads what is there; nil when nothing is there yet, 0 at the end. For descriptors that do not block.
    public static func readAvailable(
        _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int? {
        try SystemCall.runOrWouldBlock("read(non-blocking)", fd) { Glibc.read(fd, buffer.baseAddress, buffer.count) }
    }

    /// Writes some of `bytes` and says how many.
    public static func write(_ fd: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try SystemCall.run("write", fd) { Glibc.write(fd, bytes.baseAddress, bytes.count) }
    }

    /// Writes all of `bytes`, in as many calls as it takes.
    public static func writeAll(_ fd: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
        var rest = bytes
        while !rest.isEmpty {
            let count = try write(fd, rest)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    public static func writeAll(_ fd: Int32, _ bytes: [UInt8]) throws(Errno) {
        try bytes.withBytes { buffer throws(Errno) in try writeAll(fd, buffer) }
    }

    /// Reads at `offset` without moving the file's position; 0 at the end.
    public static func pread(
        _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(Errno) -> Int {
        try SystemCall.run("pread", fd) { Glibc.pread(fd, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// Fills `buffer` from `offset` on as far as the file goes, in as many calls as it takes.
    ///
    /// - Returns: how many bytes there were.
    public static func preadAll(
        _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(Errno) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try pread(fd, into: rest, at: offset + Int64(filled))
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Writes some of `bytes` at `offset` without moving the file's position.
    public static func pwrite(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Errno) -> Int {
        try SystemCall.run("pwrite", fd) { Glibc.pwrite(fd, bytes.baseAddress, bytes.count, off_t(offset)) }
    }

    /// Writes all of `bytes` at `offset`, in as many calls as it takes.
    public static func pwriteAll(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Errno) {
        var rest = bytes
        var position = offset
        while !rest.isEmpty {
            let count = try pwrite(fd, rest, at: position)
            position += Int64(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Puts content and all attributes on the disk. After an error the kernel may have dropped the pages: never retry.
    public static func fsync(_ fd: Int32) throws(Errno) {
        _ = try SystemCall.run("fsync", fd) { Glibc.fsync(fd) }
    }

    /// Puts content and size on the disk. After an error the kernel may have dropped the pages: never retry.
    public static func fdatasync(_ fd: Int32) throws(Errno) {
        _ = try SystemCall.run("fdatasync", fd) { Glibc.fdatasync(fd) }
    }

    /// Reserves room on the disk; a shorter file becomes so long.
    ///
    /// - Throws: `ENOSPC`, `EDQUOT`, `EFBIG`, and `EOPNOTSUPP` where the file system cannot.
    public static func fallocate(_ fd: Int32, offset: Int64, length: Int64) throws(Errno) {
        _ = try SystemCall.run("fallocate", fd) { cam_fallocate(fd, 0, offset, length) }
    }

    public static func ftruncate(_ fd: Int32, to length: Int64) throws(Errno) {
        _ = try SystemCall.run("ftruncate", fd) { Glibc.ftruncate(fd, off_t(length)) }
    }

    /// Moves the position to `offset` from the start and says where it is.
    @discardableResult
    public static func seek(_ fd: Int32, to offset: Int64) throws(Errno) -> Int64 {
        Int64(try SystemCall.run("lseek", fd) { lseek(fd, off_t(offset), SEEK_SET) })
    }

    /// A lock of the open file, gone when its last descriptor closes, however the process ends.
    ///
    /// - Returns: false when somebody else holds it and `wait` is false.
    public static func lock(_ fd: Int32, exclusive: Bool = true, wait: Bool = false) throws(Errno) -> Bool {
        let operation = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB)
        return try SystemCall.runOrWouldBlock("flock", fd) { cam_flock(fd, operation) } != nil
    }

    public static func unlock(_ fd: Int32) throws(Errno) {
        _ = try SystemCall.run("flock(LOCK_UN)", fd) { cam_flock(fd, LOCK_UN) }
    }

    /// Renames over whatever is at `target`. The folder has to be synced before the name is durable.
    public static func rename(_ source: String, to target: String) throws(Errno) {
        _ = try SystemCall.run("rename") { Glibc.rename(source, target) }
    }

    /// Renames inside open folders; `replacing: false` throws `EEXIST` rather than replace.
    public static func renameat(
        _ folder: Int32, _ source: String, to target: String, in targetFolder: Int32, replacing: Bool = true
    ) throws(Errno) {
        _ = try SystemCall.run("renameat2", folder) {
            cam_renameat2(folder, source, targetFolder, target, replacing ? 0 : 1)
        }
    }

    public static func unlink(_ path: String) throws(Errno) {
        _ = try SystemCall.run("unlink") { Glibc.unlink(path) }
    }

    public static func unlinkat(_ folder: Int32, _ path: String) throws(Errno) {
        _ = try SystemCall.run("unlinkat", folder) { Glibc.unlinkat(folder, path, 0) }
    }

    /// What a symbolic link says. At most 4,096 bytes.
    public static func readLink(_ path: String) throws(Errno) -> String {
        try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer throws(Errno) -> String in
            let base = buffer.bindMemory(to: CChar.self)
            let count = try SystemCall.run("readlink") { readlink(path, base.baseAddress!, base.count) }
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    public static func changeMode(_ path: String, _ mode: UInt32) throws(Errno) {
        _ = try SystemCall.run("chmod") { chmod(path, mode) }
    }

    /// Changes the owner; -1 as `UInt32.max` leaves user or group as it is.
    public static func changeOwner(_ path: String, user: UInt32 = .max, group: UInt32 = .max) throws(Errno) {
        _ = try SystemCall.run("chown") { chown(path, user, group) }
    }

    public static func setNonBlocking(_ fd: Int32, _ on: Bool) throws(Errno) {
        let flags = try SystemCall.run("fcntl", fd) { fcntl(fd, F_GETFL) }
        let wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        if wanted != flags { _ = try SystemCall.run("fcntl", fd) { fcntl(fd, F_SETFL, wanted) } }
    }

    /// Whether a number is an open descriptor of this process: the one question to which EBADF is an answer.
    public static func isOpen(_ fd: Int32) -> Bool { fcntl(fd, F_GETFD) != -1 }
}
