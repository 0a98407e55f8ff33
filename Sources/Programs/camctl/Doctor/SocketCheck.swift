// The two sockets: does camd listen, and who may connect?

import Configuration
import Linux

struct SocketCheck {
    let configuration: Configuration

    func findings() -> [Finding] {
        [
            finding("agents", configuration.agentSocket), finding("administration", configuration.adminSocket),
        ]
    }

    private func finding(_ name: String, _ path: String) -> Finding {
        do throws(Errno) {
            let status = try File.status(path)
            guard status.kind == .socket else {
                return Finding(
                    part: "sockets", name: name, verdict: .bad,
                    detail: "\(path) is no socket; remove it, or set another")
            }
            let mode = "0" + String(status.mode & 0o777, radix: 8)
            let owner = "mode \(mode), user \(status.userID), group \(status.groupID)"
            return try isListening(path)
                ? Finding(part: "sockets", name: name, verdict: .good, detail: "\(path): camd listens; \(owner)")
                : Finding(
                    part: "sockets", name: name, verdict: .fact,
                    detail: "\(path): left behind, nobody listens; camd replaces it")
        } catch {
            guard error == .ENOENT else {
                return Finding(
                    part: "sockets", name: name, verdict: .less, detail: "\(path) cannot be looked at: \(error)")
            }
            return Finding(part: "sockets", name: name, verdict: .fact, detail: "\(path): camd is not running")
        }
    }

    /// Connects and goes away again; camd takes that for a peer that changed its mind.
    private func isListening(_ path: String) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try Socket.connect(unixPath: path, nonBlocking: true)
            return true
        } catch {
            if error == .ECONNREFUSED { return false }
            throw error
        }
    }
}
