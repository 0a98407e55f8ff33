// Descriptors that turn something else into readability: a counter, signals, a pipe.

internal import CLinux
internal import Glibc

/// eventfd: a counter that other threads raise.
public enum EventCounter {
    /// A new counter at zero, non-blocking.
    public static func make() throws(Errno) -> FileDescriptor {
        FileDescriptor(owning: try SystemCall.run("eventfd") { cam_eventfd(0, O_CLOEXEC | O_NONBLOCK) })
    }

    /// Adds one. A counter that is full is readable already, which is all that a poster wants.
    public static func post(_ fd: Int32) throws(Errno) {
        var one: UInt64 = 1
        _ = try SystemCall.runOrWouldBlock("write(eventfd)", fd) { Glibc.write(fd, &one, 8) }
    }

    /// Takes the count and sets it to zero; 0 when nobody posted.
    @discardableResult
    public static func take(_ fd: Int32) throws(Errno) -> UInt64 {
        var count: UInt64 = 0
        let result = try SystemCall.runOrWouldBlock("read(eventfd)", fd) { Glibc.read(fd, &count, 8) }
        return result == nil ? 0 : count
    }
}

/// Signals as data. Block them before any thread starts, so that every thread inherits the mask.
public enum Signals {
    public struct Number: Hashable, Sendable, RawRepresentable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let hangUp = Number(rawValue: SIGHUP)
        public static let interrupt = Number(rawValue: SIGINT)
        public static let kill = Number(rawValue: SIGKILL)
        public static let pipe = Number(rawValue: SIGPIPE)
        public static let terminate = Number(rawValue: SIGTERM)
        public static let stop = Number(rawValue: SIGSTOP)
        public static let `continue` = Number(rawValue: SIGCONT)
    }

    /// Blocks signals in the calling thread (and in those that it starts later).
    public static func block(_ signals: [Number]) throws(Errno) {
        _ = try SystemCall.run("pthread_sigmask") { cam_block_signals(mask(signals)) }
    }

    /// Ignores a signal in the whole process: SIGPIPE, for programs that write to pipes.
    public static func ignore(_ signal: Number) throws(Errno) {
        _ = try SystemCall.run("sigaction", signal.rawValue) { cam_ignore_signal(signal.rawValue) }
    }

    /// A non-blocking descriptor that is readable when one of these (blocked) signals waits.
    public static func descriptor(for signals: [Number]) throws(Errno) -> FileDescriptor {
        FileDescriptor(
            owning: try SystemCall.run("signalfd") { cam_signalfd(mask(signals), O_CLOEXEC | O_NONBLOCK) })
    }

    /// The next waiting signal and who sent it (0: the kernel); nil when none waits.
    public static func take(_ fd: Int32) throws(Errno) -> (signal: Number, senderPID: Int32)? {
        var sender: Int32 = 0
        let signal = try SystemCall.run("read(signalfd)", fd) { cam_signalfd_read(fd, &sender) }
        return signal == 0 ? nil : (Number(rawValue: signal), sender)
    }

    private static func mask(_ signals: [Number]) -> UInt64 {
        signals.reduce(0) { $0 | 1 << UInt64($1.rawValue - 1) }
    }
}

public enum Pipe {
    /// A pipe, close-on-exec at both ends.
    public static func make(nonBlocking: Bool = false) throws(Errno) -> Ends {
        var fds: (Int32, Int32) = (-1, -1)
        let flags = O_CLOEXEC | (nonBlocking ? O_NONBLOCK : 0)
        _ = try SystemCall.run("pipe2") {
            withUnsafeMutableBytes(of: &fds) { cam_pipe2($0.bindMemory(to: Int32.self).baseAddress, flags) }
        }
        return Ends(reading: FileDescriptor(owning: fds.0), writing: FileDescriptor(owning: fds.1))
    }

    /// Both ends. Take them apart by consuming.
    public struct Ends: ~Copyable {
        public let reading: FileDescriptor
        public let writing: FileDescriptor

        /// Both raw numbers, owned by the caller from now on.
        public consuming func release() -> (reading: Int32, writing: Int32) {
            (reading.release(), writing.release())
        }
    }
}
