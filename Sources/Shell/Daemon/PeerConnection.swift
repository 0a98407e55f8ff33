// One peer's connection as the shell sees it: bytes, frames, time-outs and what it owes to read.

import Framing
import Kernel
import Reactor

final class PeerConnection {
    let id: ConnectionID
    let stream: StreamConnection
    /// Registered peers may send large frames.
    var isRegistered = false
    /// When the frame that is not finished began, in monotonic nanoseconds; 0 with none.
    var unfinishedSince: UInt64 = 0
    var unfinishedBytes = 0
    /// The latest record that something held back for this peer waits for: a close must not overtake it.
    var heldUntil: UInt64 = 0
    /// Credit that is not given while the peer does not read what it is owed.
    var withheldCredit: UInt32 = 0
    let connectedAt: UInt64
    /// Its process was started by camd, and its start has a time limit of its own.
    let isDriver: Bool

    init(id: ConnectionID, stream: StreamConnection, connectedAt: UInt64, isDriver: Bool) {
        self.id = id
        self.stream = stream
        self.connectedAt = connectedAt
        self.isDriver = isDriver
    }

    func limits(_ payloadBytesMax: Int) -> FrameLimits {
        isRegistered ? FrameLimits(payloadBytesMax: payloadBytesMax) : .unregistered
    }
}
