// The error of every system call of this target: the number that the kernel gave.

internal import CLinux
internal import Glibc

/// A system call's error number. A condition to be handled; numbers that only our own bug can cause trap instead
/// (`SystemCall`).
public struct Errno: Error, Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    public let rawValue: Int32

    @inlinable
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The symbolic name, for example `ENOENT`, or `errno 999` for one that has none.
    public var name: String {
        guard let name = cam_error_name(rawValue) else { return "errno \(rawValue)" }
        return String(cString: name)
    }

    /// The kernel's sentence, in English whatever the locale, for example `No such file or directory`.
    public var text: String {
        guard let text = cam_error_text(rawValue) else { return "unknown error" }
        return String(cString: text)
    }

    /// Whether the machine was short of something or broken rather than the thing absent or forbidden: what was asked may
    /// well be possible a moment later.
    public var isPassing: Bool {
        [Glibc.EAGAIN, Glibc.EIO, Glibc.EMFILE, Glibc.ENFILE, Glibc.ENOMEM, Glibc.ENOSPC].contains(rawValue)
    }

    /// Name and text, for example `ENOENT (No such file or directory)`.
    public var description: String { "\(name) (\(text))" }
}

extension Errno {
    public static let EPERM = Errno(rawValue: Glibc.EPERM)
    public static let ENOENT = Errno(rawValue: Glibc.ENOENT)
    public static let ESRCH = Errno(rawValue: Glibc.ESRCH)
    public static let EIO = Errno(rawValue: Glibc.EIO)
    public static let EBADF = Errno(rawValue: Glibc.EBADF)
    public static let ECHILD = Errno(rawValue: Glibc.ECHILD)
    public static let EAGAIN = Errno(rawValue: Glibc.EAGAIN)
    public static let ENOMEM = Errno(rawValue: Glibc.ENOMEM)
    public static let EACCES = Errno(rawValue: Glibc.EACCES)
    public static let EFAULT = Errno(rawValue: Glibc.EFAULT)
    public static let EEXIST = Errno(rawValue: Glibc.EEXIST)
    public static let EXDEV = Errno(rawValue: Glibc.EXDEV)
    public static let ENOTDIR = Errno(rawValue: Glibc.ENOTDIR)
    public static let EINVAL = Errno(rawValue: Glibc.EINVAL)
    public static let EMFILE = Errno(rawValue: Glibc.EMFILE)
    public static let EFBIG = Errno(rawValue: Glibc.EFBIG)
    public static let ENOSPC = Errno(rawValue: Glibc.ENOSPC)
    public static let EROFS = Errno(rawValue: Glibc.EROFS)
    public static let EPIPE = Errno(rawValue: Glibc.EPIPE)
    public static let ERANGE = Errno(rawValue: Glibc.ERANGE)
    public static let ENOSYS = Errno(rawValue: Glibc.ENOSYS)
    public static let ELOOP = Errno(rawValue: Glibc.ELOOP)
    public static let ENOPROTOOPT = Errno(rawValue: Glibc.ENOPROTOOPT)
    public static let EOPNOTSUPP = Errno(rawValue: Glibc.EOPNOTSUPP)
    public static let EADDRINUSE = Errno(rawValue: Glibc.EADDRINUSE)
    public static let ECONNABORTED = Errno(rawValue: Glibc.ECONNABORTED)
    public static let ECONNRESET = Errno(rawValue: Glibc.ECONNRESET)
    public static let ENOTCONN = Errno(rawValue: Glibc.ENOTCONN)
    public static let ETIMEDOUT = Errno(rawValue: Glibc.ETIMEDOUT)
    public static let ECONNREFUSED = Errno(rawValue: Glibc.ECONNREFUSED)
    public static let EDQUOT = Errno(rawValue: Glibc.EDQUOT)
}
