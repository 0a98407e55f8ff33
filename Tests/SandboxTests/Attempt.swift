// One row of the table of attacks: what is tried, what must come of it outside, and what inside.

import DriverLifecycle
import Linux
import Testing

/// What came of an attempt that was stopped.
enum Stopped: Sendable, Equatable {
    /// The probe got one of these errors.
    case with([Errno])
    /// The driver was ended for it.
    case endedFor(String)
    /// The driver was ended by this signal.
    case bySignal(Int32)
    /// The driver was ended for its memory, or got no more.
    case byMemoryLimit
}

/// What must come of an attempt where nothing stops it: else it would prove nothing.
enum Outside: Sendable, Equatable {
    case succeeds
    /// It reaches the kernel, which answers so (bad descriptors and pointers, a machine without the thing) or does it.
    case reaches([Errno])
    /// Not tried: it succeeds by harming, or never ends.
    case notTried(String)
}

struct Attempt: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [Argument] = []
    var inside: Stopped
    /// As root; `user` where an ordinary user is answered otherwise.
    var outside: Outside
    var user: Outside?
    /// What must stand in the driver's violations; nil where the attempt looks like any lawful call until it is refused.
    var shows: String?

    /// What the probe is given after the attempt's name.
    enum Argument: Sendable {
        /// A file, a new name, a folder, a stream socket and a datagram socket of the witness outside.
        case file, new, folder, stream, datagram
        /// The pid of a process outside.
        case pid
        case text(String)
    }

    var testDescription: String { name }
}

extension Attempt {
    /// The sandbox itself answers so for calls that no list allows.
    private static let refused = Stopped.with([.EPERM])
    private static let bad: Outside = .reaches([.EFAULT, .EBADF, .EINVAL])
    private static let rootOnly: Outside = .reaches([.EPERM, .EACCES])

    private static func call(
        _ name: String, _ arguments: [Argument] = [], outside: Outside = .succeeds, user: Outside? = nil,
        shows: String? = nil
    ) -> Attempt {
        Attempt(
            name: name, arguments: arguments, inside: refused, outside: outside, user: user, shows: shows ?? name)
    }

    private static func never(_ name: String, _ call: String, outside: Outside, user: Outside? = nil) -> Attempt {
        Attempt(
            name: name, inside: .endedFor(call), outside: outside, user: user, shows: "\(call)(")
    }

    private static func path(
        _ name: String, _ arguments: [Argument], _ errors: [Errno], outside: Outside = .succeeds,
        user: Outside? = nil, shows: String?
    ) -> Attempt {
        Attempt(
            name: name, arguments: arguments, inside: .with(errors), outside: outside, user: user, shows: shows)
    }

    static let onFiles: [Attempt] = [
        path("read-file", [.file], [.ENOENT, .EACCES], shows: "outside its tree"),
        path("write-file", [.file], [.ENOENT, .EACCES, .EROFS], shows: "outside what it may write"),
        path("read-shadow", [], [.ENOENT, .EACCES], user: rootOnly, shows: "openat(\"/etc/shadow\")"),
        path("list-home", [], [.ENOENT, .EACCES], user: rootOnly, shows: "openat(\"/root\")"),
        path("list-root", [], [.EACCES], shows: "openat(\"/\")"),
        path(
            "read-process-environment", [.pid], [.ENOENT, .EACCES], shows: "/environ"),
        path(
            "read-init-environment", [], [.ENOENT, .EACCES], outside: .notTried("an init may have more than root has"),
            shows: "openat(\"/proc/1/environ\")"),
        path(
            "read-init-memory", [], [.ENOENT, .EACCES], outside: .notTried("as above"), shows: "openat(\"/proc/1/mem\")"
        ),
        path(
            "open-memory-device", [], [.ENOENT, .EACCES], outside: .reaches([.ENOENT, .EPERM, .EACCES]),
            shows: "openat(\"/dev/mem\")"),
        path(
            "open-kvm", [], [.ENOENT, .EACCES], outside: .notTried("not on every machine"),
            shows: "openat(\"/dev/kvm\")"),
        path("write-library", [], [.EROFS, .EACCES], outside: .notTried("it is the libc in use"), shows: "libc.so.6"),
        path(
            "write-sysctl", [], [.ENOENT, .EACCES], user: rootOnly, shows: "openat(\"/proc/sys/kernel/core_pattern\")"),
        path(
            "write-own-folder", [], [.EROFS, .EACCES, .ENOENT], outside: .notTried("/driver is only inside"),
            shows: "openat(\"/driver/new\")"),
        path("make-folder", [.new], [.ENOENT, .EACCES, .EROFS], shows: "mkdir("),
        path("remove-file", [.file], [.ENOENT, .EACCES, .EROFS], shows: "unlink("),
        path("rename-file", [.file, .new], [.ENOENT, .EACCES, .EROFS, .EXDEV], shows: "rename("),
        call("truncate-file", [.file], shows: "truncate("),
        call("change-mode", [.file], user: .reaches([.EPERM]), shows: "chmod("),
        path("look-at-file", [.file], [.ENOENT], shows: nil),
        path("enter-folder", [.folder], [.ENOENT, .EACCES], shows: nil),
        path("make-device", [.new], [.EPERM], user: rootOnly, shows: "mknod"),
        path("through-link", [.file], [.ENOENT, .EACCES], shows: nil),
        path("by-climbing", [.file], [.ENOENT, .EACCES], outside: .succeeds, shows: "outside its tree"),
        path("hard-link", [.file, .new], [.EPERM], user: .reaches([.EPERM]), shows: "link"),
        Attempt(
            name: "by-handle", inside: .endedFor("open_by_handle_at"), outside: bad, user: .reaches([.EPERM, .EFAULT]),
            shows: "open_by_handle_at("),
        path("by-openat2", [.file], [.ENOSYS], shows: nil),
        path("inherited-descriptors", [], [.EBADF], outside: .notTried("a test run has what it has"), shows: nil),
        path("fill-disk", [.text("/tmp")], [.ENOSPC, .EFBIG], shows: nil),
    ]

