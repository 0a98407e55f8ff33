// Puts a configuration together: each source may set a key, later sources win, and all problems are kept until the end.

import Contexts
import JSON5
import Linux
import Wording

struct ConfigurationLoader {
    /// A value that some source gave; nothing where it was refused, which is then among the problems.
    private struct Given {
        var value: SettingValue?
        var origin: SettingOrigin
    }

    private let sources: ConfigurationSources
    private let declarations: [String: SettingDeclaration]
    private var given: [String: Given] = [:]
    private var problems: [ConfigurationProblem] = []
    private var warnings: [String] = []

    init(_ sources: ConfigurationSources) {
        self.sources = sources
        declarations = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.key, $0) })
    }

    mutating func load() throws(ConfigurationError) -> Configuration {
        let file = readFile()
        readEnvironment()
        readFlags()
        let entries = resolve()
        if problems.isEmpty { problems = SettingConflicts.find(in: entries) }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        warnAboutLongSockets(entries)
        return Configuration(entries: entries, file: file, warnings: warnings)
    }

    // MARK: Sources, weakest first

    private mutating func readFile() -> String? {
        guard let (path, _) = ConfigurationFile.choose(sources) else { return nil }
        do throws(ConfigurationProblem) {
            let file = try ConfigurationFile(reading: path, userID: sources.userID, keys: Set(declarations.keys))
            for entry in file.entries {
                let origin = SettingOrigin.file(path, entry.position)
                set(entry.key, origin, shown: entry.value.shown, folder: Directory.parent(of: path)) {
                    $0.value(from: entry.value)
                }
            }
        } catch {
            problems.append(error)
        }
        return path
    }

    private mutating func readEnvironment() {
        // An empty value counts as not set, as with the XDG names.
        for declaration in Settings.all {
            guard let text = sources.environment[declaration.environmentName], !text.isEmpty else { continue }
            set(
                declaration.key, .environment(declaration.environmentName), shown: "'\(text)'",
                folder: sources.workingDirectory
            ) { $0.value(from: text) }
        }
        warnAboutNearMisses()
    }

    /// Other programs may own names that begin with CAM_, so an unknown one is no error; one that is almost a
    /// setting is worth a word.
    private mutating func warnAboutNearMisses() {
        let names = Settings.all.map(\.environmentName) + ["CAM_CONFIG"]
        for name in sources.environment.keys.sorted() where name.hasPrefix("CAM_") && !names.contains(name) {
            guard let nearest = NearestName.of(name, among: names, mistakesMax: 2) else { continue }
            warnings.append("\(name) in the environment is no setting; did you mean \(nearest)?")
        }
    }

    /// CAM's own programs reach a longer path through its folder; others mostly cannot.
    private mutating func warnAboutLongSockets(_ entries: [Configuration.Entry]) {
        for entry in entries where ["socket.agent", "socket.admin"].contains(entry.declaration.key) {
            guard entry.value.description.utf8.count > MemoryURL.socketPathBytesMax else { continue }
            warnings.append(
                "\(entry.declaration.key) is longer than the \(MemoryURL.socketPathBytesMax) bytes of a socket's address; "
                    + "programs without CAM's client may be unable to connect")
        }
    }

    private mutating func readFlags() {
        for assignment in sources.assignments {
            var key = assignment.key
            var text = assignment.text[...]
            if key == nil {
                guard let equals = text.firstIndex(of: "=") else {
                    problems.append(.malformedFlag(assignment.text))
                    continue
                }
                key = String(text[..<equals])
                text = text[text.index(after: equals)...]
            }
            set(key ?? "", .flag(assignment.flag), shown: "'\(text)'", folder: sources.workingDirectory) {
                $0.value(from: String(text))
            }
        }
    }

    private mutating func set(
        _ key: String, _ origin: SettingOrigin, shown: String, folder: String,
        _ read: (SettingKind) -> SettingValue?
    ) {
        guard let declaration = declarations[key] else {
            problems.append(.unknownKey(key, origin))
            return
        }
        var value = read(declaration.kind)
        if case .path = declaration.kind, case .text(let path) = value {
            value = .text(path.absolutePath(from: folder, home: sources.home))
        }
        if value == nil {
            problems.append(.badValue(key: key, value: shown, expected: declaration.kind.expected, origin))
        }
        given[key] = Given(value: value, origin: origin)
    }

    // MARK: Defaults

    private mutating func resolve() -> [Configuration.Entry] {
        let locations = sources.locations
        var resolved: [String: SettingValue] = [:]
        var entries: [Configuration.Entry] = []
        for declaration in Settings.all {
            let given = given[declaration.key]
            if let given, given.value == nil { continue }
            let context = DefaultContext(locations: locations, resolved: resolved)
            guard let value = given?.value ?? fallback(of: declaration, context) else { continue }
            resolved[declaration.key] = value
            entries.append(.init(declaration: declaration, value: value, origin: given?.origin ?? .fallback))
        }
        return entries
    }

    private mutating func fallback(of declaration: SettingDeclaration, _ context: DefaultContext) -> SettingValue? {
        switch declaration.fallback {
        case .value(let value): return value
        case .derived(_, let derive):
            if let path = derive(context) { return .text(path) }
            if declaration.key == Settings.rootKey {
                problems.append(.noDefault(key: declaration.key, "neither XDG_STATE_HOME nor HOME is set"))
            }
            return nil
        }
    }
}

extension Settings {
    /// The one setting whose default may be missing; what is derived from it is missing with it.
    static let rootKey = "state.dir"
}

extension JSON5Value {
    /// As an error shows it, short.
    fileprivate var shown: String {
        switch self {
        case .boolean(let boolean): String(boolean)
        case .integer(let integer): String(integer)
        case .number(let number): String(number)
        case .text(let text): "'\(text)'"
        case .null, .array, .object: kind
        }
    }
}
