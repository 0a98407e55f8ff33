// The writing half of a connection.

import Bytes
internal import Linux

extension StreamConnection {
    private var acceptsOutput: Bool {
        switch state {
        case .open, .halfOpen: outputFailure == nil
        case .flushing, .closed: false
        }
    }

    /// Sends bytes, `second` right behind `first`: at the turn's end, or at once when more than 64 KiB wait. False when
    /// the connection takes no more; the bytes are dropped.
    @discardableResult
    public func write(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer = .init(start: nil, count: 0)
    ) -> Bool {
        guard acceptsOutput else { return false }
        output.append(first)
        if second.count >= Self.flushBytes && !outputBlocked {
            sendWithoutCopy(second)
        } else {
            output.append(second)
        }
        if outputBlocked { return true }
        if output.count >= Self.flushBytes {
            flush()
        } else if !output.isEmpty {
            markUnflushed()
        }
        return true
    }

    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { write($0) }
    }

    /// Sends what waits as far as the kernel takes it. Calls no handler.
    func flush() {
        while !output.isEmpty {
            let sent: Int?
            do {
                sent = try Socket.send(fd, output.bytes)
            } catch {
                return fail(error)
            }
            guard let sent else { return block() }
            output.consume(sent)
        }
        if case .flushing = state { end(.requested) }
    }

    /// Sends what waits and `bytes` behind it in one call; keeps what the kernel does not take.
    private func sendWithoutCopy(_ bytes: UnsafeRawBufferPointer) {
        let sent: Int?
        do {
            sent = try Socket.send(fd, output.bytes, bytes)
        } catch {
            return fail(error)
        }
        let taken = sent ?? 0
        let ofQueue = min(taken, output.count)
        if ofQueue > 0 { output.consume(ofQueue) }
        output.append(UnsafeRawBufferPointer(rebasing: bytes[(taken - ofQueue)...]))
        if !output.isEmpty { block() }
    }

    private func block() {
        outputBlocked = true
        updateInterest()
    }

    /// The peer takes no more. What it sent before is still delivered; the end is told when that is done.
    private func fail(_ cause: Errno) {
        output.clear()
        outputBlocked = false
        switch state {
        case .flushing: end(.failed(cause))
        case .closed: return
        case .halfOpen: end(.failed(cause))
        case .open:
            outputFailure = cause
            updateInterest()
            reactor.nextTurn { [self] in drainAfterFailure() }
        }
    }

    private func drainAfterFailure() {
        if isClosed { return }
        guard canRead else { return end(.failed(outputFailure!)) }
        receive()
        // One read a turn here too.
        if !isClosed { reactor.nextTurn { [self] in drainAfterFailure() } }
    }
}
