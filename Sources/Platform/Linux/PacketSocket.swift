// Sockets that keep the bounds of messages (SOCK_SEQPACKET): one message sent is one message received.

internal import CLinux

extension Socket {
    /// Two connected Unix sockets that carry whole messages, close-on-exec. The first does not block.
    public static func packetPair() throws(Errno) -> Pair {
        var fds: (Int32, Int32) = (-1, -1)
        _ = try SystemCall.run("socketpair") {
            withUnsafeMutableBytes(of: &fds) { cam_packet_pair($0.bindMemory(to: Int32.self).baseAddress!) }
        }
        return Pair(first: FileDescriptor(owning: fds.0), second: FileDescriptor(owning: fds.1))
    }
}
