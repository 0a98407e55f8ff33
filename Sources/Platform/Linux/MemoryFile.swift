// Anonymous files in memory that can be sealed, so that a receiver may map them without fear.

internal import CLinux
internal import Glibc

/// memfd: make, fill, seal.
public enum MemoryFile {
    /// What can no longer happen to a memory file.
    public struct Seals: OptionSet, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        // F_SEAL_* of linux/fcntl.h, in no header that Swift sees.
        public static let seal = Seals(rawValue: 0x1)
        public static let shrink = Seals(rawValue: 0x2)
        public static let grow = Seals(rawValue: 0x4)
        public static let write = Seals(rawValue: 0x8)
        /// Nothing can change any more: what a payload that travels as a descriptor needs.
        public static let immutable: Seals = [.seal, .shrink, .grow, .write]
    }

    /// A new, empty file; its name (at most 249 bytes) shows only in /proc.
    public static func make(name: String) throws(Errno) -> FileDescriptor {
        // MFD_CLOEXEC | MFD_ALLOW_SEALING
        FileDescriptor(owning: try SystemCall.run("memfd_create") { cam_memfd_create(name, 0x1 | 0x2) })
    }

    public static func add(_ seals: Seals, to fd: Int32) throws(Errno) {
        _ = try SystemCall.run("fcntl(F_ADD_SEALS)", fd) { cam_add_seals(fd, seals.rawValue) }
    }

    /// A file with these bytes that nobody can change.
    public static func sealed(name: String, _ bytes: [UInt8]) throws(Errno) -> FileDescriptor {
        let file = try make(name: name)
        try File.writeAll(file.rawValue, bytes)
        try add(.immutable, to: file.rawValue)
        return file
    }
}
