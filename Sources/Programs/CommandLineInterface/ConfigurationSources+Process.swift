// What the running process contributes to a configuration.

public import Configuration
import Linux

extension ConfigurationSources {
    /// The sources of the running process.
    public static func ofThisProcess(
        configurationFile: String? = nil, assignments: [FlagAssignment] = []
    ) -> ConfigurationSources {
        // A name that stands twice has its first value, as with getenv.
        var environment = Dictionary(ThisProcess.environment().map { ($0.name, $0.value) }) { first, _ in first }
        if environment["HOME"]?.isEmpty ?? true { environment["HOME"] = ThisProcess.homeFolder() }
        return ConfigurationSources(
            environment: environment, executablePath: executablePath(), userID: ThisProcess.userID,
            workingDirectory: workingDirectory(), configurationFile: configurationFile, assignments: assignments)
    }

    /// Without /proc (which camd needs anyway) the name it was called by is the best there is.
    private static func executablePath() -> String {
        do throws(Errno) { return try ThisProcess.executablePath() } catch { return CommandLine.arguments[0] }
    }

    /// A folder that is gone can have no paths in it, so what relative ones are made of does not matter then.
    private static func workingDirectory() -> String {
        do throws(Errno) { return try Directory.current() } catch { return "/" }
    }
}
