// Memory straight from the kernel and straight back: for large buffers that must not linger in the allocator.

internal import Glibc

/// Zeroed anonymous pages that go back to the kernel when their owner goes away. `malloc` would keep a buffer of many
/// megabytes after a start-up that needed it once.
public struct PageMemory: ~Copyable {
    public let bytes: UnsafeMutableRawBufferPointer

    /// - Parameter byteCount: at least 1; rounded up to whole pages by the kernel, not in `bytes`.
    /// - Throws: `ENOMEM`.
    public init(byteCount: Int) throws(Errno) {
        precondition(byteCount > 0, "pages for \(byteCount) bytes")
        // MAP_FAILED is -1, as of every other call.
        let base = try SystemCall.run("mmap") {
            Int(bitPattern: mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        }
        bytes = UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: base), count: byteCount)
    }

    deinit {
        munmap(bytes.baseAddress!, bytes.count)
    }
}
