// A reported call in words: its name and the arguments that tell what it was after.

import Wording

/// What a call was about. Text from the driver's memory is escaped and cut: it ends in terminals and journals.
struct SystemCallDescription {
    let text: String
    /// The paths it names, as written.
    let paths: [String]
    /// Whether it would change something.
    let writes: Bool

    init(name: String, arguments: [UInt64], read: (UInt64, Int) -> [UInt8]) {
        func path(_ index: Int) -> String { Self.path(read(arguments[index], 4096)) }
        switch name {
        case "open": self.init(name, [path(0)], writes: Self.opensForWriting(arguments[1]))
        case "openat": self.init(name, [path(1)], writes: Self.opensForWriting(arguments[2]))
        case "creat", "mkdir", "rmdir", "unlink", "truncate", "chmod", "chown", "lchown", "mknod":
            self.init(name, [path(0)], writes: true)
        case "mkdirat", "unlinkat", "fchmodat", "fchownat", "mknodat": self.init(name, [path(1)], writes: true)
        case "rename", "link": self.init(name, [path(0), path(1)], writes: true)
        case "renameat", "renameat2", "linkat": self.init(name, [path(1), path(3)], writes: true)
        case "symlink": self.init(name, [path(1)], writes: true)
        case "symlinkat": self.init(name, [path(2)], writes: true)
        case "execve", "chroot", "access", "mount", "umount2": self.init(name, [path(0)], writes: false)
        case "execveat": self.init(name, [path(1)], writes: false)
        case "socket", "socketpair": self.init(name, values: Self.socket(arguments))
        case "connect", "bind":
            self.init(
                name, values: SocketAddressText.describe(read(arguments[1], min(Int(arguments[2] & 0xFFFF), 128))))
        case "clone", "fork", "vfork":
            self.init(name, values: name == "clone" ? "a new process, flags \(Self.hexadecimal(arguments[0]))" : "")
        case "kill", "tkill", "tgkill", "pidfd_open":
            self.init(
                name, values: "\(Int32(truncatingIfNeeded: arguments[0])), \(Int32(truncatingIfNeeded: arguments[1]))")
        case "ioctl", "prctl", "fcntl", "mmap", "mprotect", "prlimit64", "unshare", "setns", "personality":
            self.init(name, values: arguments.prefix(3).map(Self.hexadecimal).joined(separator: ", "))
        default: self.init(name, values: Self.hexadecimal(arguments[0]))
        }
    }

    private init(_ name: String, _ paths: [String], writes: Bool) {
        text = name + "(" + paths.map { "\"\(Self.printable($0))\"" }.joined(separator: ", ") + ")"
        self.paths = paths
        self.writes = writes
    }

    private init(_ name: String, values: String) {
        text = "\(name)(\(Self.printable(values)))"
        paths = []
        writes = false
    }

    /// O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE.
    private static func opensForWriting(_ flags: UInt64) -> Bool { flags & (0x3 | 0o100 | 0o1000 | 0o20000000) != 0 }

    private static func path(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

    private static func socket(_ arguments: [UInt64]) -> String {
        let families: [UInt64: String] = [
            1: "AF_UNIX", 2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK", 17: "AF_PACKET", 38: "AF_ALG", 40: "AF_VSOCK",
        ]
        let types: [UInt64: String] = [
            1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW", 5: "SOCK_SEQPACKET",
        ]
        let family = families[arguments[0] & 0xFFFF_FFFF] ?? "family \(arguments[0])"
        return family + ", " + (types[arguments[1] & 0xF] ?? "type \(arguments[1] & 0xF)")
    }

    /// At most 200 characters, nothing that a terminal would act upon.
    static func printable(_ text: String) -> String {
        let result = String(text.unicodeScalars.prefix(200)).printable(quotes: true)
        return text.unicodeScalars.count > 200 ? result + "…" : result
    }
}

/// A struct sockaddr in words.
enum SocketAddressText {
    static func describe(_ bytes: [UInt8]) -> String {
        guard bytes.count >= 2 else { return "no address" }
        let family = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        switch family {
        case 1: return unix(bytes.dropFirst(2))
        case 2 where bytes.count >= 8: return "\(bytes[4...7].map(String.init).joined(separator: ".")):\(port(bytes))"
        case 10 where bytes.count >= 24: return "[\(groups(bytes[8..<24]))]:\(port(bytes))"
        default: return "address family \(family)"
        }
    }

    private static func port(_ bytes: [UInt8]) -> UInt16 { UInt16(bytes[2]) << 8 | UInt16(bytes[3]) }

    private static func groups(_ bytes: ArraySlice<UInt8>) -> String {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }

    private static func unix(_ path: ArraySlice<UInt8>) -> String {
        if path.first == 0 { return "@" + String(decoding: path.dropFirst().prefix { $0 != 0 }, as: UTF8.self) }
        return String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
    }
}
