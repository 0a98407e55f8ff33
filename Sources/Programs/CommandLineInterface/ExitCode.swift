// How a program of CAM ends, so that scripts can tell why without reading text.

/// The exit codes that camd, camctl and cam-bench share. A number never changes its meaning.
public enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    case failed = 1
    case usage = 2
    case notRunning = 3
    case denied = 4
    case notFound = 5
    case damaged = 6
    case tryAgain = 7
    case conflict = 8

    /// As the help says it.
    public var meaning: String {
        switch self {
        case .ok: "done"
        case .failed: "refused or failed; the message says why"
        case .usage: "the command line or the configuration is wrong"
        case .notRunning: "camd cannot be reached"
        case .denied: "policy does not allow it"
        case .notFound: "there is no such thing"
        case .damaged: "the journal or a stored value is damaged"
        case .tryAgain: "not now: a limit, a time-out, or something that is away"
        case .conflict: "somebody else was first: a version or a name is taken"
        }
    }
}

/// An error that knows how the program should end.
public protocol ExitCodeProviding: Error {
    var exitCode: ExitCode { get }
}
