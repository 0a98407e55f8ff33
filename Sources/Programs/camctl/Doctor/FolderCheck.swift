// Folders that camd needs: are they there, whose are they, who else can get in?

import Linux

struct FolderCheck {
    private let part = "folders"

    /// The state folder holds keys: it must be camd's own and closed to everybody else.
    func state(_ path: String) -> Finding {
        do throws(Errno) {
            let status = try File.status(path)
            let mode = "0" + String(status.mode & 0o7777, radix: 8)
            if status.kind != .directory { return bad("state", "\(path) is no folder; set state.dir") }
            if status.userID != ThisProcess.effectiveUserID {
                return bad("state", "\(path) belongs to user \(status.userID), not to this one")
            }
            if status.mode & 0o077 != 0 {
                return bad("state", "\(path) has mode \(mode), so others can get in; chmod 700 mends that")
            }
            let free = try Directory.freeBytes(at: path)
            return Finding(
                part: part, name: "state", verdict: .good, detail: "\(path), mode \(mode), \(Shown.bytes(free)) free")
        } catch {
            guard error == .ENOENT else { return bad("state", "\(path) cannot be looked at: \(error)") }
            return Finding(part: part, name: "state", verdict: .fact, detail: "\(path) is made at camd's first start")
        }
    }

    /// A folder that camd reads. `describe` names what is in it, or nothing where nothing useful is.
    func readable(_ path: String, _ name: String, key: String, _ describe: ([String]) -> String?) -> Finding {
        do throws(Errno) {
            let names = try Directory.list(path).sorted()
            guard let content = describe(names) else { return bad(name, "\(path) has none in it; see \(key)") }
            let status = try File.status(path)
            if status.mode & 0o002 != 0 { return bad(name, "\(path): everybody may write to it; chmod o-w mends that") }
            return Finding(part: part, name: name, verdict: .good, detail: "\(path): \(content)")
        } catch {
            return bad(name, "\(path) cannot be read: \(error); see \(key)")
        }
    }

    func isFile(_ path: String) -> Bool {
        do throws(Errno) { return try File.status(path).kind == .regular } catch { return false }
    }

    private func bad(_ name: String, _ detail: String) -> Finding {
        Finding(part: part, name: name, verdict: .bad, detail: detail)
    }
}
