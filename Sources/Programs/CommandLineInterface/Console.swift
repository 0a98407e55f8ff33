// Where a command writes: the standard streams of a program, or what a test gives it.

import Foundation

public struct Console: Sendable {
    /// Columns to fill; nothing where the output is no terminal, which then gets everything unshortened.
    public let width: Int?
    /// Whether headings may be printed in bold.
    public let hasStyle: Bool
    private let writeOutput: @Sendable ([UInt8]) -> Void
    private let writeErrors: @Sendable ([UInt8]) -> Void

    public init(
        width: Int?, hasStyle: Bool, output: @escaping @Sendable ([UInt8]) -> Void,
        errors: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.width = width
        self.hasStyle = hasStyle
        writeOutput = output
        writeErrors = errors
    }

    /// The standard streams. `NO_COLOR` (https://no-color.org) and `TERM=dumb` are honoured.
    public static func standard() -> Console {
        let environment = ProcessInfo.processInfo.environment
        let isPlain = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        let width = TerminalSize.columns(of: 1)
        return Console(
            width: width, hasStyle: width != nil && !isPlain, output: { Self.write($0, to: .standardOutput) },
            errors: { Self.write($0, to: .standardError) })
    }

    /// A line for people and pipes.
    public func line(_ text: String = "") { writeOutput(Array((text + "\n").utf8)) }

    /// Bytes as they are: a document that was asked for.
    public func bytes(_ bytes: [UInt8]) { writeOutput(bytes) }

    /// A document, with a newline at its end where a terminal needs one.
    public func document(_ bytes: [UInt8]) {
        let needsNewline = width != nil && bytes.last != UInt8(ascii: "\n") && !bytes.isEmpty
        writeOutput(needsNewline ? bytes + [UInt8(ascii: "\n")] : bytes)
    }

    /// A line about what went wrong, or how far it is.
    public func error(_ text: String) { writeErrors(Array((text + "\n").utf8)) }

    public func table(_ table: Table) { writeOutput(Array(table.rendered(width: width, bold: hasStyle).utf8)) }

    public func json(_ value: JSONText) { line(value.rendered()) }

    /// A reader that went away is the one failure there is; it ends the program as SIGPIPE would.
    private static func write(_ bytes: [UInt8], to handle: FileHandle) {
        do {
            try handle.write(contentsOf: Data(bytes))
        } catch {
            exit(ExitCode.failed.rawValue)
        }
    }
}
