// A call that sends items before its answer, as an asynchronous sequence.

internal import ABI
public import ProtobufWire

/// Items of a `think` or an `observe`, read one at a time: the kernel sends no more than the window ahead of the reader. Dropping
/// the stream, or cancelling the task that reads it, cancels the call. One task reads at a time.
public struct CallStream<Item: ProtobufMessage, Response: ProtobufMessage>: AsyncSequence, Sendable {
    public typealias Element = Item

    private let handle: StreamHandle

    init(handle: StreamHandle) { self.handle = handle }

    public func makeAsyncIterator() -> Iterator { Iterator(handle: handle) }

    /// The answer after the last item. Throws as the call's plain form does. Items that nobody has read are passed over.
    public func response() async throws -> Response {
        let payload = try await handle.end().payload()
        do {
            return try Response(decoding: payload)
        } catch {
            throw ConnectionFailure.protocolViolation("the answer to \(handle.call.name) does not parse: \(error)")
        }
    }

    /// Ends the call: the next item is the end of the stream, thrown as `CancellationError`.
    public func cancel() { handle.cancel() }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let handle: StreamHandle

        /// Throws as the call's plain form does, after the items that came before the failure.
        public mutating func next() async throws -> Item? {
            guard let bytes = try await handle.next() else { return nil }
            do {
                return try Item(decoding: bytes)
            } catch {
                handle.cancel()
                throw ConnectionFailure.protocolViolation("an item of \(handle.call.name) does not parse: \(error)")
            }
        }
    }
}

/// Keeps a stream open as long as somebody can read it.
final class StreamHandle: Sendable {
    let call: CallNumber
    private let buffer: StreamBuffer
    private let onCancel: @Sendable () -> Void

    init(call: CallNumber, buffer: StreamBuffer, onCancel: @escaping @Sendable () -> Void) {
        self.call = call
        self.buffer = buffer
        self.onCancel = onCancel
    }

    deinit { onCancel() }

    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await buffer.next()
        } onCancel: {
            cancel()
        }
    }

    func end() async -> CallEnd {
        await withTaskCancellationHandler {
            // Nobody reads on, and a kernel that waits for credit would never answer.
            await drain()
        } onCancel: {
            cancel()
        }
    }

    func cancel() {
        buffer.finish(.cancelled)
        onCancel()
    }

    private func drain() async -> CallEnd {
        do {
            while try await buffer.next() != nil {}
        } catch {
            // The end says the same.
        }
        return await buffer.end()
    }
}
