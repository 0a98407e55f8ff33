// The plain values that settings have, and how Swift types are made from them.

/// A setting's value as a plain value, before it becomes a Swift type.
public enum SettingValue: Sendable, Hashable {
    case text(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case list([String])
}

extension SettingValue: CustomStringConvertible {
    /// As it would stand in an environment variable or after `--set key=`.
    public var description: String {
        switch self {
        case .text(let text): text
        case .integer(let integer): String(integer)
        case .number(let number): String(number)
        case .boolean(let boolean): String(boolean)
        case .list(let elements): elements.joined(separator: ",")
        }
    }
}

/// A Swift type that a setting may have. The setting's kind has checked the plain value before.
public protocol SettingRepresentable: Sendable {
    /// Nothing where the plain value is of another kind: a declaration at fault, never a user.
    init?(_ value: SettingValue)
}

extension SettingRepresentable {
    public init?(_ value: SettingValue) {
        guard let same = value.payload as? Self else { return nil }
        self = same
    }
}

extension String: SettingRepresentable {}
extension Int: SettingRepresentable {}
extension Double: SettingRepresentable {}
extension Bool: SettingRepresentable {}
extension [String]: SettingRepresentable {}

extension SettingValue {
    fileprivate var payload: any Sendable {
        switch self {
        case .text(let text): text
        case .integer(let integer): integer
        case .number(let number): number
        case .boolean(let boolean): boolean
        case .list(let elements): elements
        }
    }
}

/// How much camd writes to stderr.
public enum LogLevel: String, SettingRepresentable, CaseIterable {
    case debug, info, warning, error

    public init?(_ value: SettingValue) {
        guard case .text(let text) = value else { return nil }
        self.init(rawValue: text)
    }
}

/// The permission bits of a file, written in octal.
public struct FileMode: SettingRepresentable, Hashable, CustomStringConvertible {
    public var bits: UInt32

    public init(bits: UInt32) {
        self.bits = bits
    }

    public init?(_ value: SettingValue) {
        guard case .text(let text) = value, let bits = UInt32(text, radix: 8) else { return nil }
        self.bits = bits
    }

    public var description: String { "0" + String(bits, radix: 8) }
}
