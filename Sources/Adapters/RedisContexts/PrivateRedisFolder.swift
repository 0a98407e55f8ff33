// The folder of camd's own Redis: who may use it, and what of an earlier life may still be running in it.

internal import Linux

/// Holds two locks. `lock` is camd's: a second camd is refused. `server.lock` is shared with redis-server, which
/// inherits its descriptor: as long as any redis-server of this folder lives, whoever started it, the lock is taken,
/// so two never write one file.
final class PrivateRedisFolder {
    let path: String
    let serverLock: Int32
    private let ownLock: Int32

    var socket: String { path + "/redis.sock" }
    var log: String { path + "/redis.log" }
    private var pidFile: String { path + "/server.pid" }

    /// How long a left-over server may take to end by itself: it was sent SIGKILL when its camd died.
    private static let leftOverNanoseconds: UInt64 = 1_000_000_000
    private static let killNanoseconds: UInt64 = 5_000_000_000

    /// Takes the folder over. May wait for a left-over server, 6 s at most: for start-up.
    init(_ path: String) throws(PrivateRedisError) {
        self.path = path
        guard path.utf8.count + "/redis.sock".utf8.count <= PrivateRedis.socketPathBytesMax else {
            throw .longPath(path)
        }
        let own: Int32
        do throws(Errno) {
            try Directory.makeAll(path, mode: 0o700)
            try File.changeMode(path, 0o700)
            own = try File.open(path + "/lock", [.readWrite, .create, .noFollow]).release()
        } catch {
            throw .folder(path, error)
        }
        ownLock = own
        do throws(Errno) {
            serverLock = try File.open(path + "/server.lock", [.readWrite, .create, .noFollow]).release()
        } catch {
            FileDescriptor.close(own)
            throw .folder(path, error)
        }
        guard Self.take(ownLock) else { throw .inUse(path) }
        try endLeftOver()
    }

    deinit {
        FileDescriptor.close(serverLock)
        FileDescriptor.close(ownLock)
    }

    /// Writes down which process is the server, so that a later camd can tell it from a stranger with the same pid.
    func noteServer(pid: Int32) throws(Errno) {
        let start = try ProcessHandle.startTime(pid: pid)
        try File.replace(pidFile, with: Array("\(pid) \(start)\n".utf8))
    }

    func forgetServer() {
        // A note about a process that is gone names nobody: failing to remove it does no harm.
        do throws(Errno) { try File.unlink(pidFile) } catch {}
    }

    /// Keeps the log from growing without end: it is begun anew once it has a mebibyte.
    func openLog() throws(Errno) -> FileDescriptor {
        let log = try File.open(log, [.writeOnly, .create, .append, .noFollow])
        if try File.status(log.rawValue).size > 1 << 20 { try File.ftruncate(log.rawValue, to: 0) }
        return log
    }

    /// The last line that redis-server wrote, for the reason of an exit.
    func lastLogLine() -> String? {
        guard let bytes = contents(of: log, limit: 2 << 20),
            let line = bytes.split(separator: UInt8(ascii: "\n")).last
        else { return nil }
        return String(decoding: line.prefix(300), as: UTF8.self)
    }

    /// nil where it cannot be read: what it would have told is then unknown, and each caller says so.
    private func contents(of path: String, limit: Int) -> [UInt8]? {
        do throws(Errno) { return try File.readAll(path, limit: limit) } catch { return nil }
    }

    private static func take(_ fd: Int32) -> Bool {
        do throws(Errno) { return try File.lock(fd) } catch { return false }
    }

    private func endLeftOver() throws(PrivateRedisError) {
        if waitForServerLock(Self.leftOverNanoseconds) { return }
        // Only a process that was noted, with its time of birth, is ours to end.
        guard let server = notedServer() else { throw .leftOver(path, pid: nil) }
        do throws(Errno) {
            let handle = try ProcessHandle.open(pid: server.pid)
            guard try ProcessHandle.startTime(pid: server.pid) == server.start else {
                throw Errno.ESRCH
            }
            try ProcessHandle.signal(handle.rawValue, .kill)
        } catch {
            throw .leftOver(path, pid: server.pid)
        }
        guard waitForServerLock(Self.killNanoseconds) else { throw .leftOver(path, pid: server.pid) }
    }

    private func waitForServerLock(_ nanoseconds: UInt64) -> Bool {
        let limit = Clock.monotonic() + nanoseconds
        while !Self.take(serverLock) {
            if Clock.monotonic() >= limit { return false }
            Clock.sleep(nanoseconds: 10_000_000)
        }
        return true
    }

    private func notedServer() -> (pid: Int32, start: UInt64)? {
        guard let bytes = contents(of: pidFile, limit: 4096) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard parts.count == 2, let pid = Int32(parts[0]), let start = UInt64(parts[1]) else { return nil }
        return (pid, start)
    }
}
