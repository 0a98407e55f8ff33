// Where a command writes: the standard streams of a program, or what a test gives it.

import Linux

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

    /// The standard streams. `COLUMNS`, `NO_COLOR` (https://no-color.org) and `TERM=dumb` are honoured.
    public static func standard() -> Console {
        let isPlain =
            ThisProcess.environment("NO_COLOR")?.isEmpty == false || ThisProcess.environment("TERM") == "dumb"
        let width = Terminal.columns(of: 1).map { columns in
            ThisProcess.environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? columns
        }
        return Console(
            width: width, hasStyle: width != nil && !isPlain, output: { Self.write($0, to: 1) },
            errors: { Self.write($0, to: 2) })
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
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        do throws(Errno) {
            try File.writeAll(descriptor, bytes)
        } catch {
            ThisProcess.exit(ExitCode.failed.rawValue)
        }
    }
}
