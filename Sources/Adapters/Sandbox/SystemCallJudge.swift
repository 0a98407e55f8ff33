// What camd answers to a call that a filter reported, and what it writes down about it.

internal import CSeccomp
public import Linux

/// The judgement of one reported call.
public struct Judgement: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        /// Observed only: the mount namespace and Landlock decide.
        case proceed
        case refuse(Errno)
        /// It stays unanswered; the driver is ended.
        case kill
    }

    public var verdict: Verdict
    public var call: String
    /// What was attempted and what became of it, for people; nil when it is nothing worth telling.
    public var attempt: String?

    public init(verdict: Verdict, call: String, attempt: String?) {
        self.verdict = verdict
        self.call = call
        self.attempt = attempt
    }
}

/// Judges by number alone; memory of the driver is read only to describe.
public struct SystemCallJudge: Sendable {
    private let names: [String?]
    private let observed: Set<Int32>
    private let never: Set<Int32>
    /// What the driver was given; differs from driver to driver of one level.
    public var tree: SandboxTree

    public init(level: SandboxLevel, tree: SandboxTree) {
        self.tree = tree
        names = (0..<600).map(Self.name)
        observed = Self.numbers(SystemCallLists[level].observed)
        never = Self.numbers(SystemCallLists.never)
    }

    /// - Parameter read: up to so many bytes at an address of the caller.
    public func judge(_ call: NotifiedCall, read: (UInt64, Int) -> [UInt8]) -> Judgement {
        guard names.indices.contains(Int(call.number)), let name = names[Int(call.number)] else {
            let name = "system call \(call.number)"
            return Judgement(verdict: .refuse(.ENOSYS), call: name, attempt: "\(name): unknown here, refused")
        }
        let description = SystemCallDescription(name: name, arguments: call.arguments, read: read)
        if observed.contains(call.number) {
            let outside = description.paths.first { !tree.holds($0, forWriting: description.writes) }
            let attempt = outside.map { _ in
                "\(description.text): \(description.writes ? "outside what it may write" : "outside its tree"), refused"
            }
            return Judgement(verdict: .proceed, call: name, attempt: attempt)
        }
        if never.contains(call.number) {
            return Judgement(verdict: .kill, call: name, attempt: "\(description.text): never allowed, killed")
        }
        return Judgement(verdict: .refuse(.EPERM), call: name, attempt: "\(description.text): refused")
    }

    private static func numbers(_ names: [String]) -> Set<Int32> {
        Set(names.map { seccomp_syscall_resolve_name($0) }.filter { $0 >= 0 })
    }

    private static func name(of number: Int) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            cam_seccomp_call_name(Int32(number), buffer.baseAddress!, 64) == 1
                ? String(cString: buffer.baseAddress!) : nil
        }
    }
}

/// Which paths lie inside what a driver was given. Judged by the text of a path alone: good for telling people what was
/// tried, and never what decides.
public struct SandboxTree: Sendable {
    public var readable: [String]
    public var writable: [String]

    public init(readable: [String], writable: [String]) {
        self.readable = readable
        self.writable = writable
    }

    /// Runtimes look for these on every machine, and go on when they are not there.
    private static let harmless = [
        "/etc/localtime", "/etc/ld.so.preload", "/etc/ld.so.cache", "/etc/locale.alias", "/etc/malloc.conf",
        "/etc/ssl/openssl.cnf", "/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/fs/cgroup",
        "/sys/kernel/mm/transparent_hugepage", "/etc/timezone", "/etc/gai.conf", "/dev/tty", "/proc/self",
        "/proc/thread-self", "/proc/2", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
        "/proc/mounts", "/proc/sys/kernel", "/proc/sys/vm",
    ]

    /// libdispatch reads the state of its own threads so, under the numbers of its pid namespace.
    private static func isThreadState(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.count == 3 && parts[0] == "proc" && parts[2] == "stat" && parts[1] != "1"
            && parts[1].utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    public func holds(_ path: String, forWriting: Bool) -> Bool {
        let normal = Self.normalised(path)
        if !forWriting, Self.isThreadState(normal) { return true }
        let under = { (root: String) in normal == root || normal.hasPrefix(root + "/") }
        if forWriting { return writable.contains(where: under) }
        return readable.contains(where: under) || writable.contains(where: under)
            || Self.harmless.contains(where: under)
    }

    /// Absolute, without `.`, `..` and doubled slashes. A relative path starts at `/tmp`, the working folder, and leading
    /// `..` are taken to reach the root: what climbs is shown as where it climbs to.
    static func normalised(_ path: String) -> String {
        let climbs = path.hasPrefix("../") || path == ".."
        var parts: [Substring] = path.hasPrefix("/") || climbs ? [] : ["tmp"]
        for part in path.split(separator: "/") {
            if part == "." { continue }
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
