// A segment that is being written, and a spare one that waits for its turn.

internal import Journal
internal import Linux

/// An open segment file with preallocated space.
struct SegmentFile: ~Copyable {
    let descriptor: FileDescriptor
    /// Size of the file, bytes.
    let capacity: Int

    /// Bytes for records.
    var recordCapacity: Int { capacity - JournalFormat.segmentHeaderByteCount }

    /// Makes an empty file of `capacity` bytes whose space is reserved on the disk and reads as zeroes. Leaves nothing
    /// behind when it fails, for instance with `ENOSPC`.
    static func create(_ path: String, capacity: Int) throws(Errno) -> SegmentFile {
        do throws(Errno) {
            let file = try File.open(path, [.readWrite, .create, .truncate, .noFollow])
            try reserve(file.rawValue, capacity: capacity)
            return SegmentFile(descriptor: file, capacity: capacity)
        } catch {
            if try File.exists(path) { try File.unlink(path) }
            throw error
        }
    }

    /// Reserves space up to `capacity`; what the file holds stays.
    static func reserve(_ fd: Int32, capacity: Int) throws(Errno) {
        do throws(Errno) {
            try File.fallocate(fd, offset: 0, length: Int64(capacity))
        } catch {
            guard error == .EOPNOTSUPP else { throw error }
            try fill(fd, upTo: capacity)
        }
    }

    /// For file systems without fallocate: zeroes behind the end.
    private static func fill(_ fd: Int32, upTo capacity: Int) throws(Errno) {
        var offset = Int(try File.status(fd).size)
        let zeroes = try PageMemory(byteCount: 1 << 20)
        while offset < capacity {
            let count = min(zeroes.bytes.count, capacity - offset)
            try File.pwriteAll(fd, UnsafeRawBufferPointer(rebasing: zeroes.bytes[..<count]), at: Int64(offset))
            offset += count
        }
    }

    /// Writes the header of a segment into the file `name` and gives it its lasting name, all of it durably; only then
    /// may records follow.
    borrowing func begin(_ header: SegmentHeader, named name: String, in folder: JournalFolder) throws(Errno) {
        let fd = descriptor.rawValue
        try header.encoded().withBytes { bytes throws(Errno) in try File.pwriteAll(fd, bytes, at: 0) }
        try File.fdatasync(fd)
        let lasting = JournalFormat.segmentName(firstSequence: header.firstSequence)
        try File.rename(folder.path(of: name), to: folder.path(of: lasting))
        try Directory.sync(folder.path)
    }
}
