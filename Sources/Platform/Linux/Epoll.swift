// epoll, thin: the reactor above packs what it needs into the 64 bits of user data.

internal import CLinux
internal import Glibc

/// An epoll instance and its buffer of events. Level-triggered.
public struct Epoll: ~Copyable {
    /// What epoll is asked for and what it tells; the kernel's bits.
    public struct Events: OptionSet, Sendable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let readable = Events(rawValue: 0x001)
        public static let writable = Events(rawValue: 0x004)
        public static let error = Events(rawValue: 0x008)
        public static let hangUp = Events(rawValue: 0x010)
    }

    private let descriptor: FileDescriptor
    private let events: UnsafeMutablePointer<epoll_event>
    private let capacity: Int32

    /// - Parameter capacity: events taken in one wait at most.
    public init(capacity: Int32 = 256) throws(Errno) {
        descriptor = FileDescriptor(owning: try SystemCall.run("epoll_create1") { cam_epoll_create1(O_CLOEXEC) })
        events = .allocate(capacity: Int(capacity))
        self.capacity = capacity
    }

    deinit { events.deallocate() }

    public borrowing func add(_ fd: Int32, _ events: Events, data: UInt64) throws(Errno) {
        try control("epoll_ctl(ADD)", 1, fd, events, data)
    }

    public borrowing func modify(_ fd: Int32, _ events: Events, data: UInt64) throws(Errno) {
        try control("epoll_ctl(MOD)", 3, fd, events, data)
    }

    public borrowing func remove(_ fd: Int32) throws(Errno) {
        try control("epoll_ctl(DEL)", 2, fd, [], 0)
    }

    /// Operations as in sys/epoll.h: add 1, delete 2, modify 3.
    private borrowing func control(
        _ name: StaticString, _ operation: Int32, _ fd: Int32, _ events: Events, _ data: UInt64
    ) throws(Errno) {
        let epoll = descriptor.rawValue
        _ = try SystemCall.run(name, fd) { cam_epoll_ctl(epoll, operation, fd, events.rawValue, data) }
    }

    /// Waits at most `timeoutMilliseconds` (-1: for ever) and says how many events `event(_:)` can tell. An interrupted
    /// wait counts as one without events, so that the caller recomputes its time-out.
    public borrowing func wait(timeoutMilliseconds: Int32) throws(Errno) -> Int {
        let epoll = descriptor.rawValue
        let count = SystemCall.attempt("epoll_wait") { cam_epoll_wait(epoll, events, capacity, timeoutMilliseconds) }
        if count >= 0 { return Int(count) }
        let code = errno
        if code == Glibc.EINTR { return 0 }
        precondition(code != Glibc.EBADF && code != Glibc.EFAULT, "epoll_wait answered \(Errno(rawValue: code))")
        throw Errno(rawValue: code)
    }

    /// One event of the last wait.
    @inline(__always)
    public borrowing func event(_ index: Int) -> (events: Events, data: UInt64) {
        let event = events + index
        return (Events(rawValue: event.pointee.events), cam_epoll_data(event))
    }
}
