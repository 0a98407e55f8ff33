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
    public let modules: [PolicySource]
    /// `*.json`, sorted by name.
    public let data: [PolicySource]

    /// Reads the folder at `path`. Entries whose names begin with a dot, and those that are neither policy nor data,
    /// are passed over; folders within it are not entered. A source is named by the folder's own name and its file name,
    /// `Policies/cam.rego`: reasons are shown to agents, which need not know where the folder is.
    public init(reading path: String) throws(PolicyFolderError) {
        var modules: [PolicySource] = []
        var data: [PolicySource] = []
        var total = 0
        let folderName = path.split(separator: "/").last.map(String.init) ?? "policies"
        for name in try PolicyFolder.names(in: path) {
            let isModule = name.hasSuffix(".rego")
            guard !name.hasPrefix("."), !name.hasSuffix("_test.rego"), isModule || name.hasSuffix(".json") else {
                continue
            }
            let source = try PolicyFolder.read(path + "/" + name, as: "\(folderName)/\(name)")
            total += source.text.utf8.count
            if total > PolicyFolder.totalBytesMax { throw .tooLarge(path, limit: PolicyFolder.totalBytesMax) }
            if isModule { modules.append(source) } else { data.append(source) }
        }
        if modules.isEmpty { throw .empty(path) }
        self.modules = modules
        self.data = data
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
