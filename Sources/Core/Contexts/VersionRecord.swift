// The bytes that the store keeps for one version of a key.

import Bytes

/// The record of one version: expiry (8 bytes, big-endian, ms since 1970, 0 never) ‖ count of the sealed entry (4) ‖
/// sealed entry ‖ sealed value
public struct VersionRecord: Sendable, Equatable {
    public var expiryMs: UInt64
    public var entry: ArraySlice<UInt8>
    public var value: ArraySlice<UInt8>

    public init(expiryMs: UInt64, entry: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        self.expiryMs = expiryMs
        self.entry = entry
        self.value = value
    }

    public init?(bytes: [UInt8]) {
        guard bytes.count >= 12 else { return nil }
        let entryCount = Int(bytes[8..<12].bigEndianNumber)
        guard bytes.count - 12 >= entryCount else { return nil }
        self.init(
            expiryMs: bytes[0..<8].bigEndianNumber, entry: bytes[12..<(12 + entryCount)],
            value: bytes[(12 + entryCount)...])
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(12 + entry.count + value.count)
        bytes.append(bigEndian: expiryMs)
        bytes.append(bigEndian: UInt32(entry.count))
        bytes.append(contentsOf: entry)
        bytes.append(contentsOf: value)
        return bytes
    }
}
