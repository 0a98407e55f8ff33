// A configuration's sources as a test says them, with files in a folder of the test's own.

import Configuration
import Foundation

/// A folder that is gone when the test is.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array((FileManager.default.temporaryDirectory.path + "/cam-shell-XXXXXX").utf8CString)
        path = try template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, mkdtemp(base) != nil else { throw CocoaError(.fileWriteUnknown) }
            return String(cString: base)
        }
    }

    deinit {
        // What is left behind in a temporary folder harms nobody.
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
        let file = path + "/" + name
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}

/// Sources of an ordinary user on a machine where nothing is configured.
func plainSources(
    _ environment: [String: String] = [:], file: String? = nil, flags: [FlagAssignment] = [], userID: UInt32? = nil
) -> ConfigurationSources {
    var all = ["HOME": "/nonexistent/home", "XDG_RUNTIME_DIR": "/run/user/1000"]
    all.merge(environment) { $1 }
    // Files that tests write belong to whoever runs them.
    return ConfigurationSources(
        environment: all.filter { !$0.value.isEmpty }, executablePath: "/opt/cam/bin/camd",
        userID: userID ?? (file == nil ? 1000 : getuid()), workingDirectory: "/some/place", configurationFile: file,
        assignments: flags)
}

/// The problems that loading reports, one line each; empty where it succeeds.
func problems(_ sources: ConfigurationSources) -> [String] {
    do throws(ConfigurationError) {
        _ = try Configuration.load(sources)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}
