// One operation in the engine, from its arrival to its answer.

import ProtobufWire

/// A class, since an operation is changed in place while it is known by its number in several queues.
final class ContextOperationState {
    let request: ContextRequest
    let place: ContextPlace
    /// Of a store whose turn has come: the version that is proposed, and when it ends.
    var attempt: StoreAttempt?
    var expiryMs: UInt64 = 0
    /// Of a listing: what was found so far.
    var page: ListPage?
    /// Handed over and not answered.
    var isSent = false

    init(_ request: ContextRequest, at place: ContextPlace) {
        self.request = request
        self.place = place
        if case .list(let prefix, let cursor, let limit) = request.operation {
            page = ListPage(prefix: prefix, cursor: cursor, limit: limit)
        }
    }

    /// nil for a listing, which is ordered with nobody.
    var lane: ContextKeyID? { page == nil ? place.id : nil }
}
