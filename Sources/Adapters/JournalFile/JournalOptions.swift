// What can be set about the journal, each with its unit, and the seams that tests and benchmarks use.

package import Linux

public struct JournalOptions: Sendable {
    /// Size of a segment on the disk, header included, bytes. A record that does not fit gets a segment of its own.
    public var segmentBytes = 16 << 20
    /// Bound for all segments together, preallocated space included, bytes; nil for none. Beyond it there is no room.
    public var maximumBytes: Int?
    /// Records that nobody waits for are on disk this much later at most, milliseconds.
    public var bufferedSyncMilliseconds: UInt64 = 100
    /// The head is signed at most this often while records are written, milliseconds.
    public var headIntervalMilliseconds: UInt64 = 1000
    /// When space is short it is asked for again at most this often, milliseconds.
    public var spaceProbeMilliseconds: UInt64 = 1000
    /// Accepts records although no head was ever signed over them, and signs them. For a journal whose `head` file was
    /// lost and that somebody has looked at.
    public var acceptsUnsignedHistory = false
    /// Seam: every fdatasync of records takes this much longer, milliseconds, as on a slower disk.
    public var syncDelayMilliseconds: UInt64 = 0
    /// Seam: the error that fdatasync number n (from 1) is to answer with, instead of happening.
    package var syncFault: (@Sendable (_ number: UInt64) -> Errno?)?

    public init() {}
}

extension JournalOptions {
    var bufferedSyncNanoseconds: UInt64 { bufferedSyncMilliseconds * 1_000_000 }
    var headIntervalNanoseconds: UInt64 { headIntervalMilliseconds * 1_000_000 }
    var spaceProbeNanoseconds: UInt64 { spaceProbeMilliseconds * 1_000_000 }
}
