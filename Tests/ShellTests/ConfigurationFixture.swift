// A configuration's sources as a test says them, with files in a folder of the test's own.

import Configuration
import Fixtures
import Linux

extension TemporaryFolder {
    /// Writes a file, and the folder that it is in where its name has one; gives its path.
    func write(_ text: String, to name: String, mode: UInt32 = 0o600) throws -> String {
        if let slash = name.lastIndex(of: "/") { try folder(String(name[..<slash])) }
        return try file(name, text, mode: mode)
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
        userID: userID ?? (file == nil ? 1000 : ThisProcess.userID), workingDirectory: "/some/place",
        configurationFile: file,
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
