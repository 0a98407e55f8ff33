// The journal's folder on Linux.

package import Linux

package struct JournalFolder: JournalFiles {
    package let path: String

    package init(path: String) { self.path = path }

    package func list() throws(Errno) -> [String] { try Directory.list(path) }

    package func open(_ name: String, forWriting: Bool) throws(Errno) -> OpenFile {
        OpenFile(try File.open(path(of: name), [forWriting ? .readWrite : .readOnly, .noFollow]))
    }

    package func create(_ name: String) throws(Errno) -> OpenFile {
        OpenFile(try File.open(path(of: name), [.readWrite, .create, .truncate, .noFollow]))
    }

    package func remove(_ name: String) throws(Errno) { try File.unlink(path(of: name)) }

    package func rename(_ name: String, to target: String) throws(Errno) {
        try File.rename(path(of: name), to: path(of: target))
    }

    package func sync() throws(Errno) { try Directory.sync(path) }

    /// A process that was killed while it spawned another keeps its lock until that one has executed or ended: so long,
    /// nanoseconds, an opener waits before it takes the lock for somebody else's.
    private static let lockPatience: UInt64 = 200_000_000
    private static let lockPause: UInt64 = 10_000_000

    /// Keeps every other camd out until it is unlocked or this process ends, however it ends.
    func lock() throws(JournalOpenError) -> FileDescriptor {
        let lockPath = path(of: JournalFileName.lock)
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

extension JournalFolder {
    package final class OpenFile: OpenJournalFile {
        private let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

        package func byteCount() throws(Errno) -> Int { Int(try File.status(descriptor.rawValue).size) }

        package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int {
            try File.preadAll(descriptor.rawValue, into: buffer, at: Int64(offset))
        }

        package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno) {
            try File.pwriteAll(descriptor.rawValue, bytes, at: Int64(offset))
        }

        package func sync() throws(Errno) { try File.fdatasync(descriptor.rawValue) }

        package func truncate(to byteCount: Int) throws(Errno) {
            try File.ftruncate(descriptor.rawValue, to: Int64(byteCount))
        }

        package func reserve(_ byteCount: Int) throws(Errno) {
            do throws(Errno) {
                try File.fallocate(descriptor.rawValue, offset: 0, length: Int64(byteCount))
            } catch {
                guard error == .EOPNOTSUPP else { throw error }
                try fill(upTo: byteCount)
            }
        }

        /// For file systems without fallocate: zeroes behind the end.
        private func fill(upTo end: Int) throws(Errno) {
            var offset = try byteCount()
            let zeroes = try PageMemory(byteCount: 1 << 20)
            while offset < end {
                let count = min(zeroes.bytes.count, end - offset)
                try write(UnsafeRawBufferPointer(rebasing: zeroes.bytes[..<count]), at: offset)
                offset += count
            }
        }
    }
}
