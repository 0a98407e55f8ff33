// What a dynamically linked driver must be able to read: the system's libraries, and the Swift runtime where it lies
// elsewhere.

public import Linux

public enum RuntimePaths {
    /// The system's own; missing ones are left out by the launcher.
    public static let system = ["/usr", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/localtime"]

    /// The folder from which this very process has its Swift runtime; none when that is linked in or below /usr. Taken
    /// from ourselves and never from a driver's program, which could name any folder.
    public static func swiftRuntime() throws(Errno) -> [String] {
        let bytes = try File.readAll("/proc/self/maps", limit: 8 << 20)
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        where line.hasSuffix("/libswiftCore.so") {
            guard let start = line.firstIndex(of: "/") else { continue }
            let folder = Directory.parent(of: String(line[start...]))
            return folder.hasPrefix("/usr/lib/") ? [] : [folder]
        }
        return []
    }
}
