// Descriptors that travel with bytes over a Unix socket (SCM_RIGHTS).

internal import CLinux
internal import Glibc

extension Socket {
    /// Receives bytes and up to `limit` (at most 64) descriptors, owned by the caller; more than that are closed. Nil
    /// when nothing is there; a count of 0 is the end.
    public static func receive(
        _ fd: Int32, into buffer: UnsafeMutableRawBufferPointer, descriptorLimit limit: Int
    ) throws(Errno) -> (count: Int, descriptors: [Int32])? {
        var fds = [Int32](repeating: -1, count: limit)
        var received: Int32 = 0
        let count = try SystemCall.runOrWouldBlock("recvmsg", fd) {
            fds.withUnsafeMutableBufferPointer {
                cam_receive_with_fds(
                    fd, buffer.baseAddress, buffer.count, $0.baseAddress, Int32(limit), &received)
            }
        }
        guard let count else { return nil }
        return (count, Array(fds[..<Int(received)]))
    }
}
