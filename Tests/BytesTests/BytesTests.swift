// Goal: bytes come out in the order that the name says, wherever they lie, and texts of them are read back.

import Bytes
import Testing

struct BytesTests {
    @Test func littleEndianIntegersAreStoredAndReadAnywhere() {
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withUnsafeMutableBytes { target in
            target.storeLittleEndian(0x0102_0304_0506_0708 as UInt64, at: 3)
            target.storeLittleEndian(0xA1B2 as UInt16, at: 13)
        }
        #expect(bytes == [0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0xB2, 0xA1, 0])
        bytes.withUnsafeBytes { source in
            #expect(source.littleEndian(at: 3, as: UInt64.self) == 0x0102_0304_0506_0708)
            #expect(source.littleEndian(at: 13, as: UInt16.self) == 0xA1B2)
        }
    }

    @Test func integersAreAppendedInEitherOrder() {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: 0x0102_0304 as UInt32)
        bytes.append(bigEndian: 0x0506_0708 as UInt32)
        bytes.append(littleEndian: -2 as Int16)
        #expect(bytes == [4, 3, 2, 1, 5, 6, 7, 8, 0xFE, 0xFF])
        #expect(bytes[4..<8].bigEndianNumber == 0x0506_0708)
    }

    @Test(arguments: [0, 1, 63, 64, 65, 200])
    func oneBitIsNotZero(count: Int) {
        var bytes = [UInt8](repeating: 0, count: count)
        #expect(bytes.withUnsafeBytes { $0.isAllZero })
        for index in bytes.indices {
            bytes[index] = 0x80
            #expect(bytes.withUnsafeBytes { !$0.isAllZero })
            bytes[index] = 0
        }
    }

    @Test func hexadecimalIsReadBack() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Hexadecimal.encode(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hexadecimal.decode(text) == bytes)
        #expect(Hexadecimal.decode(text.uppercased()) == bytes)
        for wrong in ["0", "0g", "0x00", " 00", "é0"] { #expect(Hexadecimal.decode(wrong) == nil) }
    }
}
