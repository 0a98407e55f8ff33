// inotify: tells that something in one of several folders changed, and leaves it to the reader to look what.

internal import Glibc

public enum FolderWatch {
    /// Of the folder itself: that it was removed or that another took its place.
    private static let events =
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
        | IN_ONLYDIR

    /// A new watch over no folder yet, non-blocking. It is readable when something happened; what is read says what.
    public static func make() throws(Errno) -> FileDescriptor {
        FileDescriptor(
            owning: try SystemCall.run("inotify_init1") { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) })
    }

    /// Watches a folder. One that is watched already stays so; another that took its place is watched from now on.
    public static func add(_ path: String, to watch: Int32) throws(Errno) {
        _ = try SystemCall.run("inotify_add_watch", watch) { inotify_add_watch(watch, path, UInt32(events)) }
    }
}
