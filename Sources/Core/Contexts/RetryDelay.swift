// How long to wait before trying again: doubling, bounded, and back to the beginning after success.

/// Exponential back-off without randomness: there is one of us for each thing that is retried.
public struct RetryDelay: Sendable, Equatable {
    public let firstMs: UInt32
    public let mostMs: UInt32
    private var nextMs: UInt32

    public init(firstMs: UInt32, mostMs: UInt32) {
        precondition(firstMs > 0 && firstMs <= mostMs, "a delay grows from its first to its most")
        self.firstMs = firstMs
        self.mostMs = mostMs
        nextMs = firstMs
    }

    /// The delay before the next try, in milliseconds.
    public mutating func next() -> UInt32 {
        defer { nextMs = nextMs > mostMs / 2 ? mostMs : nextMs * 2 }
        return nextMs
    }

    public mutating func succeeded() { nextMs = firstMs }
}
