// Requests encoded before the clock starts: a generator copies them and writes the request id, nothing else.

import ABI
import Framing
import ProtobufWire

/// Many different requests of one call, side by side in memory.
final class FrameSet {
    let count: Int
    private let bytes: UnsafeMutableRawBufferPointer
    private let starts: [Int]
    /// Bytes of the longest frame.
    let longest: Int

    /// - Parameter payloads: one encoded message each.
    init(call: CallNumber, payloads: [[UInt8]]) {
        var all: [UInt8] = []
        var starts = [0]
        for payload in payloads {
            all += FrameHeader(kind: .request, call: call.rawValue).frame(payload: payload)
            starts.append(all.count)
        }
        count = payloads.count
        longest = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
        self.starts = starts
        bytes = .allocate(byteCount: all.count, alignment: 64)
        bytes.copyBytes(from: all)
    }

    deinit { bytes.deallocate() }

    /// Copies one frame, gives it its id, and says how long it is.
    @inline(__always)
    func copy(_ index: Int, id: UInt64, to target: UnsafeMutableRawPointer) -> Int {
        let start = starts[index]
        let length = starts[index + 1] - start
        target.copyMemory(from: bytes.baseAddress! + start, byteCount: length)
        target.storeBytes(of: id.littleEndian, toByteOffset: 8, as: UInt64.self)
        return length
    }
}

/// Draws indices the way `redis-benchmark -r` does: anew for every call. Not for anything secret.
struct Draw {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    /// Below `bound`; xorshift64* (Vigna, An experimental exploration of Marsaglia's xorshift generators, 2016).
    @inline(__always)
    mutating func next(below bound: Int) -> Int {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Int(((state &* 0x2545_F491_4F6C_DD1D) >> 33) % UInt64(bound))
    }
}
