// The command-line options that set settings, made from the table, for every program that reads the configuration.

public import Configuration

public enum ConfigurationOptions {
    static let file = Option<String?>.text(
        "config", "FILE", kind: .file, "Read this configuration file; it must exist.")
    static let set = Option<[String]>.texts(
        "set", "KEY=VALUE", "Set any setting; 'camctl config show' lists them.")

    /// All of them: `--config`, `--set`, and one for each setting that has a flag of its own.
    public static let all: [OptionDeclaration] =
        [file.declaration, set.declaration] + Settings.all.compactMap { $0.option }

    /// `--config` and `--set`, and the flags of these settings alone.
    public static func declarations(for keys: [String]) -> [OptionDeclaration] {
        [file.declaration, set.declaration]
            + Settings.all.filter { keys.contains($0.key) }.compactMap { $0.option }
    }

    /// What a command line gave, with everything else from the running process.
    public static func sources(_ invocation: Invocation) -> ConfigurationSources {
        let keys = Dictionary(
            uniqueKeysWithValues: Settings.all.compactMap { declaration in
                declaration.option.map { ($0, declaration.key) }
            })
        let assignments = invocation.given.compactMap { given -> FlagAssignment? in
            if given.option == set.declaration { return .set(given.text) }
            return keys[given.option].map { FlagAssignment(flag: given.option.flag, key: $0, text: given.text) }
        }
        return .ofThisProcess(configurationFile: invocation[file], assignments: assignments)
    }
}

extension SettingDeclaration {
    /// The option of a setting that has one.
    var option: OptionDeclaration? {
        guard let flag else { return nil }
        let (value, placeholder): (ValueKind, String) =
            switch kind {
            case .path: key.hasSuffix(".dir") ? (.folder, "FOLDER") : (.file, "FILE")
            case .choice(let names): (.choice(names), "WORD")
            default: (.text, "TEXT")
            }
        return OptionDeclaration(name: flag, value: value, placeholder: placeholder, summary: summary)
    }
}

extension ConfigurationError: ExitCodeProviding {
    public var exitCode: ExitCode { .usage }
}
