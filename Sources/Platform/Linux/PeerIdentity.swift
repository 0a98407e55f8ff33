// Who is at the other end of a Unix socket, as the kernel tells it; never as the peer says.

internal import CLinux
internal import Glibc

/// The peer's process at the time it connected (or made the socket pair).
public struct PeerCredentials: Sendable, Hashable {
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32
}

extension Socket {
    /// `SO_PEERCRED`.
    public static func peerCredentials(_ fd: Int32) throws(Errno) -> PeerCredentials {
        var raw = cam_credentials()
        _ = try SystemCall.run("getsockopt(SO_PEERCRED)", fd) { cam_peer_credentials(fd, &raw) }
        return PeerCredentials(pid: raw.pid, uid: raw.uid, gid: raw.gid)
    }

    /// `SO_PEERGROUPS`: the supplementary groups, ascending as the kernel keeps them.
    public static func peerGroups(_ fd: Int32) throws(Errno) -> [UInt32] {
        var capacity: Int32 = 64
        while true {
            var needed: Int32 = 0
            var groups = [UInt32](repeating: 0, count: Int(capacity))
            do {
                let count = try SystemCall.run("getsockopt(SO_PEERGROUPS)", fd) {
                    cam_peer_groups(fd, &groups, capacity, &needed)
                }
                return Array(groups[..<Int(count)])
            } catch {
                guard error == .ERANGE, needed > capacity else { throw error }
                capacity = needed
            }
        }
    }

    /// A pidfd of the peer's process: `SO_PEERPIDFD`, or where the kernel is older than 6.5 `pidfd_open` of its pid,
    /// which is right as long as the pid was not reused in between: compare the process's start time before and after.
    ///
    /// - Throws: `ESRCH` when the peer has ended, `EINVAL` when it has ended and was reaped.
    public static func peerProcess(_ fd: Int32, credentials: PeerCredentials) throws(Errno) -> FileDescriptor {
        do {
            return FileDescriptor(owning: try SystemCall.run("getsockopt(SO_PEERPIDFD)", fd) { cam_peer_pidfd(fd) })
        } catch {
            guard error == .ENOPROTOOPT else { throw error }
            return try ProcessHandle.open(pid: credentials.pid)
        }
    }
}
