// The answer to "which record is this?".

/// A record looked up by its sequence.
public enum JournalLookup: Sendable, Equatable {
    case found(epoch: UInt64, payload: [UInt8])
    /// No record with this sequence was ever written, or it was lost in a crash before anyone was told of it.
    case absent
    /// It was written, and cannot be read now.
    case unreadable(reason: String)

    /// The record's bytes; nil unless found.
    public var payload: [UInt8]? {
        guard case .found(_, let payload) = self else { return nil }
        return payload
    }
}
