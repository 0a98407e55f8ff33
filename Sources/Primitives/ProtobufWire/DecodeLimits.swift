// What one decode may cost. Input comes from strangers: a few bytes on the wire must not become much memory or a deep stack.

/// Bounds for decoding one message.
@frozen
public struct DecodeLimits: Sendable, Hashable {
    /// Bytes of input.
    public var bytesMax: Int
    /// Messages within messages, the outermost not counted.
    public var depthMax: Int
    /// Bytes that the elements of all repeated fields may take in memory. An empty message takes two bytes on the wire and
    /// hundreds in an array; this bound is what keeps 16 MiB of them from becoming gigabytes.
    public var elementBytesMax: Int

    @inlinable
    public init(bytesMax: Int, depthMax: Int, elementBytesMax: Int) {
        self.bytesMax = bytesMax
        self.depthMax = depthMax
        self.elementBytesMax = elementBytesMax
    }

    /// For what a peer sent. Framing already bounds a payload to 16 MiB; no message of the ABI nests deeper than 8.
    public static let standard = DecodeLimits(bytesMax: 16 << 20, depthMax: 16, elementBytesMax: 64 << 20)

    /// For what was accepted under `standard` once and then kept inside a larger message, as a journal record does:
    /// anything that could be written can be read again.
    public static let stored = DecodeLimits(bytesMax: 64 << 20, depthMax: 32, elementBytesMax: 256 << 20)
}
