// What went wrong between the client and the kernel, as opposed to what the kernel answered.

public import ABI

/// A connection that could not be made or did not last. Descriptions are whole sentences for people.
public enum ConnectionFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nothing listens at the socket path.
    case notRunning(socketPath: String, reason: String)
    /// There is a socket, and this process may not use it or could not.
    case cannotConnect(socketPath: String, reason: String)
    /// The connection ended while this call was under way. Whether it was carried out is not known.
    case lost(during: CallNumber, reason: String)
    /// The connection ended and is not made again, or could not be within the time that the options allow.
    case disconnected(reason: String)
    /// What came over the connection is not CAM's protocol.
    case protocolViolation(String)
    /// This side closed the connection.
    case closed

    public var description: String {
        switch self {
        case .notRunning(let path, let reason):
            "camd is not running: nothing listens at \(path) (\(reason)). Start it with `camd`, or name the socket of one "
                + "that runs in CAM_SOCKET."
        case .cannotConnect(let path, let reason):
            "camd's socket \(path) cannot be used: \(reason)."
        case .lost(let call, let reason):
            "The connection to camd was lost while \(call.name) was under way (\(reason)); whether it was carried out is not "
                + "known. A call with an idempotency key is sent again by itself."
        case .disconnected(let reason):
            "The connection to camd has ended: \(reason)."
        case .protocolViolation(let what):
            "What came from the other end of the socket is not CAM's protocol: \(what)."
        case .closed:
            "The connection to camd was closed by this program."
        }
    }
}
