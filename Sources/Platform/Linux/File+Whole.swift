// Whole files: read with a bound, replace atomically.

internal import Glibc

extension File {
    /// Reads a whole file of at most `limit` bytes.
    ///
    /// - Throws: `EFBIG` when the file is larger than `limit`.
    public static func readAll(_ path: String, limit: Int) throws(Errno) -> [UInt8] {
        let file = try open(path, .readOnly)
        return try readAll(file.rawValue, limit: limit)
    }

    /// Reads from the descriptor's position to the end, at most `limit` bytes.
    ///
    /// - Throws: `EFBIG` when there is more than `limit`.
    public static func readAll(_ fd: Int32, limit: Int) throws(Errno) -> [UInt8] {
        // A size is only a hint: files in /proc say 0.
        let hint = Int(clamping: try status(fd).size)
        var bytes = [UInt8](repeating: 0, count: min(max(hint + 1, 4096), limit + 1))
        var used = 0
        while true {
            if used == bytes.count {
                if used > limit { throw Errno.EFBIG }
                bytes.append(contentsOf: repeatElement(0, count: min(bytes.count, limit + 1 - bytes.count)))
            }
            let count = try fill(&bytes, from: used, fd)
            if count == 0 { break }
            used += count
        }
        if used > limit { throw Errno.EFBIG }
        bytes.removeLast(bytes.count - used)
        return bytes
    }

    private static func fill(_ bytes: inout [UInt8], from start: Int, _ fd: Int32) throws(Errno) -> Int {
        try bytes.withMutableBytes { buffer throws(Errno) -> Int in
            try read(fd, into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))
        }
    }

    /// Replaces the file at `path`, durably and all or nothing: a new file beside it is written, synced and renamed,
    /// then the folder is synced. `mode` is exact, whatever the umask is.
    public static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(Errno) {
        let temporary = path + ".new"
        do {
            let file = try open(temporary, [.writeOnly, .create, .truncate, .noFollow], mode: mode)
            _ = try SystemCall.run("fchmod", file.rawValue) { fchmod(file.rawValue, mode) }
            try bytes.withBytes { buffer throws(Errno) in try writeAll(file.rawValue, buffer) }
            try fsync(file.rawValue)
        }
        try rename(temporary, to: path)
        try Directory.sync(Directory.parent(of: path))
    }
}
