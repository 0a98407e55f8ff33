// Folders: make, list, sync, remove, temporary ones.

internal import Glibc

/// Calls on folders.
public enum Directory {
    /// Makes one folder.
    ///
    /// - Throws: `EEXIST` when something is there already.
    public static func make(_ path: String, mode: UInt32 = 0o700) throws(Errno) {
        _ = try SystemCall.run("mkdir") { mkdir(path, mode) }
    }

    /// Makes a folder and whatever is missing above it; one that is there already stays as it is.
    public static func makeAll(_ path: String, mode: UInt32 = 0o700) throws(Errno) {
        do {
            try make(path, mode: mode)
        } catch {
            if error == .EEXIST, try File.status(path).kind == .directory { return }
            let above = parent(of: path)
            guard error == .ENOENT, above != path else { throw error }
            try makeAll(above, mode: mode)
            do {
                try make(path, mode: mode)
            } catch {
                // Somebody else may have been faster; that it is there is all that was asked for.
                if error != .EEXIST { throw error }
            }
        }
    }

    /// The names in a folder, without `.` and `..`, sorted by their bytes so that no order of the disk shows.
    public static func list(_ path: String) throws(Errno) -> [String] {
        let stream = try pointer("opendir") { opendir(path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = try entry(of: stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// nil at the end, which readdir tells from an error by errno alone.
    private static func entry(of stream: OpaquePointer) throws(Errno) -> UnsafeMutablePointer<dirent>? {
        var entry: UnsafeMutablePointer<dirent>?
        _ = try SystemCall.run("readdir") {
            errno = 0
            entry = readdir(stream)
            return entry == nil && errno != 0 ? -1 : 0
        }
        return entry
    }

    /// A call that answers with a pointer.
    private static func pointer<Value>(_ name: StaticString, _ body: () -> Value?) throws(Errno) -> Value {
        var value: Value?
        _ = try SystemCall.run(name) {
            value = body()
            return value == nil ? -1 : 0
        }
        return value!
    }

    /// Makes names that were created, renamed or removed in a folder durable.
    public static func sync(_ path: String) throws(Errno) {
        let folder = try File.open(path, [.readOnly, .directory])
        try File.fsync(folder.rawValue)
    }

    /// Removes an empty folder.
    public static func remove(_ path: String) throws(Errno) {
        _ = try SystemCall.run("rmdir") { rmdir(path) }
    }

    /// Removes a folder with everything in it; symbolic links are removed, never followed.
    public static func removeAll(_ path: String) throws(Errno) {
        for name in try list(path) {
            let entry = path + "/" + name
            if try File.status(entry, followingLinks: false).kind == .directory {
                try removeAll(entry)
            } else {
                try File.unlink(entry)
            }
        }
        try remove(path)
    }

    /// Makes a new folder (0700) whose name starts with `prefix`, a path, and ends with six random characters.
    public static func makeTemporary(prefix: String) throws(Errno) -> String {
        var template = Array((prefix + "XXXXXX").utf8CString)
        _ = try pointer("mkdtemp") { template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) } }
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// Bytes that an ordinary user may still write to the file system of `path`.
    public static func freeBytes(at path: String) throws(Errno) -> UInt64 {
        var raw = statvfs()
        _ = try SystemCall.run("statvfs") { statvfs(path, &raw) }
        return UInt64(raw.f_bavail) * UInt64(raw.f_frsize)
    }

    /// The folder part of a path: everything before the last slash, `.` when there is none.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path with every symbolic link resolved.
    public static func canonical(_ path: String) throws(Errno) -> String {
        let resolved = try pointer("realpath") { realpath(path, nil) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    public static func current() throws(Errno) -> String { try canonical(".") }
}
