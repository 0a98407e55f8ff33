// The file `head`: two copies of the signed head that are written in turn, so that one is always whole.

package import Journal
internal import Linux

/// Two slots of a page each. A head is written into the older slot and synced: an interrupted write leaves the other
/// slot, and because the file never grows, a full disk cannot keep a head from being signed.
package enum HeadFile {
    static let slotByteCount = 4096
    static let slotCount = 2

    package struct Content {
        /// The head over the most records; nil when nothing was ever signed here.
        package var newest: SignedHead?
        /// The slot to write next.
        var nextSlot = 0
        /// Slots that hold something, but no valid head.
        package var unreadableSlots = 0
    }

    /// What the file holds; nil when there is none.
    static func read(_ files: some JournalFiles) throws(Errno) -> Content? {
        do throws(Errno) {
            let file = try files.open(JournalFileName.head, forWriting: false)
            var bytes = [UInt8](repeating: 0, count: slotByteCount * slotCount)
            _ = try bytes.withMutableBytes { buffer throws(Errno) in try file.read(into: buffer, at: 0) }
            return decode(bytes)
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
    static func write(_ head: SignedHead, slot: Int, to file: some OpenJournalFile) throws(Errno) {
        var page = head.encoded
        page.append(contentsOf: repeatElement(0, count: slotByteCount - page.count))
        try page.withBytes { bytes throws(Errno) in try file.write(bytes, at: slot * slotByteCount) }
        try file.sync()
    }

    /// Opens the file, made where there is none, with room for both slots, durably.
    static func open<Files: JournalFiles>(in files: Files, isNew: Bool) throws(Errno) -> Files.OpenFile {
        let file = try isNew ? files.create(JournalFileName.head) : files.open(JournalFileName.head, forWriting: true)
        // A crash can have left a new one short.
        if try file.byteCount() < slotByteCount * slotCount {
            try file.reserve(slotByteCount * slotCount)
            try file.sync()
        }
        if isNew { try files.sync() }
        return file
    }
}
