// Why a policies folder cannot be read; each names the path and what to do.

public enum PolicyFolderError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(String, reason: String)
    case notAFile(String)
    case notText(String)
    case tooLarge(String, limit: Int)
    case tooMany(String, limit: Int)
    case empty(String)
    case unsafe(String, String)
    /// The file of grants is not what camd wrote.
    case notGrants(String)
    /// It holds something that camd does not write there, named second.
    case unknownGrant(String, String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .notAFile(let path): "\(path): is no regular file; move it out of the policies folder"
        case .notText(let path): "\(path): is not UTF-8; save it as UTF-8"
        case .tooLarge(let path, let limit): "\(path): holds more than \(limit) bytes; divide it"
        case .tooMany(let path, let limit): "\(path): holds more than \(limit) files; keep only policies in it"
        case .notGrants(let path): "\(path): is no list of grants; mend it, or remove it and grant anew"
        case .unsafe(let path, let why): "\(path): is not used: \(why)"
        case .unknownGrant(let path, let what):
            "\(path): \(what) is nothing that camd keeps there, and would be lost; move it into another file, or remove it"
        case .empty(let path): "\(path): holds no .rego file, so nothing would be allowed; add one"
        }
    }
}
