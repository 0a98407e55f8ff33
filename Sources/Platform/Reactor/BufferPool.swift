// Buffers of one reactor: the shared one that every connection reads into, and spare ones for output. An idle connection
// holds no memory.

/// Not thread-safe; lives and dies with its reactor.
final class BufferPool {
    /// Bytes of a spare buffer; larger ones are freed rather than kept.
    static let standardBytes = 64 << 10
    private static let spareCountMax = 32

    /// Read into by one connection at a time, for the time of one event.
    let scratch: UnsafeMutableRawBufferPointer
    private var spare: [UnsafeMutableRawPointer] = []

    init(readBudgetBytes: Int) {
        precondition(readBudgetBytes >= 4 << 10, "a read budget of \(readBudgetBytes) bytes is too small")
        scratch = .allocate(byteCount: readBudgetBytes, alignment: 64)
    }

    deinit {
        scratch.deallocate()
        for buffer in spare { buffer.deallocate() }
    }

    func take() -> UnsafeMutableRawPointer {
        spare.popLast() ?? .allocate(byteCount: Self.standardBytes, alignment: 64)
    }

    func giveBack(_ buffer: UnsafeMutableRawPointer, byteCount: Int) {
        if byteCount == Self.standardBytes && spare.count < Self.spareCountMax {
            spare.append(buffer)
        } else {
            buffer.deallocate()
        }
    }
}
