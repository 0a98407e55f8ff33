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
    ///
    /// - Throws: `Errno`, `SpawnError` where the machine had no room for trying: nothing is known then.
    public static func probe(launcher: String) throws -> SandboxCapabilities {
        var result = SandboxCapabilities(
            launcher: launcher, problem: try problem(of: launcher), items: [], controlGroups: try ControlGroups.probe())
        if result.problem != nil { return result }
        do {
            let text = try SpawnPlan.output(of: launcher, ["--probe"])
            result.items = text.split(separator: "\n").compactMap { parse(String($0)) }
            if result.items.isEmpty { result.problem = "\(launcher) --probe told nothing" }
        } catch let error as SpawnError where !error.cause.isPassing {
            result.problem = error.description
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

    private static func problem(of launcher: String) throws(Errno) -> String? {
        do {
            let status = try File.status(launcher)
            if status.kind != .regular { return "\(launcher) is no file" }
            if !File.isExecutable(launcher) { return "\(launcher) cannot be executed" }
            // Whoever can change the launcher is inside every sandbox, and as root outside of all.
            let own = status.userID == 0 || status.userID == ThisProcess.effectiveUserID
            if status.mode & 0o022 != 0 || !own { return "\(launcher) can be changed by other users" }
            return nil
        } catch {
            if error.isPassing { throw error }
            return "\(launcher) is not there (\(error)); Deploy/build.sh builds it"
        }
    }

    private static func parse(_ line: String) -> Item? {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count >= 2, words[1] == "yes" || words[1] == "no" else { return nil }
        return Item(name: words[0], allowed: words[1] == "yes", detail: words.count > 2 ? words[2] : "")
    }
}
