// The journal's folder: which files are in it, and reading one whole.

internal import Journal
internal import Linux

/// Names and paths in a journal folder.
struct JournalFolder: Sendable {
    let path: String

    static let lockName = "lock"
    static let headName = "head"
    static let spareName = "spare"

    func path(of name: String) -> String { path + "/" + name }
    var lockPath: String { path(of: Self.lockName) }
    var headPath: String { path(of: Self.headName) }
    var sparePath: String { path(of: Self.spareName) }

    /// The segments' names in the order of their records.
    func segmentNames() throws(JournalOpenError) -> [String] {
        // Twenty digits each, so the order of the names is the order of the numbers.
        try JournalOpenError.naming("list", path) { () throws(Errno) in
            try Directory.list(path).filter { JournalFormat.firstSequence(ofSegmentNamed: $0) != nil }
        }
    }

    /// What the file of the signed head holds; nil when there is none.
    func readHead() throws(JournalOpenError) -> HeadFile.Content? {
        try JournalOpenError.naming("read", headPath) { () throws(Errno) in try HeadFile.read(headPath) }
    }

    /// The bytes of a segment.
    /// - Parameter byteCount: how much to read from the start; nil for the whole file.
    func read(_ name: String, byteCount: Int? = nil) throws(JournalOpenError) -> SegmentBytes {
        let path = path(of: name)
        return try JournalOpenError.naming("read", path) { () throws(Errno) in
            try SegmentBytes(reading: path, byteCount: byteCount)
        }
    }

    /// A process that was killed while it spawned another keeps its lock until that one has executed or ended: so long,
    /// nanoseconds, an opener waits before it takes the lock for somebody else's.
    private static let lockPatience: UInt64 = 200_000_000
    private static let lockPause: UInt64 = 10_000_000

    /// Keeps every other camd out until it is unlocked or this process ends, however it ends.
    func lock() throws(JournalOpenError) -> FileDescriptor {
        do throws(Errno) {
            let file = try File.open(lockPath, [.readWrite, .create, .noFollow])
            let end = Clock.monotonic() + Self.lockPatience
            repeat {
                if try File.lock(file.rawValue) { return file }
                Clock.sleep(nanoseconds: Self.lockPause)
            } while Clock.monotonic() < end
        } catch {
            throw .system(operation: "lock", path: lockPath, error)
        }
        throw .locked(path: lockPath)
    }
}

/// A segment's bytes, read whole into memory that goes back to the system with this value.
struct SegmentBytes: ~Copyable {
    /// Larger files are not ours, whatever their name is.
    private static let byteCountMax: Int64 = 1 << 30

    private let memory: PageMemory
    private let count: Int

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]) }

    /// - Parameter byteCount: how much to read from the start; nil for the whole file.
    init(reading path: String, byteCount: Int? = nil) throws(Errno) {
        let file = try File.open(path, [.readOnly, .noFollow])
        let size = try File.status(file.rawValue).size
        guard size <= Self.byteCountMax else { throw .EFBIG }
        let wanted = min(byteCount ?? Int(size), Int(size))
        let memory = try PageMemory(byteCount: max(1, wanted))
        let room = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<wanted])
        count = try File.preadAll(file.rawValue, into: room, at: 0)
        self.memory = memory
    }
}
