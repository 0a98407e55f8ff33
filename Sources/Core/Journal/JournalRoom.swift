// Where the next record goes and how much can still be written for certain, as a value without a disk.

/// The preallocated space of a journal: the rest of the current segment and a spare one of known size.
///
/// The thread that appends decides with it where every record goes, and the thread that writes obeys; so both always
/// agree, although the writer makes spare segments at its own pace.
public struct JournalRoom: Sendable, Equatable {
    /// Bytes left in the current segment.
    public private(set) var currentByteCount: Int
    /// Bytes for records in the spare segment; 0 when there is none.
    public private(set) var spareByteCount: Int
    /// Bytes for records in a segment of the usual size.
    private let usualByteCount: Int
    /// How often the current segment was left for the next one.
    public private(set) var rollCount: UInt64 = 0
    /// False after a frame that had no guaranteed room: on a full disk its segment may not come to be, and until the
    /// writer has said that it did there is nothing to promise.
    private var isConfirmed = true

    public init(currentByteCount: Int, spareByteCount: Int, usualByteCount: Int) {
        self.currentByteCount = currentByteCount
        self.spareByteCount = spareByteCount
        self.usualByteCount = usualByteCount
    }

    /// Frames of any sizes whose sum is at most this fit for certain. A record never spans two segments, so the rest
    /// of the current segment does not add to the spare one.
    public var guaranteedByteCount: Int { isConfirmed ? max(currentByteCount, spareByteCount) : 0 }

    public enum Place: Equatable, Sendable {
        case current
        /// Leave the current segment; the frame is the first in the next one.
        case next
    }

    /// Takes the room for a frame. A frame beyond the guaranteed room goes to a next segment as well, which the
    /// writer then has to make on the spot; when the disk is full, that fails.
    public mutating func place(frameByteCount: Int) -> Place {
        if frameByteCount <= currentByteCount {
            currentByteCount -= frameByteCount
            return .current
        }
        isConfirmed = isConfirmed && frameByteCount <= spareByteCount
        let capacity = frameByteCount <= spareByteCount ? spareByteCount : max(usualByteCount, frameByteCount)
        currentByteCount = capacity - frameByteCount
        spareByteCount = 0
        rollCount += 1
        return .next
    }

    /// The writer has a spare segment of so many bytes for records (0: none), as seen after `rollCount` rolls. A
    /// report from before the last roll is old news: that spare may be the current segment by now.
    public mutating func noteSpare(byteCount: Int, afterRolls rolls: UInt64) {
        guard rolls == rollCount else { return }
        spareByteCount = byteCount
        isConfirmed = true
    }
}
