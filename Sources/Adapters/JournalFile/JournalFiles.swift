// What the journal asks of a disk, so that the simulator can be one.

internal import Journal
package import Linux

/// The folder of one journal. Nothing here is durable before it is synced: contents with their file, names with the folder.
package protocol JournalFiles: Sendable {
    associatedtype OpenFile: OpenJournalFile

    /// For messages.
    var path: String { get }
    /// All names, sorted by their bytes.
    func list() throws(Errno) -> [String]
    /// - Throws: `ENOENT`.
    func open(_ name: String, forWriting: Bool) throws(Errno) -> OpenFile
    /// An empty file of this name, for reading and writing; one that was there is emptied.
    func create(_ name: String) throws(Errno) -> OpenFile
    /// - Throws: `ENOENT`.
    func remove(_ name: String) throws(Errno)
    /// Replaces whatever has the name `target`.
    func rename(_ name: String, to target: String) throws(Errno)
    /// Makes names durable.
    func sync() throws(Errno)
}

/// A file that is closed when the last reference to it goes away.
package protocol OpenJournalFile: AnyObject, Sendable {
    func byteCount() throws(Errno) -> Int
    /// Fills `buffer` from `offset` on as far as the file goes, and says how far.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int
    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno)
    /// Puts content and size on the disk. After an error nobody knows what is there.
    func sync() throws(Errno)
    func truncate(to byteCount: Int) throws(Errno)
    /// Makes the file at least so long and reserves its space; what was not written reads as zeroes.
    /// - Throws: `ENOSPC`, `EDQUOT`, `EFBIG`.
    func reserve(_ byteCount: Int) throws(Errno)
}

/// The names of the files beside the segments.
enum JournalFileName {
    static let lock = "lock"
    static let head = "head"
    static let spare = "spare"
}

extension JournalFiles {
    package func path(of name: String) -> String { path + "/" + name }
    package var headPath: String { path(of: JournalFileName.head) }
    var sparePath: String { path(of: JournalFileName.spare) }

    /// The segments' names in the order of their records.
    package func segmentNames() throws(JournalOpenError) -> [String] {
        // Twenty digits each, so the order of the names is the order of the numbers.
        try JournalOpenError.naming("list", path) { () throws(Errno) in
            try list().filter { JournalFormat.firstSequence(ofSegmentNamed: $0) != nil }
        }
    }

    /// What the file of the signed head holds; nil when there is none.
    package func readHead() throws(JournalOpenError) -> HeadFile.Content? {
        try JournalOpenError.naming("read", headPath) { () throws(Errno) in try HeadFile.read(self) }
    }

    /// The bytes of a segment.
    /// - Parameter byteCount: how much to read from the start; nil for the whole file.
    package func read(_ name: String, byteCount: Int? = nil) throws(JournalOpenError) -> SegmentBytes {
        try JournalOpenError.naming("read", path(of: name)) { () throws(Errno) in
            try SegmentBytes(reading: open(name, forWriting: false), byteCount: byteCount)
        }
    }

    func removeIfThere(_ name: String) throws(Errno) {
        do {
            try remove(name)
        } catch {
            if error != .ENOENT { throw error }
        }
    }
}

/// A segment's bytes, read whole into memory that goes back to the system with this value.
package struct SegmentBytes: ~Copyable {
    /// Larger files are not ours, whatever their name is.
    private static let byteCountMax = 1 << 30

    private let memory: PageMemory
    private let count: Int

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]) }

    /// - Parameter byteCount: how much to read from the start; nil for the whole file.
    init(reading file: some OpenJournalFile, byteCount: Int? = nil) throws(Errno) {
        let size = try file.byteCount()
        guard size <= Self.byteCountMax else { throw .EFBIG }
        let wanted = min(byteCount ?? size, size)
        let memory = try PageMemory(byteCount: max(1, wanted))
        count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<wanted]), at: 0)
        self.memory = memory
    }
}
