// Reads a folder of policies: Rego modules and JSON data, in the order of their names. Tests are left out.

internal import Linux
public import Policy
public import ProtobufWire

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
    /// What was read.
    public private(set) var folders: [String]
    /// What the file of grants is called in errors and reasons.
    let grantsName: Text
    private var totalBytes = 0

    /// Reads the folder at `path`. Entries whose names begin with a dot, and those that are neither policy nor data,
    /// are passed over; folders within it are not entered. A source is named by the folder's own name and its file name,
    /// `Policies/cam.rego`: reasons are shown to agents, which need not know where the folder is.
    /// - Parameters:
    ///   - preset: where `path` has a folder `common`, that one and the one of this name are read in its place.
    ///   - local: a folder that is read as well, if it is there: modules and data of this machine, and the grants.
    public init(reading path: String, preset: String = "", local: String = "") throws(PolicyFolderError) {
        folders = [path]
        grantsName = PolicyFolder.name(of: "grants.json", in: local)
        do throws(Errno) {
            if !preset.isEmpty, try File.exists(path + "/common") { folders = ["\(path)/common", "\(path)/\(preset)"] }
            if !local.isEmpty, try File.exists(local) { folders.append(local) }
        } catch {
            throw .unreadable(path, reason: error.description)
        }
        for folder in folders { try read(folder) }
        if modules.isEmpty { throw .empty(path) }
    }

    private mutating func read(_ folder: String) throws(PolicyFolderError) {
        try PolicyFolder.checkOwner(of: folder)
        for name in try PolicyFolder.names(in: folder) {
            let isModule = name.hasSuffix(".rego")
            guard !name.hasPrefix("."), !name.hasSuffix("_test.rego"), isModule || name.hasSuffix(".json") else {
                continue
            }
            try PolicyFolder.checkOwner(of: folder + "/" + name)
            let source = try PolicyFolder.read(folder + "/" + name, as: PolicyFolder.name(of: name, in: folder))
            totalBytes += source.text.utf8.count
            if totalBytes > PolicyFolder.totalBytesMax { throw .tooLarge(folder, limit: PolicyFolder.totalBytesMax) }
            if isModule { modules.append(source) } else { data.append(source) }
        }
    }

    /// Whoever can change a policy decides who may do what.
    private static func checkOwner(of path: String) throws(PolicyFolderError) {
        let status: FileStatus
        do throws(Errno) {
            status = try File.status(path)
        } catch {
            throw .unreadable(path, reason: error.description)
        }
        if status.mode & 0o002 != 0 { throw .unsafe(path, "everybody may write to it; chmod o-w mends that") }
        guard status.userID == 0 || status.userID == ThisProcess.userID else {
            throw .unsafe(
                path, "it belongs to user \(status.userID), who is neither root nor the user who runs this")
        }
    }

    /// The name of a source.
    public static func name(of file: String, in folder: String) -> Text {
        Text("\(folder.split(separator: "/").last ?? "policies")/\(file)")
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

    /// One file, whatever it is called.
    public static func read(_ file: String, as name: Text) throws(PolicyFolderError) -> PolicySource {
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
        return PolicySource(name: name, text: text)
    }
}
