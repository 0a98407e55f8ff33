// What can be wrong with a configuration. All problems are found before any is reported.

public import Contexts
public import JSON5
import Wording

/// One thing that is wrong, in terms of what the user wrote.
public enum ConfigurationProblem: Error, Sendable, Equatable {
    case unreadableFile(String, String)
    /// The file could be changed by somebody who is neither root nor the user who runs this.
    case unsafeFile(String, String)
    case malformedFile(String, JSON5Error)
    case unknownKey(String, SettingOrigin)
    case badValue(key: String, value: String, expected: String, SettingOrigin)
    /// A `--set` without an equals sign.
    case malformedFlag(String)
    case noDefault(key: String, String)
    case badMemoryURL(MemoryURLError, SettingOrigin)
    /// Settings that are fine alone and not together.
    case conflict(key: String, value: String, String, SettingOrigin)
}

extension ConfigurationProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadableFile(let path, let why): "\(path): cannot be read: \(why)"
        case .unsafeFile(let path, let why): "\(path): not used, because \(why)"
        case .malformedFile(let path, let error): "\(path):\(error.position): \(error.problem)"
        case .unknownKey(let key, let origin):
            "\(origin.prefix)there is no setting '\(key)'" + Self.suggestion(for: key)
        case .badValue(let key, let value, let expected, let origin):
            "\(origin.prefix)\(key) is \(value); expected \(expected)"
        case .malformedFlag(let text): "--set \(text): expected key=value"
        case .noDefault(let key, let why): "\(key) has no default here, because \(why); set it"
        case .badMemoryURL(let error, let origin): "\(origin.prefix)\(error)"
        case .conflict(let key, let value, let why, let origin): "\(origin.prefix)\(key) is \(value), but \(why)"
        }
    }

    private static func suggestion(for key: String) -> String {
        NearestName.of(key, among: Settings.all.map(\.key)).map { "; did you mean '\($0)'?" }
            ?? "; 'camctl config show' lists them"
    }
}

extension SettingOrigin {
    /// The place as a compiler would print it in front of a message.
    fileprivate var prefix: String {
        switch self {
        case .fallback: ""
        case .file(let path, let position): "\(path):\(position): "
        case .environment(let name): "\(name): "
        case .flag(let flag): "\(flag): "
        }
    }
}

/// Everything that is wrong with a configuration; never empty.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let problems: [ConfigurationProblem]

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
