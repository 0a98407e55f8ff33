// What this machine allows to this user: asked of the launcher, which tries each thing in a child process.

internal import Linux

/// The layers that camd can put around a driver here. Probed once at start; every driver's own report is measured anew.
public struct SandboxCapabilities: Sendable, Equatable {
    public struct Item: Sendable, Equatable {
        public var name: String
        public var allowed: Bool
        public var detail: String
    }

    /// Path of `cam-sandbox`.
    public var launcher: String
    /// Why no driver can be started at all, or nil.
    public var problem: String?
    public var items: [Item]
    public var controlGroups: ControlGroups

    /// Tries everything out. Takes some milliseconds and blocks: for a start, not for the reactor's daily work.
    public static func probe(launcher: String) -> SandboxCapabilities {
        var result = SandboxCapabilities(
            launcher: launcher, problem: problem(of: launcher), items: [], controlGroups: ControlGroups.probe())
        if result.problem != nil { return result }
        do {
            let text = try SpawnPlan.output(of: launcher, ["--probe"])
            result.items = text.split(separator: "\n").compactMap { parse(String($0)) }
            if result.items.isEmpty { result.problem = "\(launcher) --probe told nothing" }
        } catch let error as SpawnError {
            result.problem = error.description
        } catch {
            result.problem = "\(launcher) --probe could not be read: \(error)"
        }
        return result
    }

    public func allows(_ name: String) -> Bool { items.first { $0.name == name }?.allowed ?? false }

    /// The namespaces that can be made, as root or in a user namespace.
    public var namespaces: Set<SandboxNamespace> {
        Set(SandboxNamespace.allCases.filter { allows("\($0.rawValue)_ns") })
    }

    /// Whether camd learns which calls a filter stopped.
    public var reportsAttempts: Bool { allows("seccomp_notify") }

    /// One line a fact, for `camctl doctor`: the name, yes or no, and what follows from it.
    public var lines: [Item] {
        let launcherLine = Item(name: "launcher", allowed: problem == nil, detail: problem ?? launcher)
        return [launcherLine] + items
            + [Item(name: "cgroup", allowed: controlGroups.isUsable, detail: controlGroups.description), conclusion]
    }

    private var conclusion: Item {
        let files = allows("mount_ns") ? "a tree of its own" : allows("landlock") ? "Landlock alone" : "nothing"
        let network = allows("net_ns") ? "a network namespace without links" : "seccomp alone"
        let usable = problem == nil && allows("seccomp") && (allows("mount_ns") || allows("landlock"))
        return Item(
            name: "drivers", allowed: usable,
            detail: usable
                ? "files are kept by \(files), the network by \(network)"
                : "no driver of level runtime is started here: files are kept by \(files)")
    }

    private static func problem(of launcher: String) -> String? {
        do {
            let status = try File.status(launcher)
            if status.kind != .regular { return "\(launcher) is no file" }
            if !File.isExecutable(launcher) { return "\(launcher) cannot be executed" }
            // Whoever can change the launcher is inside every sandbox, and as root outside of all.
            let own = status.userID == 0 || status.userID == ThisProcess.effectiveUserID
            if status.mode & 0o022 != 0 || !own { return "\(launcher) can be changed by other users" }
            return nil
        } catch {
            return "\(launcher) is not there (\(error)); Deploy/build.sh builds it"
        }
    }

    private static func parse(_ line: String) -> Item? {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count >= 2, words[1] == "yes" || words[1] == "no" else { return nil }
        return Item(name: words[0], allowed: words[1] == "yes", detail: words.count > 2 ? words[2] : "")
    }
}
