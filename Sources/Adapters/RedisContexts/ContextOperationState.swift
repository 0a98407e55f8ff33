// One operation in the adapter, from its arrival to its answer.

internal import Contexts
internal import ProtobufWire

/// A class, since an operation is changed in place while it is known by its number in several queues.
final class ContextOperationState {
    enum Step {
        case store(StoreAttempt, version: UInt64, expiryMs: UInt64)
        case recall(version: UInt64?)
        case list(ListPage, batch: ListPage.Batch)
    }

    let request: ContextRequest
    let place: ContextPlace
    let completion: (ContextResult) -> Void
    var step: Step
    /// Handed to Redis and not answered.
    var isSent = false
    /// What it counts for in the window while it is sent, in bytes.
    var sentBytes = 0

    init(
        _ request: ContextRequest, at place: ContextPlace, _ step: Step, completion: @escaping (ContextResult) -> Void
    ) {
        self.request = request
        self.place = place
        self.step = step
        self.completion = completion
    }

    /// The key that is meant; empty for a listing.
    var key: Text {
        switch request.operation {
        case .store(let key, _, _, _, _, _), .recall(let key, _): key
        case .list: ""
        }
    }

    /// nil for a listing, which is ordered with nobody.
    var lane: ContextKeyID? {
        if case .list = step { nil } else { place.id }
    }
}
