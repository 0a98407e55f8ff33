// Finds and reads the configuration file and flattens its objects into dotted keys.

import JSON5
import Linux

struct ConfigurationFile {
    /// One value of the file under its dotted key.
    struct Entry {
        var key: String
        var value: JSON5Value
        var position: DocumentPosition
    }

    let path: String
    let entries: [Entry]

    /// Bytes beyond which a file is refused rather than read.
    static let bytesMax = 1 << 20

    /// The file to read, and whether it may be missing.
    static func choose(_ sources: ConfigurationSources) -> (path: String, mustExist: Bool)? {
        let named = sources.configurationFile ?? sources.environment["CAM_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if let named {
            return (named.absolutePath(from: sources.workingDirectory, home: sources.home), true)
        }
        return sources.locations.configurationFiles
            .first { path in
                // One that cannot even be looked at is chosen too: reading it then says why.
                do throws(Errno) { return try File.exists(path) } catch { return true }
            }
            .map { ($0, false) }
    }

    init(reading path: String, userID: UInt32, keys: Set<String>) throws(ConfigurationProblem) {
        self.path = path
        guard let text = String(validating: try Self.read(path, userID: userID), as: UTF8.self) else {
            throw .unreadableFile(path, "it is not UTF-8")
        }
        do throws(JSON5Error) {
            guard case .object(let members) = try JSON5Value(json5: text) else {
                throw JSON5Error(position: .init(line: 1, column: 1), problem: "expected an object: { … }")
            }
            entries = Self.flattened(members, under: "", keys: keys)
        } catch {
            throw .malformedFile(path, error)
        }
    }

    private static func read(_ path: String, userID: UInt32) throws(ConfigurationProblem) -> [UInt8] {
        let danger: ConfigurationProblem?
        do throws(Errno) {
            // Without waiting: a pipe is refused, not listened to. What is checked is what is read.
            let file = try File.open(path, [.readOnly, .nonBlocking])
            danger = Self.danger(of: try File.status(file.rawValue), at: path, userID: userID)
            if danger == nil { return try File.readAll(file.rawValue, limit: bytesMax) }
        } catch {
            switch error {
            case .ENOENT: throw .unreadableFile(path, "there is no such file")
            case .EFBIG: throw .unreadableFile(path, "it is larger than 1 MiB")
            default: throw .unreadableFile(path, error.description)
            }
        }
        throw danger ?? .unreadableFile(path, "nothing was read")
    }

    /// Whoever can change the file decides which programs camd runs.
    private static func danger(of file: FileStatus, at path: String, userID: UInt32) -> ConfigurationProblem? {
        if file.kind != .regular { return .unreadableFile(path, "it is not a regular file") }
        if file.mode & 0o002 != 0 { return .unsafeFile(path, "everybody may write to it; chmod o-w mends that") }
        if file.userID != 0, file.userID != userID {
            return .unsafeFile(
                path, "it belongs to user \(file.userID), who is neither root nor the user who runs this")
        }
        return nil
    }

    /// `{limits: {burst: 5}}` and `{"limits.burst": 5}` are the same.
    private static func flattened(_ members: [JSON5Member], under prefix: String, keys: Set<String>) -> [Entry] {
        members.flatMap { member in
            let key = prefix + member.name
            if case .object(let inner) = member.value, !keys.contains(key), !inner.isEmpty {
                return flattened(inner, under: key + ".", keys: keys)
            }
            return [Entry(key: key, value: member.value, position: member.position)]
        }
    }
}
