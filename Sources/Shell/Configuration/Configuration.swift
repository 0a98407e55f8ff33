// The settings of one camd, read once at its start and never changed.

public import Contexts

/// A value for every setting, each with where it came from.
///
/// `configuration.callBurst` is the typed value of the setting that `Settings.callBurst` declares.
@dynamicMemberLookup
public struct Configuration: Sendable {
    /// One setting with its value.
    public struct Entry: Sendable {
        public let declaration: SettingDeclaration
        public let value: SettingValue
        public let origin: SettingOrigin

        /// The value as it may be shown: a password in it is left out.
        public var shownValue: String {
            declaration.isSecret ? PasswordInURL.hidden(value.description) : value.description
        }
    }

    /// In the order of `Settings`.
    public let entries: [Entry]
    /// The file that was read.
    public let file: String?
    /// Plain sentences about what was ignored.
    public let warnings: [String]
    private let indexOfKey: [String: Int]
    private static let settings = Settings()

    init(entries: [Entry], file: String?, warnings: [String]) {
        self.entries = entries
        self.file = file
        self.warnings = warnings
        indexOfKey = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.declaration.key, $0) })
    }

    /// Defaults, then the file, then the environment, then flags; later ones win.
    ///
    /// - Throws: every problem that was found, not only the first.
    public static func load(_ sources: ConfigurationSources) throws(ConfigurationError) -> Configuration {
        var loader = ConfigurationLoader(sources)
        return try loader.load()
    }

    public subscript<Value>(dynamicMember path: KeyPath<Settings, Setting<Value>>) -> Value {
        let entry = entry(path)
        guard let value = Value(entry.value) else {
            preconditionFailure("\(entry.declaration.key) holds \(entry.value), which is no \(Value.self)")
        }
        return value
    }

    /// Where the value of a setting came from.
    public func origin<Value>(_ path: KeyPath<Settings, Setting<Value>>) -> SettingOrigin { entry(path).origin }

    /// The entry of a dotted key.
    public func entry(key: String) -> Entry? { indexOfKey[key].map { entries[$0] } }

    private func entry<Value>(_ path: KeyPath<Settings, Setting<Value>>) -> Entry {
        let key = Self.settings[keyPath: path].declaration.key
        guard let entry = entry(key: key) else { preconditionFailure("\(key) has no value") }
        return entry
    }

    /// Where the memory contexts are kept; nothing where camd is to start a Redis of its own.
    public var memory: MemoryURL? {
        let text = self.memoryURL
        if text.isEmpty { return nil }
        do {
            return try MemoryURL.parse(text, allowPlaintext: self.memoryAllowPlaintext)
        } catch {
            preconditionFailure("memory.url was checked when it was loaded: \(error)")
        }
    }
}

enum PasswordInURL {
    /// The URL without what stands between its scheme and the host.
    static func hidden(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://"), let at = url.lastIndex(of: "@"), scheme.upperBound <= at else {
            return url
        }
        return url[..<scheme.upperBound] + "…" + url[at...]
    }
}