    static let onSockets: [Attempt] = [
        call("tcp", shows: "socket(AF_INET, SOCK_STREAM)"), call("tcp6", shows: "socket(AF_INET6, SOCK_STREAM)"),
        call("udp", shows: "socket(AF_INET, SOCK_DGRAM)"),
        call("raw", user: rootOnly, shows: "socket(AF_INET, SOCK_RAW)"),
        call("unix-stream", shows: "socket(AF_UNIX, SOCK_STREAM)"),
        call("netlink", shows: "socket(AF_NETLINK, SOCK_RAW)"),
        call("packet", user: rootOnly, shows: "socket(AF_PACKET, SOCK_RAW)"),
        call("vsock", outside: .notTried("not on every machine"), shows: "socket(AF_VSOCK"),
        call("connect", outside: bad, shows: "connect("), call("bind", outside: bad, shows: "bind("),
        call("listen", outside: bad), call("accept", outside: bad, shows: "accept4"),
        call("connect-unix", [.stream], shows: "socket(AF_UNIX"),
        call("send-by-pair", [.datagram], shows: "socketpair(AF_UNIX, SOCK_DGRAM)"),
        call("send-to-address", outside: bad, shows: "sendto"),
    ]

    static let onProcesses: [Attempt] = [
        never("trace-me", "ptrace", outside: .succeeds),
        Attempt(
            name: "trace-other", arguments: [.pid], inside: .endedFor("ptrace"), outside: .succeeds,
            shows: "ptrace("),
        call("signal-other", [.pid], shows: "kill("), call("signal-all", shows: "kill(-1, 0)"),
        path("signal-thread", [.pid], [.EPERM, .ESRCH], shows: nil),
        path("signal-init", [], [.EPERM], outside: .notTried("its parent is the test"), shows: nil),
        call("handle-other", [.pid], shows: "pidfd_open("), never("take-descriptor", "pidfd_getfd", outside: bad),
        Attempt(
            name: "compare", arguments: [.pid], inside: .endedFor("kcmp"),
            outside: .notTried("not in every kernel"), shows: "kcmp("),
        never("read-memory", "process_vm_readv", outside: .succeeds),
        never("write-memory", "process_vm_writev", outside: .succeeds),
        call("fork", shows: "fork"), call("clone", shows: "a new process"), call("vfork", shows: "vfork"),
        path("clone3", [], [.ENOSYS], shows: nil), call("clone-new-user", shows: "a new process"),
        call("fork-bomb", shows: "a new process"), call("execute", shows: "execve(\"/usr/bin/true\")"),
        call("execute-bad", outside: .reaches([.EFAULT]), shows: "execve("),
        call("execute-by-descriptor", shows: "execveat("),
        Attempt(
            name: "execute-again", inside: .with([.EBADF, .EPERM, .EMFILE]), outside: .succeeds, shows: nil),
        call("memory-program", shows: "memfd_create"),
        path("thread-bomb", [], [.EAGAIN, .ENOMEM], shows: nil),
        Attempt(name: "memory-bomb", inside: .byMemoryLimit, outside: .succeeds, shows: nil),
        path("higher-priority", [], [.EPERM, .EACCES], user: rootOnly, shows: nil),
        path("real-time", [], [.EPERM], outside: .notTried("a kernel may keep its groups from it"), shows: nil),
    ]

