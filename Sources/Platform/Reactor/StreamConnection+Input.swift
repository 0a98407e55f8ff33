// The reading half of a connection.

import Bytes
internal import Linux

extension StreamConnection {
    /// One read and one delivery.
    func receive() {
        let scratch = reactor.buffers.scratch
        // What was left goes in front of what comes, in the shared buffer when it is small, else in place.
        let inPlace = input.count > scratch.count / 2
        var room = scratch
        var kept = 0
        if inPlace {
            room = UnsafeMutableRawBufferPointer(rebasing: input.reserve(scratch.count)[..<scratch.count])
        } else if !input.isEmpty {
            kept = input.count
            scratch.copyMemory(from: input.bytes)
            room = UnsafeMutableRawBufferPointer(rebasing: scratch[kept...])
        }
        let count: Int?
        do {
            count = try File.readAvailable(fd, into: room)
        } catch {
            return end(.failed(error))
        }
        guard let count else {
            // Nothing more will come from a peer that takes nothing either.
            if let outputFailure { end(.failed(outputFailure)) }
            return
        }
        if count == 0 { return endOfInput() }
        if inPlace {
            input.commit(count)
            deliverKept()
        } else {
            input.clear()
            deliverShared(UnsafeRawBufferPointer(rebasing: scratch[..<(kept + count)]))
        }
    }

    /// Delivers from the reactor's buffer and keeps what the handler leaves.
    private func deliverShared(_ bytes: UnsafeRawBufferPointer) {
        let used = deliver(bytes)
        if isClosed || used == bytes.count { return }
        input.append(UnsafeRawBufferPointer(rebasing: bytes[used...]))
        checkInputLimit()
    }

    /// Delivers what was kept, with what came behind it.
    func deliverKept() {
        let used = deliver(input.bytes)
        if isClosed { return input.clear() }
        input.consume(used)
        checkInputLimit()
    }

    private func deliver(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let onBytes else { return 0 }
        delivering = true
        let used = onBytes(bytes)
        delivering = false
        precondition(used >= 0 && used <= bytes.count, "a handler consumed \(used) of \(bytes.count) bytes")
        return used
    }

    private func checkInputLimit() {
        if input.count > inputBytesMax + reactor.buffers.scratch.count { end(.inputTooLarge(limit: inputBytesMax)) }
    }

    private func endOfInput() {
        if let outputFailure { return end(.failed(outputFailure)) }
        guard let onEndOfInput else { return end(.endOfStream) }
        state = .halfOpen
        updateInterest()
        onEndOfInput()
    }
}
