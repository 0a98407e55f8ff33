// How the core reaches the kernel.

internal import Linux

/// Where the frames go.
enum Transport: Sendable {
    /// A listening socket; connected to again when the connection breaks.
    case path(String)
    /// A connected socket that was inherited. It is owned from here on, and when it ends, everything does.
    case inherited(Int32)

    var canReconnect: Bool {
        if case .path = self { return true }
        return false
    }
}

/// Why a connection could not be opened, and whether it may work a moment later.
struct OpenFailure: Error {
    var failure: ConnectionFailure
    var isTransient: Bool
}

extension Transport {
    /// A connected, non-blocking socket.
    func open() throws(OpenFailure) -> FileDescriptor {
        switch self {
        case .inherited(let number): return FileDescriptor(owning: number)
        case .path(let path):
            do {
                return try Socket.connect(unixPath: path, nonBlocking: true)
            } catch {
                throw Self.failure(error, path)
            }
        }
    }

    private static func failure(_ error: Errno, _ path: String) -> OpenFailure {
        switch error {
        case .ENOENT, .ECONNREFUSED, .ENOTDIR:
            OpenFailure(failure: .notRunning(socketPath: path, reason: "\(error)"), isTransient: true)
        case .EAGAIN:
            OpenFailure(
                failure: .cannotConnect(socketPath: path, reason: "camd has more connections waiting than it takes"),
                isTransient: true)
        case .EACCES, .EPERM:
            OpenFailure(
                failure: .cannotConnect(
                    socketPath: path, reason: "this user may not open it (\(error)); camd's group may help"),
                isTransient: false)
        default:
            OpenFailure(failure: .cannotConnect(socketPath: path, reason: "\(error)"), isTransient: false)
        }
    }
}
