// Bytes that wait, in one contiguous piece of memory that grows by doubling and goes away when it is empty.

/// A queue of bytes. With a pool its first piece is one of the pool's buffers (output: short-lived, hot); without one
/// it is as small as its content allows (input: a slow peer's half a frame should cost what it is worth).
public struct ByteQueue: ~Copyable {
    private static let smallestBytes = 1 << 10

    private let pool: BufferPool?
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var capacity = 0
    @usableFromInline var head = 0
    @usableFromInline var tail = 0

    public init(pool: BufferPool?) {
        self.pool = pool
    }

    deinit {
        base?.deallocate()
    }

    @inlinable public var count: Int { tail - head }
    @inlinable public var isEmpty: Bool { head == tail }

    /// What waits; valid until the next change.
    @inlinable
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base.map { UnsafeRawPointer($0) + head }, count: count)
    }

    /// Room for at least `byteCount` bytes behind what waits; follow with `commit`.
    @inlinable
    public mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if base == nil || capacity - tail < byteCount { makeRoom(byteCount) }
        return UnsafeMutableRawBufferPointer(start: base! + tail, count: capacity - tail)
    }

    /// Says how much of the reserved room was filled.
    @inlinable
    public mutating func commit(_ byteCount: Int) {
        precondition(byteCount >= 0 && tail + byteCount <= capacity, "\(byteCount) bytes do not fit")
        tail += byteCount
    }

    /// Copies bytes behind what waits.
    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if bytes.isEmpty { return }
        reserve(bytes.count).copyMemory(from: bytes)
        tail += bytes.count
    }

    /// Drops bytes from the front; an empty queue gives its memory back.
    @inlinable
    public mutating func consume(_ byteCount: Int) {
        precondition(byteCount >= 0 && byteCount <= count, "\(byteCount) bytes were consumed of \(count)")
        head += byteCount
        if head == tail { clear() }
    }

    /// Drops all and gives the memory back.
    @inlinable
    public mutating func clear() {
        if let base { giveBack(base) }
        base = nil
        capacity = 0
        head = 0
        tail = 0
    }

    @usableFromInline
    mutating func makeRoom(_ byteCount: Int) {
        let needed = count + byteCount
        // Moving pays only when it frees half of the memory; otherwise a slow reader would make every append move.
        if let base, head >= capacity / 2, needed <= capacity {
            base.copyMemory(from: base + head, byteCount: count)
        } else {
            grow(to: needed)
        }
        tail = count
        head = 0
    }

    private mutating func grow(to needed: Int) {
        var size = pool == nil ? max(Self.smallestBytes, capacity) : max(BufferPool.standardBytes, capacity)
        while size < needed { size *= 2 }
        let larger: UnsafeMutableRawPointer
        if let pool, size == BufferPool.standardBytes {
            larger = pool.take()
        } else {
            larger = .allocate(byteCount: size, alignment: 16)
        }
        if let base {
            larger.copyMemory(from: base + head, byteCount: count)
            giveBack(base)
        }
        base = larger
        capacity = size
    }

    @usableFromInline
    func giveBack(_ base: UnsafeMutableRawPointer) {
        if let pool {
            pool.giveBack(base, byteCount: capacity)
        } else {
            base.deallocate()
        }
    }
}
