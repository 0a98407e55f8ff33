// Debug builds only: which system call is to fail next, and with what. Linux asks; tests write the plans.

#if DEBUG
/// A plan as a text of words: `call=17` fails the seventeenth call; `only=fsync` counts calls of that name alone;
/// `errno=5` chooses the error, else `call` + `seed` chooses one that the call can have; `trace=1` notes every call.
/// Other words are there to make a text differ from another.
public struct FaultPlan: Sendable {
    /// What is to happen to one call.
    public struct Verdict: Sendable, Equatable {
        /// The error with which it fails, nil where it is made.
        public var error: Int32?
        /// A line for the report: `hit 17 fsync`, `call 16 write`.
        public var note: String?
    }

    public let text: String
    private let call: Int?
    private let seed: Int
    private let error: Int32?
    private let only: Substring?
    private let traces: Bool
    private var count = 0

    public init(_ text: String) {
        let words = text.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1) }
        let fields = Dictionary(words.map { ($0[0], $0[$0.count - 1]) }) { $1 }
        self.text = text
        call = fields["call"].flatMap { Int($0) }
        seed = fields["seed"].flatMap { Int($0) } ?? 0
        error = fields["errno"].flatMap { Int32($0) }
        only = fields["only"]
        traces = fields["trace"] != nil
    }

    /// Whether a call can fail at all while the program is right; one that cannot is not counted.
    public static func canFail(_ name: String) -> Bool { !errors(of: name).isEmpty }

    /// Counts one more call of this name; an empty plan counts none.
    public mutating func count(_ name: String) -> Verdict {
        guard !text.isEmpty, only.map({ $0 == name }) ?? true else { return Verdict() }
        count += 1
        guard count == call else { return Verdict(note: traces ? "call \(count) \(name)" : nil) }
        let errors = Self.errors(of: name)
        return Verdict(error: error ?? errors[(count + seed) % errors.count].rawValue, note: "hit \(count) \(name)")
    }

    private static func errors(of name: String) -> [Number] {
        guard let errors = table[name] else { preconditionFailure("\(name) is in no row of the table of faults") }
        return errors
    }

    /// As on all architectures that this can be built for.
    private enum Number: Int32 {
        case EPERM = 1, ESRCH = 3, EIO = 5, EAGAIN = 11, ENOMEM = 12, EACCES = 13, ENFILE = 23, EMFILE = 24
        case ENOSPC = 28, EPIPE = 32, ENOLCK = 37, ENOSYS = 38, EADDRINUSE = 98, ECONNABORTED = 103
        case ECONNRESET = 104, ENOBUFS = 105, ECONNREFUSED = 111
    }

    private static let rows: [(names: String, errors: [Number])] = [
        ("epoll_create1 eventfd memfd_create opendir pidfd_open pipe2", [.EMFILE, .ENFILE, .ENOMEM]),
        ("signalfd socket socketpair", [.EMFILE, .ENFILE, .ENOMEM]),
        ("openat", [.EMFILE, .EACCES, .EIO, .ENOMEM]),
        ("fcntl(F_DUPFD_CLOEXEC)", [.EMFILE]),
        ("accept4", [.EMFILE, .ECONNABORTED, .ENOMEM]),
        ("bind mkdir mkdtemp rename renameat2", [.ENOSPC, .EACCES, .EIO]),
        ("chmod chown fchmod readlink realpath rmdir unlink unlinkat", [.EACCES, .EIO]),
        ("fallocate fdatasync fsync pwrite write", [.ENOSPC, .EIO]),
        ("fstat fstatat pread read readdir statvfs", [.EIO, .ENOMEM]),
        ("ftruncate", [.EIO]),
        ("flock", [.ENOLCK]),
        ("connect", [.EAGAIN, .ECONNREFUSED, .EACCES]),
        ("listen", [.EADDRINUSE]),
        ("read(non-blocking) recvmsg", [.ECONNRESET, .ENOMEM, .EAGAIN]),
        ("send", [.ECONNRESET, .EPIPE, .EAGAIN, .ENOBUFS]),
        ("getsockopt(SO_PEERPIDFD)", [.ESRCH, .EMFILE]),
        ("getsockopt(SO_PEERCRED) getsockopt(SO_PEERGROUPS) setrlimit fcntl(F_ADD_SEALS)", [.EPERM]),
        ("clone pthread_create", [.EAGAIN, .ENOMEM]),
        ("epoll_ctl(ADD)", [.ENOMEM, .ENOSPC]),
        ("epoll_ctl(MOD) mmap", [.ENOMEM]),
        ("getrandom prctl(PR_SET_DUMPABLE)", [.ENOSYS]),
        ("epoll_ctl(DEL) epoll_wait fcntl flock(LOCK_UN) getrlimit lseek pidfd_send_signal", []),
        ("pthread_sigmask read(eventfd) read(signalfd) sigaction waitid(P_PIDFD) write(eventfd)", []),
    ]

    private static let table = Dictionary(
        uniqueKeysWithValues: rows.flatMap { row in row.names.split(separator: " ").map { (String($0), row.errors) } })
}
#endif
