// The file `head`: two copies of the signed head that are written in turn, so that one is always whole.

internal import Journal
internal import Linux

/// Two slots of a page each. A head is written into the older slot and synced: an interrupted write leaves the other
/// slot, and because the file never grows, a full disk cannot keep a head from being signed.
enum HeadFile {
    static let slotByteCount = 4096
    static let slotCount = 2

    struct Content {
        /// The head over the most records; nil when nothing was ever signed here.
        var newest: SignedHead?
        /// The slot to write next.
        var nextSlot = 0
        /// Slots that hold something, but no valid head.
        var unreadableSlots = 0
    }

    /// What the file at `path` holds; nil when there is no file.
    static func read(_ path: String) throws(Errno) -> Content? {
        do {
            return decode(try File.readAll(path, limit: slotByteCount * slotCount))
        } catch {
            if error == .ENOENT { return nil }
            throw error
        }
    }

    private static func decode(_ bytes: [UInt8]) -> Content {
        var content = Content()
        for slot in 0..<slotCount {
            let encoded = Array(bytes.dropFirst(slot * slotByteCount).prefix(SignedHead.byteCount))
            if encoded.allSatisfy({ $0 == 0 }) { continue }
            do throws(SignedHead.Flaw) {
                let head = try SignedHead(decoding: encoded)
                let isNewer = content.newest.map { (head.treeSize, head.epoch) > ($0.treeSize, $0.epoch) } ?? true
                if isNewer {
                    content.newest = head
                    content.nextSlot = (slot + 1) % slotCount
                }
            } catch {
                content.unreadableSlots += 1
            }
        }
        return content
    }

    /// Writes `head` into `slot` of the open file, durably.
    static func write(_ head: SignedHead, slot: Int, to fd: Int32) throws(Errno) {
        var page = head.encoded
        page.append(contentsOf: repeatElement(0, count: slotByteCount - page.count))
        try page.withBytes { bytes throws(Errno) in try File.pwriteAll(fd, bytes, at: Int64(slot * slotByteCount)) }
        try File.fdatasync(fd)
    }

    /// Makes the file with room for both slots, durably.
    static func create(_ path: String) throws(Errno) -> FileDescriptor {
        let file = try File.open(path, [.readWrite, .create, .noFollow])
        let zeroes = [UInt8](repeating: 0, count: slotByteCount * slotCount)
        try File.writeAll(file.rawValue, zeroes)
        try File.fsync(file.rawValue)
        try Directory.sync(Directory.parent(of: path))
        return file
    }
}
