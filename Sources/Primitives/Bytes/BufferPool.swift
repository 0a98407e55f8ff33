// Buffers of one thread: a shared one that everybody reads into, and spare ones for what waits to be written. Who is idle
// holds no memory.

/// Not thread-safe; lives and dies with the loop whose connections use it.
public final class BufferPool {
    /// Bytes of a spare buffer; larger ones are freed rather than kept.
    public static let standardBytes = 64 << 10
    private static let spareCountMax = 32

    /// Read into by one connection at a time, for the time of one event.
    public let scratch: UnsafeMutableRawBufferPointer
    private var spare: [UnsafeMutableRawPointer] = []

    /// - Parameter readBudgetBytes: size of `scratch`, at least 4 KiB.
    public init(readBudgetBytes: Int) {
        precondition(readBudgetBytes >= 4 << 10, "a read budget of \(readBudgetBytes) bytes is too small")
        scratch = .allocate(byteCount: readBudgetBytes, alignment: 64)
    }

    deinit {
        scratch.deallocate()
        for buffer in spare { buffer.deallocate() }
    }

    /// A buffer of `standardBytes`, owned by the caller until it is given back.
    public func take() -> UnsafeMutableRawPointer {
        spare.popLast() ?? .allocate(byteCount: Self.standardBytes, alignment: 64)
    }

    /// Takes over any allocated buffer: keeps it as a spare one or frees it.
    public func giveBack(_ buffer: UnsafeMutableRawPointer, byteCount: Int) {
        if byteCount == Self.standardBytes && spare.count < Self.spareCountMax {
            spare.append(buffer)
        } else {
            buffer.deallocate()
        }
    }
}
