// Key bytes in memory of their own: guarded, locked where the limit allows, never in a core dump, zeroed at the end.

internal import CSodium

/// Secret bytes that never leave by accident: no description, no equality, no array.
///
/// The memory comes from `sodium_malloc`: guard pages around it, excluded from core dumps, locked against swapping
/// where `RLIMIT_MEMLOCK` allows (otherwise not locked, silently: a key must still work on a small machine),
/// read-only once made, and overwritten with zeroes when the last reference goes.
///
/// `@unchecked Sendable`: the bytes are written only before `init` returns and only read afterwards.
public final class SecretKey: @unchecked Sendable {
    /// What almost every algorithm here takes.
    public static let standardByteCount = 32

    private let memory: UnsafeMutableRawPointer
    public let byteCount: Int

    /// Memory of `byteCount` bytes (at least 1) that `fill` writes completely.
    init(byteCount: Int, filledBy fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        precondition(byteCount > 0, "a secret key of \(byteCount) bytes")
        Sodium.prepare()
        guard let memory = sodium_malloc(byteCount) else {
            preconditionFailure("no guarded memory for a secret key of \(byteCount) bytes")
        }
        fill(memory.assumingMemoryBound(to: UInt8.self))
        sodium_mprotect_readonly(memory)
        self.memory = memory
        self.byteCount = byteCount
    }

    /// Copies `bytes` (at least one). The caller's own copy stays the caller's to erase: see `erase`.
    public convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(byteCount: bytes.count) { target in
            UnsafeMutableRawPointer(target).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        }
    }

    /// Moves `bytes` (at least one) in and leaves zeroes behind.
    public convenience init(moving bytes: inout [UInt8]) {
        let count = bytes.count
        self.init(byteCount: count) { target in
            bytes.withUnsafeBytes {
                UnsafeMutableRawPointer(target).copyMemory(from: $0.baseAddress!, byteCount: count)
            }
        }
        SecretKey.erase(&bytes)
    }

    /// A new key from the system's random source. For shells: Core and Kernel get their keys' work done elsewhere.
    public static func random(byteCount: Int = standardByteCount) -> SecretKey {
        SecretKey(byteCount: byteCount) { randombytes_buf($0, byteCount) }
    }

    deinit {
        sodium_free(memory)
    }

    /// The bytes, for as long as `body` runs; do not let the pointer out.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: memory, count: byteCount))
    }

    /// The bytes for libsodium, which must be `count`; anything else is a key used for the wrong algorithm.
    func pointer(expecting count: Int, for algorithm: StaticString) -> UnsafePointer<UInt8> {
        precondition(byteCount == count, "\(algorithm) takes a key of \(count) bytes, got one of \(byteCount)")
        return UnsafePointer(memory.assumingMemoryBound(to: UInt8.self))
    }

    /// Overwrites bytes that held a secret, in a way that the optimiser does not remove.
    public static func erase(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            sodium_memzero(base, buffer.count)
        }
    }
}
