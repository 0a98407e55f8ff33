// Why a measurement could not be made.

import CommandLineInterface

/// One sentence that says what failed, where, and what to do if that is known.
struct BenchFailure: ExitCodeProviding, CustomStringConvertible {
    let description: String
    let exitCode: ExitCode

    init(_ description: String, _ exitCode: ExitCode = .failed) {
        self.description = description
        self.exitCode = exitCode
    }
}
