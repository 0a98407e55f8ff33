// Why a call is refused: a status and a sentence from here, so that nothing of the inside can leak into an answer.

import ABI
import ProtobufWire

/// A call that cannot be done, as its caller will read it.
struct Refusal: Error, Sendable {
    var status: Status
    var message: Text
    var field: Text = ""
    var expected: Text = ""
    var retryAfterMilliseconds: UInt32?
    var denial: Denial?
    var correlation: Text = ""

    static func invalid(_ field: Text, _ message: Text, expected: Text) -> Refusal {
        Refusal(status: .invalidArgument, message: message, field: field, expected: expected)
    }

    static func unimplemented(_ what: Text) -> Refusal {
        Refusal(
            status: .unimplemented, message: "\(what) is not built yet; the Caveats of the README list what is missing")
    }

    static func notFound(_ what: Text) -> Refusal { Refusal(status: .notFound, message: "there is no \(what)") }

    static func failed(_ message: Text) -> Refusal { Refusal(status: .failedPrecondition, message: message) }

    static func unavailable(_ message: Text, retryAfterMilliseconds: UInt32) -> Refusal {
        Refusal(status: .unavailable, message: message, retryAfterMilliseconds: retryAfterMilliseconds)
    }

    static func exhausted(_ message: Text, retryAfterMilliseconds: UInt32? = nil) -> Refusal {
        Refusal(status: .resourceExhausted, message: message, retryAfterMilliseconds: retryAfterMilliseconds)
    }

    static let journalFull = Refusal(
        status: .unavailable,
        message: "the journal has no room on its disk, so nothing that must be recorded can be done; reads go on",
        retryAfterMilliseconds: 1_000)

    func callError(decision: DecisionID?) -> CallError {
        CallError(
            decisionID: decision, message: message, field: field, expected: expected,
            retryAfterMs: retryAfterMilliseconds, correlationID: correlation, denial: denial)
    }
}

/// Decides whether a text may be a name: 1 to `most` bytes of letters, digits and `._-/`.
func isName(_ text: Text, most: Int = Limits.nameBytesMax) -> Bool {
    guard text.utf8Count > 0, text.utf8Count <= most else { return false }
    return text.string.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2E
            || $0 == 0x5F || $0 == 0x2D || $0 == 0x2F
    }
}
