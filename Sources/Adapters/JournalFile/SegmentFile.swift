// A segment that is being written, and a spare one that waits for its turn.

internal import Journal
internal import Linux
internal import Planted

/// An open segment file with preallocated space.
struct SegmentFile<File: OpenJournalFile> {
    let file: File
    /// Size of the file, bytes.
    let capacity: Int

    /// Bytes for records.
    var recordCapacity: Int { capacity - JournalFormat.segmentHeaderByteCount }

    /// The spare file, empty, of `capacity` bytes whose space is reserved on the disk and reads as zeroes. Leaves nothing
    /// behind when it fails, for instance with `ENOSPC`.
    static func spare<Files: JournalFiles>(
        in files: Files, capacity: Int
    ) throws(Errno) -> SegmentFile where Files.OpenFile == File {
        do throws(Errno) {
            let file = try files.create(JournalFileName.spare)
            try file.reserve(capacity)
            return SegmentFile(file: file, capacity: capacity)
        } catch {
            try files.removeIfThere(JournalFileName.spare)
            throw error
        }
    }

    /// Writes the header of a segment into the spare file and gives it its lasting name, all of it durably; only then may
    /// records follow.
    func begin(_ header: SegmentHeader, in files: some JournalFiles) throws(Errno) {
        try header.encoded().withBytes { bytes throws(Errno) in try file.write(bytes, at: 0) }
        try file.sync()
        try files.rename(
            JournalFileName.spare, to: JournalFormat.segmentName(firstSequence: header.firstSequence))
        if !isPlanted(.unsyncedRename) { try files.sync() }
    }
}
