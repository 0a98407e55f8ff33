// What can be wrong with a frame's header, in words that stay the same.

/// Why bytes are no frame. The stream behind it cannot be trusted any more: say so once, then hang up.
public enum FramingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The length does not even cover the header.
    case lengthTooSmall(UInt32)
    /// The length is above what this peer may send.
    case lengthTooLarge(UInt32, limit: UInt32)
    case unsupportedVersion(UInt8)
    case unknownKind(UInt8)

    /// Name of the header's field that is wrong.
    public var field: StaticString {
        switch self {
        case .lengthTooSmall, .lengthTooLarge: "length"
        case .unsupportedVersion: "version"
        case .unknownKind: "kind"
        }
    }

    /// What was wrong and what was expected.
    public var description: String {
        switch self {
        case .lengthTooSmall(let length):
            "frame length \(length) is below 12, the rest of the header"
        case .lengthTooLarge(let length, let limit):
            "frame length \(length) is above the limit of \(limit)"
        case .unsupportedVersion(let version):
            "wire version \(version) is not supported; this is version 1"
        case .unknownKind(let kind):
            "frame kind \(kind) is unknown; kinds are 1 to 8"
        }
    }
}
