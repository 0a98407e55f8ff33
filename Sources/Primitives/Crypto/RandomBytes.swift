// Unpredictable bytes from the system. For shells and adapters: Core and Kernel are given theirs with each event.

internal import CSodium

public enum RandomBytes {
    /// `count` fresh bytes, fit for keys and nonces.
    public static func make(count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        Sodium.prepare()
        return [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            randombytes_buf(target.baseAddress!, count)
            initialized = count
        }
    }

    /// Overwrites `buffer` with fresh bytes.
    public static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard let base = buffer.baseAddress else { return }
        Sodium.prepare()
        randombytes_buf(base, buffer.count)
    }
}
