// Finds and reads the configuration file and flattens its objects into dotted keys.

import Foundation

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
            .first { FileManager.default.fileExists(atPath: $0) }
            .map { ($0, false) }
    }

    init(reading path: String, userID: UInt32, keys: Set<String>) throws(ConfigurationProblem) {
        self.path = path
        try Self.checkOwnership(path, userID: userID)
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .unreadableFile(path, (error as NSError).plainReason)
        }
        guard data.count <= Self.bytesMax else { throw .unreadableFile(path, "it is larger than 1 MiB") }
        guard let text = String(validating: data, as: UTF8.self) else { throw .unreadableFile(path, "it is not UTF-8") }
        do throws(JSON5Error) {
            guard case .object(let members) = try JSON5Value(json5: text) else {
                throw JSON5Error(position: .init(line: 1, column: 1), problem: "expected an object: { … }")
            }
            entries = Self.flattened(members, under: "", keys: keys)
        } catch {
            throw .malformedFile(path, error)
        }
    }

    /// Whoever can change the file decides which programs camd runs.
    private static func checkOwnership(_ path: String, userID: UInt32) throws(ConfigurationProblem) {
        let attributes: [FileAttributeKey: Any]
        do {
            let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            attributes = try FileManager.default.attributesOfItem(atPath: resolved)
        } catch {
            throw .unreadableFile(path, (error as NSError).plainReason)
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw .unreadableFile(path, "it is not a regular file")
        }
        if let mode = attributes[.posixPermissions] as? NSNumber, mode.uint32Value & 0o002 != 0 {
            throw .unsafeFile(path, "everybody may write to it; chmod o-w mends that")
        }
        if let owner = attributes[.ownerAccountID] as? NSNumber, ![0, userID].contains(owner.uint32Value) {
            throw .unsafeFile(path, "it belongs to user \(owner), who is neither root nor the user who runs this")
        }
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

extension NSError {
    /// Why, without Foundation's sentence around it.
    fileprivate var plainReason: String {
        switch CocoaError.Code(rawValue: code) {
        case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "permission is denied"
        default: localizedDescription
        }
    }
}
