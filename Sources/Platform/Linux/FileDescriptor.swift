// A descriptor that somebody owns: closed exactly once, by its owner's end.

internal import Glibc

/// Owns an open descriptor and closes it when it goes away. `rawValue` is lent for calls and for epoll.
public struct FileDescriptor: ~Copyable, Sendable {
    public let rawValue: Int32

    /// Takes ownership of an open descriptor. Nobody else may close the number afterwards.
    @inlinable
    public init(owning rawValue: Int32) {
        precondition(rawValue >= 0, "a descriptor cannot be negative")
        self.rawValue = rawValue
    }

    deinit {
        FileDescriptor.close(rawValue)
    }

    /// Gives ownership to the caller, who has to close the number.
    public consuming func release() -> Int32 {
        let value = rawValue
        discard self
        return value
    }

    /// Closes now rather than at the end of the owner's life.
    public consuming func close() {}

    /// A second descriptor for the same open file; close-on-exec.
    ///
    /// - Throws: `EMFILE`.
    public borrowing func duplicate() throws(Errno) -> FileDescriptor {
        let fd = rawValue
        return FileDescriptor(
            owning: try SystemCall.run("fcntl(F_DUPFD_CLOEXEC)", fd) { fcntl(fd, F_DUPFD_CLOEXEC, 0) })
    }

    /// Closes a number that was released. Linux has freed the number even when close reports an error or an
    /// interruption, so a second close could hit somebody else's descriptor: only a wrong number is a fault.
    public static func close(_ rawValue: Int32) {
        if Glibc.close(rawValue) != 0 && errno == Glibc.EBADF {
            preconditionFailure("close(\(rawValue)) answered EBADF: the descriptor was closed twice")
        }
    }
}
