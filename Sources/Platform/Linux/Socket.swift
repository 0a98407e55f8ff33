// Unix stream sockets. Everything is close-on-exec; nothing raises SIGPIPE.

internal import CLinux
internal import Glibc

/// Calls on sockets. Raw descriptor numbers are lent by their owners for the time of the call.
public enum Socket {
    /// Listens at `path`, which must not exist. The file gets exactly `mode`: it is set between bind and listen, so
    /// nobody can connect before.
    ///
    /// - Throws: `EADDRINUSE` when something is at `path`.
    public static func listen(unixPath path: String, mode: UInt32, backlog: Int32 = 512) throws(Errno) -> FileDescriptor
    {
        let socket = try makeUnix(nonBlocking: true)
        let fd = socket.rawValue
        try withShortPath(path) { short throws(Errno) in
            _ = try SystemCall.run("bind", fd) { cam_unix_bind(fd, short, short.utf8.count) }
        }
        try File.changeMode(path, mode)
        _ = try SystemCall.run("listen", fd) { Glibc.listen(fd, backlog) }
        return socket
    }

    /// Connects to a listener. A Unix socket connects at once or waits for room in the backlog; when it may not wait
    /// (`nonBlocking`) a full backlog throws `EAGAIN`.
    ///
    /// - Throws: `ENOENT` when nothing is at `path`, `ECONNREFUSED` when nobody listens there.
    public static func connect(unixPath path: String, nonBlocking: Bool) throws(Errno) -> FileDescriptor {
        let socket = try makeUnix(nonBlocking: nonBlocking)
        let fd = socket.rawValue
        try withShortPath(path) { short throws(Errno) in
            _ = try SystemCall.run("connect", fd) { cam_unix_connect(fd, short, short.utf8.count) }
        }
        return socket
    }

    /// Two connected Unix stream sockets, close-on-exec.
    public static func pair(nonBlocking: Bool = false) throws(Errno) -> Pair {
        var fds: (Int32, Int32) = (-1, -1)
        let type = Int32(SOCK_STREAM.rawValue) | SOCK_CLOEXEC_ | (nonBlocking ? SOCK_NONBLOCK_ : 0)
        _ = try SystemCall.run("socketpair") {
            withUnsafeMutableBytes(of: &fds) {
                socketpair(AF_UNIX, type, 0, $0.bindMemory(to: Int32.self).baseAddress!)
            }
        }
        return Pair(first: FileDescriptor(owning: fds.0), second: FileDescriptor(owning: fds.1))
    }

    public struct Pair: ~Copyable {
        public let first: FileDescriptor
        public let second: FileDescriptor

        /// Both raw numbers, owned by the caller from now on.
        public consuming func release() -> (first: Int32, second: Int32) {
            (first.release(), second.release())
        }
    }

    /// The next waiting connection, non-blocking; nil when none waits or the peer has gone already.
    ///
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`, `ENOBUFS`: the connection stays in the queue.
    public static func accept(_ fd: Int32) throws(Errno) -> FileDescriptor? {
        do {
            let accepted = try SystemCall.runOrWouldBlock("accept4", fd) {
                cam_accept4(fd, SOCK_CLOEXEC_ | SOCK_NONBLOCK_)
            }
            guard let accepted else { return nil }
            return FileDescriptor(owning: accepted)
        } catch {
            if error == .ECONNABORTED { return nil }
            throw error
        }
    }

    /// Sends what fits, first `first`, then `second`, in one call; nil when nothing fits now. Never raises SIGPIPE.
    ///
    /// - Throws: `EPIPE`, `ECONNRESET` when the peer has gone.
    @inline(__always)
    public static func send(
        _ fd: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer = .init(start: nil, count: 0)
    ) throws(Errno) -> Int? {
        try SystemCall.runOrWouldBlock("send", fd) {
            cam_send2(fd, first.baseAddress, first.count, second.baseAddress, second.count)
        }
    }

    // MARK: -

    private static var SOCK_CLOEXEC_: Int32 { O_CLOEXEC }
    private static var SOCK_NONBLOCK_: Int32 { O_NONBLOCK }

    private static func makeUnix(nonBlocking: Bool) throws(Errno) -> FileDescriptor {
        let type = Int32(SOCK_STREAM.rawValue) | SOCK_CLOEXEC_ | (nonBlocking ? SOCK_NONBLOCK_ : 0)
        return FileDescriptor(owning: try SystemCall.run("socket") { socket(AF_UNIX, type, 0) })
    }

    /// An address holds 107 bytes of path. A longer path is reached through a descriptor of its folder.
    private static func withShortPath(_ path: String, _ body: (String) throws(Errno) -> Void) throws(Errno) {
        if path.utf8.count <= cam_unix_path_max() { return try body(path) }
        let folder = try File.open(Directory.parent(of: path), [.path, .directory])
        let name =
            path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
        try body("/proc/self/fd/\(folder.rawValue)/\(name)")
    }
}
