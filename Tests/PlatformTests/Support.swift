// What the platform tests share: a folder of their own, a bounded way to turn a reactor, a pair of sockets.

import Foundation
import Linux
import Reactor
import Testing

/// A folder that goes away with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = try Directory.makeTemporary(prefix: (ThisProcess.environment("TMPDIR") ?? "/tmp") + "/cam-platform-")
    }

    deinit {
        do { try Directory.removeAll(path) } catch { Issue.record("\(path) could not be removed: \(error)") }
    }
}

extension Reactor {
    /// Turns until the condition holds; a condition that never comes is a failure, not a hang.
    func turn(
        until condition: () -> Bool, seconds: UInt64 = 20, wait: Int32 = 50,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let end = Clock.monotonic() + seconds * 1_000_000_000
        while !condition() {
            if Clock.monotonic() > end {
                Issue.record("the condition did not come true in \(seconds) s", sourceLocation: location)
                return
            }
            try runOnce(timeoutMilliseconds: wait)
        }
    }
}

/// What can be read at once; nil when nothing is there, empty at the end.
func readableBytes(_ fd: Int32, limit: Int = 1 << 20) throws -> [UInt8]? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 1)
    defer { buffer.deallocate() }
    guard let count = try File.readAvailable(fd, into: buffer) else { return nil }
    return Array(buffer[..<count])
}

/// Makes the kernel hold little for this socket; it doubles the number for its own bookkeeping.
func setSendBuffer(_ fd: Int32, bytes: Int32) {
    var bytes = bytes
    #expect(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, 4) == 0)
}

/// Sends one byte with descriptors, as SCM_RIGHTS.
func sendDescriptors(_ descriptors: [Int32], to fd: Int32) -> Int {
    let length = 16 + 4 * descriptors.count
    var control = [UInt64](repeating: 0, count: (length + 7) / 8)
    var byte: UInt8 = 42
    return control.withUnsafeMutableBytes { control in
        control.storeBytes(of: length, as: Int.self)
        control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
        control.storeBytes(of: Int32(SCM_RIGHTS), toByteOffset: 12, as: Int32.self)
        for (place, descriptor) in descriptors.enumerated() {
            control.storeBytes(of: descriptor, toByteOffset: 16 + 4 * place, as: Int32.self)
        }
        return withUnsafeMutablePointer(to: &byte) { byte in
            var span = iovec(iov_base: byte, iov_len: 1)
            return withUnsafeMutablePointer(to: &span) { span in
                var message = msghdr()
                message.msg_iov = span
                message.msg_iovlen = 1
                message.msg_control = control.baseAddress
                message.msg_controllen = control.count
                return sendmsg(fd, &message, 0)
            }
        }
    }
}

/// A tuple with noncopyable elements is not possible; a box that lends a descriptor's number and closes it later.
final class Owned {
    private var descriptor: FileDescriptor?

    init(_ descriptor: consuming FileDescriptor) { self.descriptor = consume descriptor }

    /// Nil for nil.
    init?(optional descriptor: consuming FileDescriptor?) {
        guard let number = descriptor?.release() else { return nil }
        self.descriptor = FileDescriptor(owning: number)
    }

    var fd: Int32 { descriptor?.rawValue ?? -1 }

    func close() { descriptor = nil }
}

/// A small generator whose seed can be printed and given again (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators, 2014).
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