    static let onTheKernel: [Attempt] = [
        never("unshare-user", "unshare", outside: .succeeds), never("unshare-mounts", "unshare", outside: .succeeds),
        never("enter-namespace", "setns", outside: bad),
        never("change-root", "chroot", outside: bad, user: .reaches([.EFAULT, .EPERM])),
        never("pivot-root", "pivot_root", outside: bad, user: rootOnly),
        never("mount", "mount", outside: bad, user: .reaches([.EFAULT, .EPERM])),
        never("unmount", "umount2", outside: bad, user: .reaches([.EFAULT, .EPERM])),
        never("open-tree", "open_tree", outside: bad),
        never("new-filesystem", "fsopen", outside: bad, user: rootOnly),
        never("bpf", "bpf", outside: .reaches([.EFAULT, .EINVAL, .EPERM])),
        never("keys", "keyctl", outside: .reaches([.ENOKEY])),
        never("add-key", "add_key", outside: bad),
        path("io-uring", [], [.ENOSYS], outside: .reaches([.EFAULT, .EPERM, .ENOSYS]), shows: nil),
        never("io-uring-enter", "io_uring_enter", outside: .reaches([.EBADF, .ENOSYS, .EPERM])),
        never("userfaultfd", "userfaultfd", outside: .notTried("not in every kernel")),
        never("perf", "perf_event_open", outside: .reaches([.EFAULT, .EACCES])),
        never(
            "module", "finit_module", outside: .reaches([.EBADF, .EFAULT, .ENOSYS]), user: .reaches([.EPERM, .ENOSYS])),
        never(
            "kexec", "kexec_file_load", outside: .reaches([.EBADF, .EINVAL, .ENOSYS, .EPERM]),
            user: .reaches([.EPERM, .ENOSYS])),
        never("restart-machine", "reboot", outside: .reaches([.EINVAL]), user: rootOnly),
        never("swap-on", "swapon", outside: .reaches([.EFAULT, .ENOSYS]), user: .reaches([.EPERM, .ENOSYS])),
        never("accounting", "acct", outside: .reaches([.EFAULT, .ENOSYS]), user: .reaches([.EPERM, .ENOSYS])),
        never("quota", "quotactl", outside: .reaches([.EFAULT, .EINVAL, .ENODEV, .ENOSYS])),
        never("set-time", "settimeofday", outside: bad, user: .reaches([.EPERM, .EFAULT])),
        never("set-clock", "clock_settime", outside: bad, user: .reaches([.EPERM, .EFAULT])),
        never("host-name", "sethostname", outside: bad, user: rootOnly),
        never(
            "fanotify", "fanotify_init", outside: .reaches([.EINVAL, .ENOSYS]),
            user: .reaches([.EPERM, .EINVAL, .ENOSYS])),
        never("kernel-log", "syslog", outside: .succeeds, user: .notTried("a setting of the machine")),
        never("io-ports", "ioperm", outside: .notTried("not in every kernel")),
        never("local-descriptors", "modify_ldt", outside: .notTried("not in every kernel")),
        never("personality", "personality", outside: .succeeds), never("own-filter", "seccomp", outside: bad),
        never("splice-memory", "vmsplice", outside: bad),
        never("become-root", "setresuid", outside: .succeeds, user: rootOnly),
        never("drop-groups", "setgroups", outside: .succeeds, user: rootOnly),
        never("take-capabilities", "capset", outside: bad), call("set-owner", shows: "fcntl("),
        call("terminal-input", outside: .reaches([.ENOTTY, .EIO]), shows: "ioctl("),
        call("memory-map-control", outside: .reaches([.EINVAL, .EPERM]), shows: "prctl("),
        call("others-limits", [.pid], outside: bad, shows: "prlimit64("),
        path("more-files", [], [.EPERM], outside: .notTried("the machine's own limit"), shows: nil),
        call("writable-code", shows: "mmap("), call("code-by-protection", shows: "mprotect("),
        call("shared-memory", shows: "mmap("),
        Attempt(name: "other-gate", inside: .bySignal(31), outside: .notTried("not in every kernel"), shows: nil),
    ]

    static let all = onFiles + onSockets + onProcesses + onTheKernel
}

extension Errno {
    static let ENODEV = Errno(rawValue: 19)
    static let ENOTTY = Errno(rawValue: 25)
    static let ENOKEY = Errno(rawValue: 126)
}
