// A call between the task that makes it and the connection's thread.

internal import ABI
internal import Synchronization

/// How a call ended. Exactly one of these reaches the caller.
enum CallEnd: Sendable {
    /// The payload of an OK.
    case answered([UInt8])
    case refused(CallFailure)
    case failed(ConnectionFailure)
    case cancelled

    /// The payload, or the error that the caller is to see.
    func payload() throws -> [UInt8] {
        switch self {
        case .answered(let bytes): return bytes
        case .refused(let failure): throw failure
        case .failed(let failure): throw failure
        case .cancelled: throw CancellationError()
        }
    }
}

/// Says whether the caller has given up. A flag beside the mailbox, because the message that cancels a call may overtake the
/// one that makes it.
final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}

/// Everything the connection's thread needs to make a call and to end it.
struct OutgoingCall: Sendable {
    /// The request id on the wire; never used twice by one client.
    let id: UInt64
    let call: CallNumber
    let payload: [UInt8]
    /// May be sent again on a new connection.
    let isRepeatable: Bool
    /// Monotonic nanoseconds after which nobody waits any more.
    let givesUpAt: UInt64?
    /// Items that may come before more credit is given; 0 where the call is no stream.
    let window: UInt32
    let cancellation: CancellationFlag
    let onItem: (@Sendable ([UInt8]) -> Void)?
    let onEnd: @Sendable (CallEnd) -> Void
}
