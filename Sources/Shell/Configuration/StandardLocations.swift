// Where things live by default: the XDG base directories for a user, the usual system folders for root, and the tree
// in which camd is installed.

import Linux

/// The folders that defaults are made from.
public struct StandardLocations: Sendable, Hashable {
    /// The tree camd runs from: `<prefix>/bin/camd`.
    public var prefix: String
    /// Nothing where a user has neither `XDG_STATE_HOME` nor `HOME`.
    public var stateDirectory: String?
    /// Nothing where a user has no `XDG_RUNTIME_DIR`.
    public var runtimeDirectory: String?
    /// Where a configuration file is looked for, best first.
    public var configurationFiles: [String]
    public var redisServer: String

    /// - Parameters:
    ///   - environment: XDG names and `HOME` are read; one that is empty or relative counts as not set, as the XDG
    ///     base directory specification demands.
    ///   - executablePath: this program's file, links resolved.
    ///   - isExecutable: tells whether a path is a program; asked for redis-server in each folder of `PATH`.
    public init(
        environment: [String: String], executablePath: String, userID: UInt32, isExecutable: (String) -> Bool
    ) {
        func folder(_ name: String) -> String? {
            environment[name].flatMap { $0.hasPrefix("/") ? $0.withoutTrailingSlashes : nil }
        }
        let isRoot = userID == 0
        let tree = Directory.parent(of: Directory.parent(of: executablePath))
        prefix = tree == "/" ? "" : tree
        stateDirectory =
            folder("XDG_STATE_HOME").map { $0 + "/cam" }
            ?? (isRoot ? "/var/lib/cam" : folder("HOME").map { $0 + "/.local/state/cam" })
        runtimeDirectory = folder("XDG_RUNTIME_DIR").map { $0 + "/cam" } ?? (isRoot ? "/run/cam" : nil)
        let home = folder("XDG_CONFIG_HOME") ?? (isRoot ? nil : folder("HOME").map { $0 + "/.config" })
        configurationFiles = (home.map { [$0 + "/cam/camd.json5"] } ?? []) + ["/etc/cam/camd.json5"]
        let searched =
            (environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/bin", "/usr/local/bin"]
        redisServer =
            searched.filter { $0.hasPrefix("/") }.map { $0 + "/redis-server" }.first(where: isExecutable)
            ?? "/usr/bin/redis-server"
    }
}

extension String {
    var withoutTrailingSlashes: String {
        var path = self
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// This path as seen from a folder; `~/` is the home folder.
    func absolutePath(from folder: String, home: String?) -> String {
        if hasPrefix("/") { return withoutTrailingSlashes }
        if let home, self == "~" || hasPrefix("~/") { return (home + dropFirst()).withoutTrailingSlashes }
        let relative = hasPrefix("./") ? String(dropFirst(2)) : self
        return (folder == "/" ? "/" + relative : folder + "/" + relative).withoutTrailingSlashes
    }
}
