// Control groups: memory and process limits for a whole driver, where this user may make groups. Version 2 with both
// controllers before version 1 before nothing, and it is said which.

public import Linux

/// How control groups can be used here.
public struct ControlGroups: Sendable, Equatable, CustomStringConvertible {
    enum Backend: Sendable, Equatable {
        case none(reason: String)
        /// Folders of our own groups in the two hierarchies.
        case first(memory: String, pids: String)
        case second(folder: String)
    }

    let backend: Backend

    public static let unused = ControlGroups(backend: .none(reason: "not asked for"))

    public var isUsable: Bool {
        if case .none = backend { false } else { true }
    }

    public var description: String {
        switch backend {
        case .none(let reason): "\(reason); rlimits alone bound memory and processes"
        case .first: "version 1: memory, pids"
        case .second: "version 2: memory, pids"
        }
    }

    /// Finds our groups and tries to make one below each.
    ///
    /// - Throws: where the machine had no room for trying.
    public static func probe() throws(Errno) -> ControlGroups {
        do {
            let own = try ownGroups()
            let mounts = try mountPoints()
            if let path = own[""], let mount = mounts[""] {
                let folder = join(mount, path)
                let given = try words(of: folder + "/cgroup.subtree_control")
                if given.contains("memory"), given.contains("pids"), try canMake(below: folder) {
                    return ControlGroups(backend: .second(folder: folder))
                }
            }
            if let memory = own["memory"], let memoryMount = mounts["memory"], let pids = own["pids"],
                let pidsMount = mounts["pids"]
            {
                let folders = (join(memoryMount, memory), join(pidsMount, pids))
                if try canMake(below: folders.0), try canMake(below: folders.1) {
                    return ControlGroups(backend: .first(memory: folders.0, pids: folders.1))
                }
            }
            return ControlGroups(backend: .none(reason: "no memory and pids group can be made by this user"))
        } catch {
            if error.isPassing { throw error }
            return ControlGroups(backend: .none(reason: "control groups cannot be read (\(error))"))
        }
    }

    /// A new group with limits, empty.
    ///
    /// - Throws: what the kernel answered; nothing is left behind then.
    public func make(name: String, memoryBytes: UInt64, processesMax: UInt64) throws(Errno) -> ControlGroup? {
        let group: ControlGroup
        var settings: [(path: String, value: String, optional: Bool)] = []
        switch backend {
        case .none: return nil
        case .first(let memory, let pids):
            let folders = ["\(memory)/\(name)", "\(pids)/\(name)"]
            group = ControlGroup(folders: folders, eventsPath: folders[0] + "/memory.oom_control")
            settings = [
                (folders[0] + "/memory.limit_in_bytes", String(memoryBytes), false),
                (folders[0] + "/memory.memsw.limit_in_bytes", String(memoryBytes), true),
                (folders[1] + "/pids.max", String(processesMax), false),
            ]
        case .second(let folder):
            group = ControlGroup(folders: ["\(folder)/\(name)"], eventsPath: "\(folder)/\(name)/memory.events")
            settings = [
                ("\(folder)/\(name)/memory.max", String(memoryBytes), false),
                ("\(folder)/\(name)/memory.swap.max", "0", true),
                ("\(folder)/\(name)/pids.max", String(processesMax), false),
            ]
        }
        do {
            for folder in group.folders { try Directory.make(folder, mode: 0o755) }
            for setting in settings { try Self.write(setting.value, to: setting.path, optional: setting.optional) }
        } catch {
            _ = group.remove()
            throw error
        }
        return group
    }

    /// Removes groups that a camd which was killed has left behind: those whose name tells of a process that has gone.
    public func removeLeftovers(prefix: String) {
        let parents: [String]
        switch backend {
        case .none: return
        case .first(let memory, let pids): parents = [memory, pids]
        case .second(let folder): parents = [folder]
        }
        for parent in parents {
            guard let names = try? Directory.list(parent) else { continue }
            for name in names where name.hasPrefix(prefix) {
                let owner = name.dropFirst(prefix.count).prefix { $0 != "." }
                guard let pid = Int32(owner), pid != ThisProcess.pid, (try? ProcessHandle.open(pid: pid)) == nil else {
                    continue
                }
                _ = ControlGroup(folders: ["\(parent)/\(name)"], eventsPath: "").remove()
            }
        }
    }

    private static func write(_ value: String, to path: String, optional: Bool) throws(Errno) {
        do {
            let file = try File.open(path, .writeOnly)
            try File.writeAll(file.rawValue, Array(value.utf8))
        } catch {
            if !optional { throw error }
        }
    }

    /// Controller → path of our group; "" is version 2.
    private static func ownGroups() throws(Errno) -> [String: String] {
        let text = String(decoding: try File.readAll("/proc/self/cgroup", limit: 64 << 10), as: UTF8.self)
        var groups: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            for controller in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
                groups[String(controller)] = String(fields[2])
            }
        }
        return groups
    }

    /// Controller → where its hierarchy is mounted; "" is version 2.
    private static func mountPoints() throws(Errno) -> [String: String] {
        let text = String(decoding: try File.readAll("/proc/self/mounts", limit: 4 << 20), as: UTF8.self)
        var points: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count > 3 else { continue }
            if fields[2] == "cgroup2" { points[""] = fields[1] }
            if fields[2] != "cgroup" { continue }
            for option in fields[3].split(separator: ",") { points[String(option)] = fields[1] }
        }
        return points
    }

    private static func words(of path: String) throws(Errno) -> [Substring] {
        String(decoding: try File.readAll(path, limit: 4096), as: UTF8.self).split { $0 == " " || $0 == "\n" }
    }

    private static func join(_ mount: String, _ path: String) -> String { path == "/" ? mount : mount + path }

    private static func canMake(below folder: String) throws(Errno) -> Bool {
        let name = "\(folder)/cam.probe.\(ThisProcess.pid)"
        do {
            try Directory.make(name, mode: 0o755)
            try Directory.remove(name)
            return true
        } catch {
            if error.isPassing { throw error }
            return false
        }
    }
}

/// The groups of one driver.
public struct ControlGroup: Sendable, Equatable, CustomStringConvertible {
    public let folders: [String]
    let eventsPath: String

    /// One folder is version 2, two are the hierarchies of version 1.
    public var description: String { folders.count == 1 ? "version 2" : "version 1" }

    /// What the launcher writes itself into.
    public var processFiles: [String] { folders.map { $0 + "/cgroup.procs" } }

    /// How often the kernel killed something in it for memory.
    public func memoryKills() -> UInt64 {
        guard let bytes = try? File.readAll(eventsPath, limit: 4096) else { return 0 }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "oom_kill" { return UInt64(words[1]) ?? 0 }
        }
        return 0
    }

    /// True when nothing is left; false while something in it still ends.
    public func remove() -> Bool {
        var gone = true
        for folder in folders {
            do {
                try Directory.remove(folder)
            } catch {
                if error != .ENOENT { gone = false }
            }
        }
        return gone
    }
}
