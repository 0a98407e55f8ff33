// Reads a folder of policies: modules, and JSON documents of data.

public import Linux
public import Policy
import ProtobufWire

/// The sources in a folder, by name.
public struct PolicyFiles: Sendable {
    public static let filesMax = 1_000
    public static let fileBytesMax = 4 << 20
    public static let totalBytesMax = 32 << 20

    /// `*.rego`, without the tests `*_test.rego`.
    public private(set) var modules: [PolicySource] = []
    /// `*.json`
    public private(set) var data: [PolicySource] = []

    /// Reads every policy in `folder` itself, not below it. A folder without a module is an error: it would deny everything.
    public static func read(_ folder: String) throws(PolicyFilesError) -> PolicyFiles {
        var files = PolicyFiles()
        var total = 0
        for name in try names(folder) {
            let path = "\(folder)/\(name)"
            let source = try source(path, total: &total)
            if name.hasSuffix(".json") { files.data.append(source) } else { files.modules.append(source) }
        }
        guard !files.modules.isEmpty else { throw .empty(folder) }
        return files
    }

    private static func names(_ folder: String) throws(PolicyFilesError) -> [String] {
        let all: [String]
        do {
            all = try Directory.list(folder)
        } catch {
            throw .unreadable(folder, error)
        }
        let names = all.filter { name in
            !name.hasPrefix(".")
                && (name.hasSuffix(".json") || (name.hasSuffix(".rego") && !name.hasSuffix("_test.rego")))
        }.sorted()
        guard names.count <= filesMax else { throw .tooMany(folder, names.count) }
        return names
    }

    private static func source(_ path: String, total: inout Int) throws(PolicyFilesError) -> PolicySource {
        let bytes: [UInt8]
        do {
            bytes = try File.readAll(path, limit: fileBytesMax)
        } catch {
            throw .unreadable(path, error)
        }
        total += bytes.count
        guard total <= totalBytesMax else { throw .tooLarge(path) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path) }
        return PolicySource(name: Text(path), text: text)
    }
}

/// A folder of policies that cannot be used.
public enum PolicyFilesError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(String, Errno)
    case empty(String)
    case tooMany(String, Int)
    case tooLarge(String)
    case notText(String)

    public var description: String {
        switch self {
        case .unreadable(let path, let cause): "\(path) cannot be read: \(cause)"
        case .empty(let folder): "\(folder) holds no *.rego file; without a policy everything would be denied"
        case .tooMany(let folder, let count):
            "\(folder) holds \(count) policy files; at most \(PolicyFiles.filesMax) are read"
        case .tooLarge(let path):
            "\(path): the policies together are larger than \(PolicyFiles.totalBytesMax) bytes, which is the limit"
        case .notText(let path): "\(path) is not UTF-8 text"
        }
    }
}
