// The one gate of this target: every system call goes through here, so that interruptions, would-block and errors that
// only our own bug can cause are handled once, and so that a fault can be injected in one place.

internal import Glibc

enum SystemCall {
    /// Runs a call until it is not interrupted. `body` follows libc's convention: -1 and errno on failure.
    ///
    /// - Parameter subject: the descriptor or number that the call is about; printed when the call cannot have failed
    ///   that way (EBADF, EFAULT) unless the program itself is wrong.
    @inline(__always)
    static func run<Value: FixedWidthInteger & SignedInteger>(
        _ name: StaticString, _ subject: Int32 = -1, _ body: () -> Value
    ) throws(Errno) -> Value {
        while true {
            let result = attempt(name, body)
            if result != -1 { return result }
            let code = errno
            if code == Glibc.EINTR { continue }
            try refuse(name, subject, code)
        }
    }

    /// The same for a descriptor that does not block: nil when the call would have to wait.
    @inline(__always)
    static func runOrWouldBlock<Value: FixedWidthInteger & SignedInteger>(
        _ name: StaticString, _ subject: Int32 = -1, _ body: () -> Value
    ) throws(Errno) -> Value? {
        while true {
            let result = attempt(name, body)
            if result != -1 { return result }
            let code = errno
            if code == Glibc.EINTR { continue }
            if code == Glibc.EAGAIN { return nil }
            try refuse(name, subject, code)
        }
    }

    /// Makes a call once; in a debug build a test's plan may have it fail instead.
    @inline(__always)
    static func attempt<Value: FixedWidthInteger & SignedInteger>(_ name: StaticString, _ body: () -> Value) -> Value {
        #if DEBUG
        if FaultInjection.fails(name) { return -1 }
        #endif
        return body()
    }

    /// The slow path, kept out of line so that the callers stay small.
    @inline(never)
    private static func refuse(_ name: StaticString, _ subject: Int32, _ code: Int32) throws(Errno) {
        if code == Glibc.EBADF || code == Glibc.EFAULT {
            preconditionFailure(
                "\(name)(\(subject)) answered \(Errno(rawValue: code)): a descriptor or buffer of ours is wrong")
        }
        throw Errno(rawValue: code)
    }
}
