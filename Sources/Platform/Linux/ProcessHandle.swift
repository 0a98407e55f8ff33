// Processes by pidfd: a handle that a reused pid cannot deceive.

internal import CLinux
internal import Glibc

/// How a child ended.
public struct ExitStatus: Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// It ended by itself with this code, 0…255.
        case exited(Int32)
        /// A signal ended it.
        case killed(signal: Int32, dumpedCore: Bool)
    }

    public var reason: Reason

    public var succeeded: Bool { reason == .exited(0) }

    public var description: String {
        switch reason {
        case .exited(let code): return "exited with code \(code)"
        case .killed(let signal, let dumped):
            let name = cam_signal_name(signal).map { "SIG" + String(cString: $0) } ?? "signal \(signal)"
            return "killed by \(name)" + (dumped ? " (core dumped)" : "")
        }
    }
}

/// Calls on pidfds. A pidfd is readable when its process has ended.
public enum ProcessHandle {
    /// A handle of a running process or of a child that was not reaped yet.
    ///
    /// - Throws: `ESRCH` when there is none.
    public static func open(pid: Int32) throws(Errno) -> FileDescriptor {
        FileDescriptor(owning: try SystemCall.run("pidfd_open", pid) { cam_pidfd_open(pid, 0) })
    }

    /// - Throws: `ESRCH` when the process has ended, `EPERM`.
    public static func signal(_ pidfd: Int32, _ signal: Signals.Number) throws(Errno) {
        _ = try SystemCall.run("pidfd_send_signal", pidfd) { cam_pidfd_send_signal(pidfd, signal.rawValue) }
    }

    /// Reaps the child: waits for its end, or with `wait: false` answers nil while it runs.
    ///
    /// - Throws: `ECHILD` when it is no child of this process or was reaped already.
    public static func reap(_ pidfd: Int32, wait: Bool) throws(Errno) -> ExitStatus? {
        var raw = cam_exit()
        _ = try SystemCall.run("waitid(P_PIDFD)", pidfd) { cam_wait_pidfd(pidfd, wait ? 0 : 1, &raw) }
        switch raw.code {
        case 0: return nil
        case 1: return ExitStatus(reason: .exited(raw.status))  // CLD_EXITED
        case 2: return ExitStatus(reason: .killed(signal: raw.status, dumpedCore: false))  // CLD_KILLED
        case 3: return ExitStatus(reason: .killed(signal: raw.status, dumpedCore: true))  // CLD_DUMPED
        default: preconditionFailure("waitid told of no end: code \(raw.code), status \(raw.status)")
        }
    }

    /// When a process started, in clock ticks since boot: with the pid it names one process for the machine's uptime.
    ///
    /// - Throws: `ESRCH` when there is no such process.
    public static func startTime(pid: Int32) throws(Errno) -> UInt64 {
        let text: [UInt8]
        do {
            text = try File.readAll("/proc/\(pid)/stat", limit: 4096)
        } catch {
            throw error == .ENOENT ? .ESRCH : error
        }
        // Field 22. The second field is the program's name in parentheses and may itself hold spaces and parentheses.
        guard let close = text.lastIndex(of: UInt8(ascii: ")")) else { throw Errno.EIO }
        let fields = text[(close + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let ticks = UInt64(String(decoding: fields[19], as: UTF8.self)) else {
            throw Errno.EIO
        }
        return ticks
    }
}
