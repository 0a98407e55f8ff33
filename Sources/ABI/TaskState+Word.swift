// The states of a task as people read them.

public import ProtobufWire

extension TaskState {
    /// The word of the contract, with spaces: `outcome unknown`.
    public var word: Text {
        switch self {
        case .outcomeUnknown: "outcome unknown"
        case .rolledBack: "rolled back"
        case .awaitingApproval: "awaiting approval"
        case .unrecognized(let number): "state \(number)"
        case .unspecified, .blocked, .queued, .running, .succeeded, .failed, .cancelled, .expired, .held:
            Text(description)
        }
    }
}
