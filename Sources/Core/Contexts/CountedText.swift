// Texts as bytes, so that no two lists of texts look alike: ("ab", "c") and ("a", "bc") must not meet.

import Bytes
public import ProtobufWire

extension [UInt8] {
    /// The count in four bytes, in network order, before the text.
    public mutating func append(counted text: Text) {
        append(bigEndian: UInt32(text.utf8Count))
        append(contentsOf: text.string.utf8)
    }
}
