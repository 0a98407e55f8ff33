// Items of one stream between the connection's thread and the reader, never more than the window.

internal import Synchronization

/// A queue with one reader. The connection's thread puts items and the end in; the reader takes them out and gives credit.
final class StreamBuffer: Sendable {
    fileprivate struct State {
        var items: [[UInt8]] = []
        var head = 0
        var end: CallEnd?
        var reader: CheckedContinuation<[UInt8]?, any Error>?
        var waitingForEnd: [CheckedContinuation<CallEnd, Never>] = []
        /// Items taken since credit was last given.
        var taken: UInt32 = 0
    }

    private let state = Mutex(State())
    private let window: UInt32
    /// Gives credit for this many more items.
    private let giveCredit: @Sendable (UInt32) -> Void

    init(window: UInt32, giveCredit: @escaping @Sendable (UInt32) -> Void) {
        self.window = window
        self.giveCredit = giveCredit
    }

    func put(_ item: [UInt8]) {
        let reader = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            guard state.end == nil else { return nil }
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            state.items.append(item)
            return nil
        }
        guard let reader else { return }
        reader.resume(returning: item)
        countTaken()
    }

    /// The stream has ended; items that wait can still be read. Only the first end counts.
    func finish(_ end: CallEnd) {
        let (reader, others, end) = state.withLock { state in
            let first = state.end ?? end
            state.end = first
            // Whoever gave up wants nothing more.
            if case .cancelled = first { state.items = []; state.head = 0 }
            defer {
                state.reader = nil
                state.waitingForEnd = []
            }
            return (state.reader, state.waitingForEnd, first)
        }
        reader?.resume(with: Result { try end.itemAfterLast() })
        for waiter in others { waiter.resume(returning: end) }
    }

    /// The next item; nil after the last one of a stream that ended well.
    func next() async throws -> [UInt8]? {
        let item = try await withCheckedThrowingContinuation { (reader: CheckedContinuation<[UInt8]?, any Error>) in
            let ready = state.withLock { state -> Result<[UInt8]?, any Error>? in
                if state.head < state.items.count { return .success(state.takeItem()) }
                if let end = state.end { return Result { try end.itemAfterLast() } }
                precondition(state.reader == nil, "a stream has one reader at a time")
                state.reader = reader
                return nil
            }
            if let ready {
                reader.resume(with: ready)
                if case .success(.some) = ready { countTaken() }
            }
        }
        return item
    }

    /// How the stream ended, once it has.
    func end() async -> CallEnd {
        await withCheckedContinuation { waiter in
            let end = state.withLock { state -> CallEnd? in
                if state.end == nil { state.waitingForEnd.append(waiter) }
                return state.end
            }
            if let end { waiter.resume(returning: end) }
        }
    }

    /// Credit goes out in halves of the window: often enough to keep the sender busy, seldom enough to cost little.
    private func countTaken() {
        let more = state.withLock { state -> UInt32 in
            state.taken += 1
            guard state.end == nil, state.taken >= max(1, window / 2) else { return 0 }
            defer { state.taken = 0 }
            return state.taken
        }
        if more > 0 { giveCredit(more) }
    }
}

extension StreamBuffer.State {
    fileprivate mutating func takeItem() -> [UInt8] {
        let item = items[head]
        items[head] = []
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        }
        return item
    }
}

extension CallEnd {
    /// What a reader gets after the last item: nil of a stream that ended well, else the error.
    fileprivate func itemAfterLast() throws -> [UInt8]? {
        if case .answered = self { return nil }
        _ = try payload()
        return nil
    }
}
