// What is inside the sealed description of a version.

public import ABI
import ProtobufWire

/// What is sealed as the description of a version: the tag of its sealed value ‖ the encoded `ContextEntry`.
public struct EntryPlaintext: Sendable, Equatable {
    public var valueTag: [UInt8]
    public var entry: ContextEntry

    public init(valueTag: some Sequence<UInt8>, entry: ContextEntry) {
        self.valueTag = Array(valueTag)
        self.entry = entry
    }

    public init?(bytes: [UInt8]) {
        guard bytes.count >= 16, let entry = try? ContextEntry(decoding: Array(bytes[16...])) else { return nil }
        self.init(valueTag: bytes[..<16], entry: entry)
    }

    public var bytes: [UInt8] { valueTag + entry.encoded() }
}
