// Numbers and texts as bytes in network order, for records and for what is authenticated.

import ProtobufWire

extension [UInt8] {
    mutating func append(bigEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    /// The count in four bytes before the text: no two lists of texts look alike.
    mutating func append(counted text: Text) {
        append(bigEndian: UInt32(text.utf8Count))
        append(contentsOf: text.string.utf8)
    }
}

extension ArraySlice<UInt8> {
    var bigEndianNumber: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
}
