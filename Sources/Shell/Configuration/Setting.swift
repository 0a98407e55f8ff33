// One setting, declared once: its key, kind, default and meaning. Everything else that knows about settings (the
// file, the environment, the flags, the help, `camctl config show`) is derived from this.

/// What is declared about a setting, whatever its Swift type is.
public struct SettingDeclaration: Sendable {
    /// The dotted key, as it stands in the file and after `--set`.
    public let key: String
    /// The name of a flag of its own, without dashes, where it has one.
    public let flag: String?
    public let environmentName: String
    public let kind: SettingKind
    public let fallback: SettingDefault
    /// One line for the help, without the range and the default.
    public let summary: String
    /// True where the value may hold a password; it is then shown without it.
    public let isSecret: Bool
}

/// The value of a setting that nobody has set.
public enum SettingDefault: Sendable {
    case value(SettingValue)
    /// Depends on the machine or on settings declared before; with a phrase for the help. Nothing where there is no
    /// sensible one, which is then an error.
    case derived(String, @Sendable (DefaultContext) -> String?)

    public var description: String {
        switch self {
        case .value(let value): value.description
        case .derived(let phrase, _): phrase
        }
    }
}

/// What a derived default may look at.
public struct DefaultContext: Sendable {
    public let locations: StandardLocations
    let resolved: [String: SettingValue]

    /// The path that a setting declared earlier has got.
    func path(_ key: String) -> String? {
        resolved[key].flatMap { String($0) }
    }
}

/// A setting whose value is a `Value`.
public struct Setting<Value: SettingRepresentable>: Sendable {
    public let declaration: SettingDeclaration

    private init(
        _ key: String, flag: String?, environment: String? = nil, kind: SettingKind, fallback: SettingDefault,
        isSecret: Bool = false, _ summary: String
    ) {
        let derivedName = "CAM_" + key.uppercased().replacing(".", with: "_")
        declaration = SettingDeclaration(
            key: key, flag: flag, environmentName: environment ?? derivedName, kind: kind, fallback: fallback,
            summary: summary, isSecret: isSecret)
    }
}

extension Setting<String> {
    static func path(
        _ key: String, flag: String? = nil, environment: String? = nil, default phrase: String, _ summary: String,
        _ derive: @escaping @Sendable (DefaultContext) -> String?
    ) -> Self {
        Self(
            key, flag: flag, environment: environment, kind: .path, fallback: .derived(phrase, derive), summary)
    }

    static func text(
        _ key: String, flag: String? = nil, default value: String, isSecret: Bool = false, _ summary: String
    ) -> Self {
        Self(key, flag: flag, kind: .text, fallback: .value(.text(value)), isSecret: isSecret, summary)
    }
}

extension Setting<Int> {
    static func integer(
        _ key: String, _ range: ClosedRange<Int>, unit: String, default value: Int, _ summary: String
    ) -> Self {
        Self(key, flag: nil, kind: .integer(range, unit: unit), fallback: .value(.integer(value)), summary)
    }
}

extension Setting<Double> {
    static func number(
        _ key: String, _ range: ClosedRange<Double>, unit: String, default value: Double, _ summary: String
    ) -> Self {
        Self(key, flag: nil, kind: .number(range, unit: unit), fallback: .value(.number(value)), summary)
    }
}

extension Setting<Bool> {
    static func boolean(_ key: String, default value: Bool, _ summary: String) -> Self {
        Self(key, flag: nil, kind: .boolean, fallback: .value(.boolean(value)), summary)
    }
}

extension Setting<[String]> {
    static func list(_ key: String, of names: [String], default value: [String], _ summary: String) -> Self {
        Self(key, flag: nil, kind: .list(of: names), fallback: .value(.list(value)), summary)
    }
}

extension Setting {
    static func choice(
        _ key: String, flag: String? = nil, of names: [String], default value: String, _ summary: String
    ) -> Self {
        Self(key, flag: flag, kind: .choice(names), fallback: .value(.text(value)), summary)
    }
}

/// Lets the table of settings be walked without knowing each one's type.
protocol DeclaredSetting {
    var declaration: SettingDeclaration { get }
}

extension Setting: DeclaredSetting {}
