// How the failures of the client end camctl.

import ABI
public import CAMClient
public import CommandLineInterface

extension Status {
    var exitCode: ExitCode {
        switch self {
        case .ok: .ok
        case .permissionDenied, .unauthenticated: .denied
        case .notFound: .notFound
        case .dataLoss: .damaged
        case .resourceExhausted, .unavailable, .deadlineExceeded: .tryAgain
        case .aborted, .alreadyExists: .conflict
        case .cancelled, .unknown, .invalidArgument, .failedPrecondition, .outOfRange, .unimplemented, .internalError:
            .failed
        }
    }
}

extension CallFailure: ExitCodeProviding {
    public var exitCode: ExitCode { status.exitCode }
}

extension ConnectionFailure: ExitCodeProviding {
    public var exitCode: ExitCode { .notRunning }
}
