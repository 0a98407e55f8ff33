// Reads what a command works on: a file, or the standard input.

import ABI
import CommandLineInterface
import Linux

enum InputDocument {
    /// - Parameter path: `-` or nothing is the standard input.
    static func read(_ path: String?) throws -> [UInt8] {
        do throws(Errno) {
            guard let path, path != "-" else { return try File.readAll(0, limit: Limits.framePayloadBytesMax) }
            return try File.readAll(path, limit: Limits.framePayloadBytesMax)
        } catch {
            throw UnreadableInput(path: path ?? "-", error: error)
        }
    }
}

/// An input that cannot be read, or is larger than a frame.
struct UnreadableInput: ExitCodeProviding, CustomStringConvertible {
    let path: String
    let error: Errno

    var exitCode: ExitCode { error == .ENOENT ? .notFound : .failed }

    var description: String {
        let name = path == "-" ? "the standard input" : path
        if error == .EFBIG {
            return "\(name) is larger than \(Limits.framePayloadBytesMax >> 20) MiB, the most one call carries"
        }
        return "\(name) cannot be read: \(error)"
    }
}
