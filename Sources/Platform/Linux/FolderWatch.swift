// inotify: tells that something in one of several folders changed, and leaves it to the reader to look what.

internal import Glibc

/// Becomes readable when a file in a watched folder is written, moved or removed, or the folder itself is.
public struct FolderWatch: ~Copyable {
    private let inotify: FileDescriptor

    public init() throws(Errno) {
        inotify = FileDescriptor(
            owning: try SystemCall.run("inotify_init1") {
                inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
            })
    }

    /// The descriptor to wait on; it stays this watch's own.
    public var rawValue: Int32 { inotify.rawValue }

    /// Watches a folder. One that is watched already stays so; another folder in its place is watched from now on.
    public func add(_ path: String) throws(Errno) {
        let events =
            IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF
            | IN_MOVE_SELF
        _ = try SystemCall.run("inotify_add_watch", inotify.rawValue) {
            inotify_add_watch(inotify.rawValue, path, UInt32(events) | UInt32(IN_ONLYDIR))
        }
    }

    /// Takes what there is to read. False where nothing had happened.
    public func drain() throws(Errno) -> Bool {
        try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer throws(Errno) -> Bool in
            var happened = false
            while let count = try SystemCall.runOrWouldBlock(
                "read(inotify)", inotify.rawValue, { Glibc.read(inotify.rawValue, buffer.baseAddress, buffer.count) }),
                count > 0
            {
                happened = true
            }
            return happened
        }
    }
}
