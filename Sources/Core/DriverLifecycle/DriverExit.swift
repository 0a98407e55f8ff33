// How a driver process ended, and how people are told.

/// The end of a driver process, as its init saw it.
public enum DriverExit: Sendable, Equatable, CustomStringConvertible {
    case exited(code: Int32)
    /// Killed by a signal; 31 (SIGSYS) is what seccomp kills with.
    case signalled(Int32)
    /// It made a system call that no driver may ever make; the call was not carried out.
    case forbiddenCall(name: String)
    /// It needed more memory than its manifest allows.
    case outOfMemory(limitBytes: UInt64)
    /// The sandbox could not be put up: the step of the launcher, the errno it got there (0: none), and what it was about.
    case notStarted(step: String, errno: Int32, detail: String)

    /// The signal with which the kernel ends a process whose call a filter forbids.
    public static let seccompSignal: Int32 = 31

    /// Whether trying again would end the same way: the machine cannot give what the manifest requires.
    public var isLasting: Bool {
        if case .notStarted("require", _, _) = self { true } else { false }
    }

    public var description: String {
        switch self {
        case .exited(let code): return "exited with code \(code)"
        case .signalled(Self.seccompSignal): return "stopped by seccomp (signal 31, SIGSYS)"
        case .signalled(let number): return "killed by signal \(number)\(Self.name(of: number))"
        case .forbiddenCall(let name): return "stopped by seccomp: \(name) is never allowed"
        case .outOfMemory(let limitBytes): return "killed: it needed more than its \(limitBytes) bytes of memory"
        case .notStarted(let step, let errno, let detail):
            let what = detail.isEmpty ? "" : " (\(detail))"
            return "not started: sandbox step '\(step)' failed\(what)" + (errno == 0 ? "" : ", errno \(errno)")
        }
    }

    private static func name(of signal: Int32) -> String {
        switch signal {
        case 4: " (SIGILL)"
        case 5: " (SIGTRAP)"
        case 6: " (SIGABRT)"
        case 7: " (SIGBUS)"
        case 8: " (SIGFPE)"
        case 9: " (SIGKILL)"
        case 11: " (SIGSEGV)"
        case 15: " (SIGTERM)"
        case 24: " (SIGXCPU, its CPU time was used up)"
        case 25: " (SIGXFSZ, a file grew too large)"
        default: ""
        }
    }
}
