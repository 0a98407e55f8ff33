// The bytes that the store keeps for a key in its context's index.

import Bytes

/// A key's line in the index of its context: newest version (8 bytes) ‖ oldest version kept (8) ‖ expiry (8) ‖ sealed
/// entry of the newest. The store's script writes the numbers; that they are true shows when the entry opens.
public struct HeadRecord: Sendable, Equatable {
    public var version: UInt64
    public var oldest: UInt64
    public var expiryMs: UInt64
    public var entry: ArraySlice<UInt8>

    var newest: RememberedVersion { RememberedVersion(version: version, expiryMs: expiryMs) }

    public init?(bytes: [UInt8]) {
        guard bytes.count >= 24 else { return nil }
        version = bytes[0..<8].bigEndianNumber
        oldest = bytes[8..<16].bigEndianNumber
        expiryMs = bytes[16..<24].bigEndianNumber
        entry = bytes[24...]
    }
}
