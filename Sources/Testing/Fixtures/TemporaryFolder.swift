// A folder of its own for one test.

public import Linux

/// A new folder (0700) that is removed, with everything in it, when nobody holds it any more.
public final class TemporaryFolder: Sendable {
    public let path: String

    /// Below `$TMPDIR` or `/tmp`, so short that sockets fit into it.
    public init(_ purpose: String = "test") throws(Errno) {
        let base = ThisProcess.environment("TMPDIR").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        path = try Directory.makeTemporary(prefix: "\(base)/cam-\(purpose)-")
    }

    deinit {
        do {
            try Directory.removeAll(path)
        } catch {
            // A process that still runs may write into it; the system's own cleaning of /tmp takes the rest.
        }
    }

    /// The path of `name` in the folder.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a folder in it and returns its path.
    @discardableResult
    public func folder(_ name: String, mode: UInt32 = 0o700) throws(Errno) -> String {
        try Directory.makeAll(path(name), mode: mode)
        return path(name)
    }

    /// Writes a file in it and returns its path.
    @discardableResult
    public func file(_ name: String, _ content: String, mode: UInt32 = 0o600) throws(Errno) -> String {
        try File.replace(path(name), with: Array(content.utf8), mode: mode)
        return path(name)
    }
}
