// A look into another process's memory, for a supervisor that wants to know what its child asked the kernel for.

internal import CLinux

/// Memory of another process of the same user, or of any for root.
public enum ProcessMemory {
    /// Up to `limit` bytes at an address there; fewer where its memory ends, none when it may not be read or has ended.
    /// The process may change them at any time: good for telling what it did, never for deciding what it may.
    public static func read(pid: Int32, address: UInt64, limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = cam_read_memory(pid, address, buffer.baseAddress, limit)
        }
    }
}
