// Where a value came from: every value remembers it, and every error says it.

public import JSON5

public enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    case fallback
    case file(String, DocumentPosition)
    case environment(String)
    /// As it was written: `--state-dir` or `--set`.
    case flag(String)

    public var description: String {
        switch self {
        case .fallback: "default"
        case .file(let path, let position): "file:\(path):\(position.line)"
        case .environment(let name): "env \(name)"
        case .flag(let flag): "flag \(flag)"
        }
    }
}
