// The kernel's random source, for shells; Core and Kernel are handed what they need.

internal import CLinux
internal import Glibc

/// Random bytes from getrandom: fit for keys, never short.
public enum Randomness {
    /// Fills the whole buffer.
    public static func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(Errno) {
        var rest = buffer
        while !rest.isEmpty {
            let count = try SystemCall.run("getrandom") { cam_getrandom(rest.baseAddress, rest.count, 0) }
            rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
        }
    }

    public static func bytes(_ count: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withMutableBytes { buffer throws(Errno) in try fill(buffer) }
        return bytes
    }

    public static func uint64() throws(Errno) -> UInt64 {
        var value: UInt64 = 0
        try withUnsafeMutableBytes(of: &value) { buffer throws(Errno) in try fill(buffer) }
        return value
    }
}
