// Reads a folder of policies: Rego modules and JSON data, in the order of their names. Tests are left out.

internal import Linux
public import Policy
internal import ProtobufWire

/// What a policies folder holds.
public struct PolicyFolder: Sendable {
    /// Files of one folder.
    public static let filesMax = 1_000
    /// One file: 1 MiB.
    public static let fileBytesMax = 1 << 20
    /// All files together: 16 MiB.
    public static let totalBytesMax = 16 << 20

    /// `*.rego`, sorted by name; `*_test.rego` left out.
    public private(set) var modules: [PolicySource] = []
    /// `*.json`, sorted by name.
    public internal(set) var data: [PolicySource] = []
    /// `*_test.rego`, where they were asked for.
    public private(set) var tests: [PolicySource] = []
    /// What the file of grants is called in errors and reasons, and where it is; nil without a local folder.
    let grants: (name: Text, path: String)?
    private var totalBytes = 0

    /// Reads the folder at `path`. Entries whose names begin with a dot, and those that are neither policy nor data,
    /// are passed over; folders within it are not entered. A source is named by the folder's own name and its file name,
    /// `Policies/cam.rego`: reasons are shown to agents, which need not know where the folder is.
    /// - Parameters:
    ///   - preset: where `path` has a folder `common`, that one and the one of this name are read in its place.
    ///   - local: a folder that is read as well, if it is there: modules and data of this machine, and the grants.
    public init(
        reading path: String, preset: String? = nil, local: String? = nil, withTests: Bool = false
    ) throws(PolicyFolderError) {
        grants = local.map { ("\(PolicyFolder.name(of: $0))/grants.json", $0 + "/grants.json") }
        if let preset, try PolicyFolder.exists(path + "/common") {
            try add(path + "/common", withTests)
            try add("\(path)/\(preset)", withTests)
        } else {
            try add(path, withTests)
        }
        if let local, try PolicyFolder.exists(local) { try add(local, withTests) }
        if modules.isEmpty { throw .empty(path) }
    }

    private mutating func add(_ path: String, _ withTests: Bool) throws(PolicyFolderError) {
        let folderName = PolicyFolder.name(of: path)
        for name in try PolicyFolder.names(in: path) {
            let isTest = name.hasSuffix("_test.rego")
            guard !name.hasPrefix("."), withTests || !isTest, name.hasSuffix(".rego") || name.hasSuffix(".json") else {
                continue
            }
            let source = try PolicyFolder.read(path + "/" + name, as: "\(folderName)/\(name)")
            totalBytes += source.text.utf8.count
            if totalBytes > PolicyFolder.totalBytesMax { throw .tooLarge(path, limit: PolicyFolder.totalBytesMax) }
            if isTest {
                tests.append(source)
            } else if name.hasSuffix(".rego") {
                modules.append(source)
            } else {
                data.append(source)
            }
        }
    }

    private static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? "policies"
    }

    private static func exists(_ path: String) throws(PolicyFolderError) -> Bool {
        do throws(Errno) { return try File.exists(path) } catch { throw .unreadable(path, reason: error.description) }
    }

    private static func names(in path: String) throws(PolicyFolderError) -> [String] {
        let names: [String]
        do throws(Errno) {
            names = try Directory.list(path)
        } catch {
            throw .unreadable(path, reason: error.description)
        }
        if names.count > filesMax { throw .tooMany(path, limit: filesMax) }
        return names
    }

    private static func read(_ file: String, as name: String) throws(PolicyFolderError) -> PolicySource {
        let bytes: [UInt8]
        do throws(Errno) {
            // Opening a pipe would wait for a writer.
            if try File.status(file).kind != .regular { throw Errno.EINVAL }
            bytes = try File.readAll(file, limit: fileBytesMax)
        } catch .EFBIG {
            throw .tooLarge(file, limit: fileBytesMax)
        } catch .EINVAL {
            throw .notAFile(file)
        } catch {
            throw .unreadable(file, reason: error.description)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(file) }
        return PolicySource(name: Text(name), text: text)
    }
}
