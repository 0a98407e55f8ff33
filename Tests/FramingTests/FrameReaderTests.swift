// Framing: what is a frame, what is none, and that no bytes whatever can crash the reader.

import Framing
import Testing

@Suite("Framing")
struct FrameReaderTests {
    private static let header = FrameHeader(
        kind: .request, call: 12, flagsOrStatus: 2, requestID: 0x0102_0304_0506_0708)

    private func next(_ bytes: [UInt8], _ limits: FrameLimits = .registered) throws -> (FrameHeader, [UInt8], Int)? {
        try bytes.withUnsafeBytes { buffer in
            try FrameReader(limits: limits).next(in: buffer).map { ($0.header, Array($0.payload), $0.consumed) }
        }
    }

    @Test("a frame is sixteen little-endian bytes and its payload, as WIRE.md says")
    func exactBytes() {
        let bytes = Self.header.frame(payload: [0xAA, 0xBB])
        #expect(bytes == [14, 0, 0, 0, 1, 1, 12, 2, 8, 7, 6, 5, 4, 3, 2, 1, 0xAA, 0xBB])
    }

    @Test("every kind comes back as it was written", arguments: FrameKind.allCases)
    func roundTrip(kind: FrameKind) throws {
        let header = FrameHeader(kind: kind, call: 15, flagsOrStatus: 255, requestID: .max)
        let payload = [UInt8](0..<200)
        let (read, content, consumed) = try #require(try next(header.frame(payload: payload)))
        var expected = header
        expected.payloadCount = 200
        #expect(read == expected)
        #expect(content == payload)
        #expect(consumed == 216)
        #expect(FrameKind(rawValue: kind.rawValue) == kind)
    }

    @Test("a frame split at any byte is incomplete before and whole after")
    func splitAtEveryByte() throws {
        let bytes = Self.header.frame(payload: [UInt8](repeating: 7, count: 100))
        for cut in 0..<bytes.count {
            #expect(try next(Array(bytes[..<cut])) == nil, "cut at \(cut)")
        }
        let (_, payload, consumed) = try #require(try next(bytes + [1, 2, 3]))
        #expect(payload.count == 100)
        #expect(consumed == bytes.count)
    }

    @Test("frames behind each other come out one by one, wherever the stream was cut")
    func streamOfFrames() throws {
        var stream: [UInt8] = []
        for index in 0..<20 {
            let header = FrameHeader(kind: .response, requestID: UInt64(index))
            stream += header.frame(payload: [UInt8](repeating: UInt8(index), count: index * 3))
        }
        for piece in [1, 2, 3, 7, 15, 16, 17, 64, stream.count] {
            var waiting: [UInt8] = []
            var ids: [UInt64] = []
            for start in stride(from: 0, to: stream.count, by: piece) {
                waiting += stream[start..<min(start + piece, stream.count)]
                while let (header, payload, consumed) = try next(waiting) {
                    #expect(payload == [UInt8](repeating: UInt8(header.requestID), count: Int(header.requestID) * 3))
                    ids.append(header.requestID)
                    waiting.removeFirst(consumed)
                }
            }
            #expect(ids == Array(0..<20), "pieces of \(piece)")
            #expect(waiting.isEmpty)
        }
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8]
        var limits = FrameLimits.registered
        var error: FramingError
        var text: String
        var testDescription: String { text }
    }

    static let malformed: [Malformed] = [
        Malformed(
            bytes: [0, 0, 0, 0, 1, 1], error: .lengthTooSmall(0),
            text: "frame length 0 is below 12, the rest of the header"),
        Malformed(
            bytes: [11, 0, 0, 0], error: .lengthTooSmall(11),
            text: "frame length 11 is below 12, the rest of the header"),
        Malformed(
            bytes: [13, 0, 0, 1], error: .lengthTooLarge(16_777_229, limit: 16_777_228),
            text: "frame length 16777229 is above the limit of 16777228"),
        Malformed(
            bytes: [255, 255, 255, 255, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            error: .lengthTooLarge(.max, limit: 16_777_228),
            text: "frame length 4294967295 is above the limit of 16777228"),
        Malformed(
            bytes: [1, 0, 1, 0], limits: .unregistered, error: .lengthTooLarge(65_537, limit: 65_536),
            text: "frame length 65537 is above the limit of 65536"),
        Malformed(
            bytes: [12, 0, 0, 0, 2], error: .unsupportedVersion(2),
            text: "wire version 2 is not supported; this is version 1"),
        Malformed(
            bytes: [12, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], error: .unsupportedVersion(0),
            text: "wire version 0 is not supported; this is version 1"),
        Malformed(
            bytes: [12, 0, 0, 0, 1, 0], error: .unknownKind(0), text: "frame kind 0 is unknown; kinds are 1 to 8"),
        Malformed(
            bytes: [12, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], error: .unknownKind(9),
            text: "frame kind 9 is unknown; kinds are 1 to 8"),
    ]

    @Test("a wrong header is refused at the byte that is wrong, in stable words", arguments: malformed)
    func malformedHeader(_ example: Malformed) {
        #expect(throws: example.error) { try next(example.bytes, example.limits) }
        #expect(example.error.description == example.text)
    }

    @Test("the largest frame passes, one byte more does not, for strangers and for the registered")
    func limits() throws {
        for limits in [FrameLimits.registered, .unregistered, FrameLimits(payloadBytesMax: 0)] {
            let most = FrameHeader(kind: .request).frame(payload: [UInt8](repeating: 1, count: limits.payloadBytesMax))
            #expect(try next(most, limits)?.1.count == limits.payloadBytesMax)
            let more = FrameHeader(kind: .request, payloadCount: limits.payloadBytesMax + 1)
            var bytes: [UInt8] = []
            more.append(to: &bytes)
            let length = UInt32(limits.payloadBytesMax + 13)
            #expect(throws: FramingError.lengthTooLarge(length, limit: length - 1)) { try next(bytes, limits) }
        }
    }

    @Test("random bytes give a frame, nothing or an error, and never read beyond their end")
    func randomBytes() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(state: seed)
        var outcomes = [0, 0, 0]
        for _ in 0..<200_000 {
            let count = Int.random(in: 0...40, using: &random)
            // Half of them start like a frame, so that the later checks are reached.
            let plausible = Bool.random(using: &random)
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
            defer { bytes.deallocate() }
            for index in 0..<count { bytes[index] = .random(in: 0...255, using: &random) }
            if plausible && count >= 6 {
                bytes[0] = .random(in: 0...60, using: &random)
                for index in 1...3 { bytes[index] = 0 }
                bytes[4] = .random(in: 0...2, using: &random)
                bytes[5] = .random(in: 0...10, using: &random)
            }
            do {
                if let frame = try FrameReader(limits: .registered).next(in: UnsafeRawBufferPointer(bytes)) {
                    #expect(frame.consumed <= count && frame.payload.count == frame.consumed - 16, "seed \(seed)")
                    outcomes[0] += 1
                } else {
                    outcomes[1] += 1
                }
            } catch {
                outcomes[2] += 1
            }
        }
        #expect(
            outcomes.allSatisfy { $0 > 0 },
            "one of frame, incomplete, error was never reached: \(outcomes), seed \(seed)")
    }
}

/// A small generator whose seed can be printed and given again (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators, 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
