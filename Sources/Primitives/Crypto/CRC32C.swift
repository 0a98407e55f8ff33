// CRC-32C, the checksum of iSCSI (RFC 3720) and of ext4, for bytes that a disk may have changed by accident.

/// Castagnoli's polynomial, reflected (0x82F63B78), computed eight bytes at a time over eight tables.
///
/// After M. E. Kounavis and F. L. Berry, "A Systematic Approach to Building High Performance, Software-based, CRC
/// Generators", ISCC 2005 ("slicing-by-8").
public enum CRC32C {
    private static let reflectedPolynomial: UInt32 = 0x82F6_3B78

    /// Eight tables of 256 words, one after another: table `k` advances a byte by `k` further zero bytes.
    /// Lives as long as the process, so that a look-up is a plain load. `nonisolated(unsafe)`: written before anyone
    /// can see it and never again.
    private nonisolated(unsafe) static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
        for byte in 0..<256 {
            var remainder = UInt32(byte)
            for _ in 0..<8 {
                remainder = remainder & 1 == 1 ? remainder >> 1 ^ reflectedPolynomial : remainder >> 1
            }
            tables[byte] = remainder
        }
        for index in 256..<8 * 256 {
            let shorter = tables[index - 256]
            tables[index] = shorter >> 8 ^ tables[Int(shorter & 0xFF)]
        }
        return UnsafePointer(tables)
    }()

    /// The checksum of `bytes`, or, given the checksum of what came before, of both together.
    public static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
        let tables = Self.tables
        var crc = ~previous
        var offset = 0
        while bytes.count - offset >= 8 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ UInt64(crc)
            crc =
                tables[7 * 256 + Int(word & 0xFF)] ^ tables[6 * 256 + Int(word >> 8 & 0xFF)]
                ^ tables[5 * 256 + Int(word >> 16 & 0xFF)] ^ tables[4 * 256 + Int(word >> 24 & 0xFF)]
            crc ^=
                tables[3 * 256 + Int(word >> 32 & 0xFF)] ^ tables[2 * 256 + Int(word >> 40 & 0xFF)]
                ^ tables[256 + Int(word >> 48 & 0xFF)] ^ tables[Int(word >> 56)]
            offset += 8
        }
        while offset < bytes.count {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[offset])) & 0xFF)]
            offset += 1
        }
        return ~crc
    }

    public static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { checksum($0) }
    }
}
