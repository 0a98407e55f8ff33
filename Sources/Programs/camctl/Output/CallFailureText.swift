// What the kernel refused, for people and as JSON.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum CallFailureText {
    /// What was wrong in the first line; what would mend it, and where to read more, below.
    static func lines(_ failure: CallFailure) -> [String] {
        let error = failure.error
        // A refused set of policies has a line for each error; none of them may look like one of camctl's own.
        let message = error.message.string.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\n  ")
        var lines = "camctl: \(failure.call.name): \(failure.status.name): \(message)".split(separator: "\n")
            .map(String.init)
        if !error.field.isEmpty { lines.append("  field: \(error.field)") }
        if !error.expected.isEmpty { lines.append("  expected: \(error.expected)") }
        if let denial = error.denial, !denial.needed.isEmpty { lines.append("  needed: \(denial.needed)") }
        if let denial = error.denial, !denial.ask.isEmpty { lines.append("  \(denial.ask)") }
        if let wait = error.retryAfterMs { lines.append("  try again in \(wait) ms") }
        if let id = error.decisionID { lines.append("  'camctl explain \(id.shown)' tells why") }
        if !error.correlationID.isEmpty {
            lines.append("  an administrator can open it: camctl explain \(error.correlationID)")
        }
        return lines.map(Table.printable)
    }

    static func json(_ failure: CallFailure) -> JSONText {
        .object([
            (
                "error",
                .object([
                    ("call", .text("\(failure.call.name)")), ("status", .text("\(failure.status.name)")),
                    ("detail", JSONText(message: failure.error)),
                ])
            )
        ])
    }
}
