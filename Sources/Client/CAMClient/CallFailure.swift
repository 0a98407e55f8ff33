// What the kernel answered instead of a result.

public import ABI
internal import ProtobufWire

/// A call that the kernel refused or could not carry out.
public struct CallFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call that failed.
    public var call: CallNumber
    public var status: Status
    public var error: CallError

    public init(call: CallNumber, status: Status, error: CallError) {
        self.call = call
        self.status = status
        self.error = error
    }

    /// One sentence: the call, the status, what was wrong, and what to do where the kernel said so.
    public var description: String {
        var text = "\(call.name): \(status.name)"
        if !error.message.isEmpty { text += ": \(error.message)" }
        if !error.field.isEmpty {
            text += " (\(error.field)" + (error.expected.isEmpty ? ")" : ": expected \(error.expected))")
        }
        if let denial = error.denial {
            text += "; \(denial.action) on \(denial.resource) was denied"
            if !denial.needed.isEmpty { text += ", needed: \(denial.needed)" }
            if !denial.ask.isEmpty { text += "; \(denial.ask)" }
        }
        if let wait = error.retryAfterMs { text += "; try again in \(wait) ms" }
        if !error.correlationID.isEmpty { text += "; correlation id \(error.correlationID)" }
        return text
    }
}
