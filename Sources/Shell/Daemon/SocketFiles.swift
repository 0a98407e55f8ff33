// The two listening sockets: made so that nobody can connect too early, and so that a crash leaves nothing in the way.

import Linux

enum SocketFiles {
    /// Listens at `path`. A socket that a crashed camd left is removed; one that somebody listens on is not.
    static func listen(_ path: String, mode: UInt32, group: UInt32?) throws(StartError) -> FileDescriptor {
        do {
            try Directory.makeAll(Directory.parent(of: path), mode: 0o700)
            try removeStale(path)
            let socket = try Socket.listen(unixPath: path, mode: group == nil ? mode : 0o600)
            if let group {
                try File.changeOwner(path, group: group)
                try File.changeMode(path, mode)
            }
            return socket
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError("cannot listen at \(path): \(error)")
        }
    }

    private static func removeStale(_ path: String) throws {
        guard try File.exists(path) else { return }
        guard try File.status(path, followingLinks: false).kind == .socket else {
            throw StartError("\(path) exists and is no socket; move it away or set another path")
        }
        guard try isStale(path) else {
            throw StartError("another program listens at \(path); stop it, or set another path")
        }
        try File.unlink(path)
    }

    /// A socket file that nobody listens on.
    private static func isStale(_ path: String) throws(Errno) -> Bool {
        do {
            try Socket.connect(unixPath: path, nonBlocking: true).close()
            return false
        } catch {
            if error == .ECONNREFUSED { return true }
            throw error
        }
    }
}
