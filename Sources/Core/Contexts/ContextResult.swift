// How an operation on a memory context ended. Each case is one status of the ABI; the kernel maps them.

public import ABI
public import ProtobufWire

public enum ContextResult: Sendable, Equatable {
    /// The new version is in the store, and on its disk where the store is camd's own.
    case stored(version: UInt64)
    case recalled(value: [UInt8], entry: ContextEntry)
    /// Entries of one page, by key; `next` is empty when nothing follows. With a rare prefix a page may hold fewer
    /// entries than asked for, even none, and still have a `next`.
    case listed([ContextEntry], next: Text)
    /// A compare-and-set lost: `current` is the version there is, 0 for none. ABORTED.
    case conflict(current: UInt64)
    case notFound
    /// Nothing was written, and asking again after the time may succeed. UNAVAILABLE.
    case unavailable(retryAfterMs: UInt32, reason: Text)
    /// The write was sent and its answer was lost: it is whole in the store or not there at all. UNKNOWN.
    case outcomeUnknown(reason: Text)
    /// What the store gave back is not what was sealed for this name and version. DATA_LOSS.
    case dataLoss(reason: Text)
    /// RESOURCE_EXHAUSTED: the value has more than `limit` bytes.
    case tooLarge(limit: Int)
    /// RESOURCE_EXHAUSTED: the store has no room; nothing was written.
    case storeFull(reason: Text)
    /// INVALID_ARGUMENT: the request breaks the contract.
    case invalid(ContextFault)
}

/// Which field of a request is at fault and what was expected there, for the fields of a `CallError`.
public struct ContextFault: Sendable, Equatable {
    public var field: Text
    public var expected: Text
}
