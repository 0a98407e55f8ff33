// What a configuration is made from, as a value, so that a test can say it instead of changing the process.

import Linux

/// A setting given as a flag.
public struct FlagAssignment: Sendable, Hashable {
    /// As it was written: `--set` or, for example, `--state-dir`.
    public var flag: String
    /// The key; nothing for a `--set`, whose text is `key=value`.
    public var key: String?
    public var text: String

    public init(flag: String, key: String?, text: String) {
        self.flag = flag
        self.key = key
        self.text = text
    }

    /// A `--set key=value`.
    public static func set(_ text: String) -> FlagAssignment { FlagAssignment(flag: "--set", key: nil, text: text) }
}

/// The inputs of `Configuration.load`.
public struct ConfigurationSources: Sendable {
    public var environment: [String: String]
    /// This program's file, links resolved.
    public var executablePath: String
    public var userID: UInt32
    public var workingDirectory: String
    /// From `--config`; it must exist. Otherwise `CAM_CONFIG`, which must exist too, then the standard places.
    public var configurationFile: String?
    /// In the order of the command line; of two for one key the later counts.
    public var assignments: [FlagAssignment]

    public init(
        environment: [String: String], executablePath: String, userID: UInt32, workingDirectory: String,
        configurationFile: String? = nil, assignments: [FlagAssignment] = []
    ) {
        self.environment = environment
        self.executablePath = executablePath
        self.userID = userID
        self.workingDirectory = workingDirectory
        self.configurationFile = configurationFile
        self.assignments = assignments
    }

    var locations: StandardLocations {
        StandardLocations(
            environment: environment, executablePath: executablePath, userID: userID,
            isExecutable: File.isExecutable)
    }

    var home: String? { environment["HOME"].flatMap { $0.hasPrefix("/") ? $0.withoutTrailingSlashes : nil } }
}
