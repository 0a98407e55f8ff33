// What this process is: ids, environment, limits.

internal import CLinux
internal import Glibc

/// The calling process.
public enum ThisProcess {
    public static var pid: Int32 { getpid() }
    public static var userID: UInt32 { getuid() }
    public static var effectiveUserID: UInt32 { geteuid() }
    public static var groupID: UInt32 { getgid() }

    /// The path of the running program.
    public static func executablePath() throws(Errno) -> String { try File.readLink("/proc/self/exe") }

    /// A variable of the environment; nil when it is not set.
    public static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The whole environment, in the order in which it was passed.
    public static func environment() -> [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        guard var next = cam_environ() else { return [] }
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                all.append((String(text[..<equals]), String(text[text.utf8.index(after: equals)...])))
            }
            next += 1
        }
        return all
    }

    /// The home folder of the user that this process is, from the user database.
    public static func homeFolder() -> String? {
        guard let entry = getpwuid(getuid()), let folder = entry.pointee.pw_dir else { return nil }
        return String(cString: folder)
    }

    /// Whether other processes of the user may look into this one's memory (`PR_SET_DUMPABLE`).
    public static func setDumpable(_ on: Bool) throws(Errno) {
        _ = try SystemCall.run("prctl(PR_SET_DUMPABLE)") { cam_prctl(4, on ? 1 : 0, 0, 0, 0) }
    }

    // MARK: Limits

    public enum Resource: Int32, Sendable {
        case openFiles = 7
    }

    public static func limit(_ resource: Resource) throws(Errno) -> (soft: UInt64, hard: UInt64) {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        _ = try SystemCall.run("getrlimit") { cam_get_resource_limit(resource.rawValue, &soft, &hard) }
        return (soft, hard)
    }

    /// Raises the soft limit of open files to the hard one: a server with many peers needs more than the usual 1,024.
    public static func raiseOpenFileLimit() throws(Errno) {
        let hard = try limit(.openFiles).hard
        _ = try SystemCall.run("setrlimit") { cam_set_resource_limit(Resource.openFiles.rawValue, hard, hard) }
    }

    /// Ends the process at once, without deinitialisers and exit handlers.
    public static func exit(_ code: Int32) -> Never {
        #if DEBUG
        FaultInjection.ended()
        #endif
        Glibc.exit(code)
    }
}

extension ThisProcess {
    /// The id of a group of this machine, nil where there is none of that name.
    public static func groupID(named name: String) throws(Errno) -> UInt32? {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: 65_536)
        let failure = getgrnam_r(name, &entry, &buffer, buffer.count, &found)
        if failure != 0 { throw Errno(rawValue: failure) }
        return found?.pointee.gr_gid
    }
}
