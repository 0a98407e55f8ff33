// From a folder to open files: everything between the lock and the first append.

internal import Crypto
internal import Journal
internal import Linux

/// The files of a journal that was found in order, ready for the writer.
struct JournalStart: ~Copyable {
    var scan: JournalScan
    let active: SegmentFile
    let headFile: FileDescriptor

    /// Reads and checks the journal in the locked `folder`, begins one where there is none, and makes sure that
    /// everything found is on the disk and not only in the page cache of a process that was killed.
    init(
        opening folder: JournalFolder, key: Ed25519.KeyPair, options: JournalOptions
    ) throws(JournalOpenError) {
        let path = folder.sparePath
        try JournalOpenError.naming("remove", path) { () throws(Errno) in
            // Left by a process that was killed; whatever it holds was never under a segment's name.
            if try File.exists(path) { try File.unlink(path) }
        }
        var scan = try JournalScan(
            opening: folder, expecting: key.publicKey, acceptsUnsigned: options.acceptsUnsignedHistory)
        let active = try Self.openActive(&scan, folder, options)
        let headFile = try Self.openHead(&scan, folder, key)
        self.scan = scan
        self.active = active
        self.headFile = headFile
    }

    private static func openActive(
        _ scan: inout JournalScan, _ folder: JournalFolder, _ options: JournalOptions
    ) throws(JournalOpenError) -> SegmentFile {
        if scan.segments.isEmpty { return try beginFirst(&scan, folder, options) }
        return try openLast(&scan, folder, options)
    }

    private static func beginFirst(
        _ scan: inout JournalScan, _ folder: JournalFolder, _ options: JournalOptions
    ) throws(JournalOpenError) -> SegmentFile {
        let header = SegmentHeader(epoch: 1, firstSequence: JournalFormat.firstSequence, frontier: MerkleFrontier())
        let name = JournalFormat.segmentName(firstSequence: header.firstSequence)
        let file = try JournalOpenError.naming("begin", folder.path(of: name)) { () throws(Errno) in
            let file = try SegmentFile.create(folder.sparePath, capacity: options.segmentBytes)
            try file.begin(header, named: JournalFolder.spareName, in: folder)
            return file
        }
        scan.segments.append(
            SegmentSummary(name: name, firstSequence: header.firstSequence, capacity: file.capacity))
        return file
    }

    private static func openLast(
        _ scan: inout JournalScan, _ folder: JournalFolder, _ options: JournalOptions
    ) throws(JournalOpenError) -> SegmentFile {
        let last = scan.segments.count - 1
        let summary = scan.segments[last]
        let path = folder.path(of: summary.name)
        let segment = try JournalOpenError.naming("open", path) { () throws(Errno) in
            let file = try File.open(path, [.readWrite, .noFollow])
            let capacity = try reserve(file.rawValue, summary, options)
            try File.fdatasync(file.rawValue)
            try Directory.sync(folder.path)
            return SegmentFile(descriptor: file, capacity: capacity)
        }
        scan.segments[last].capacity = segment.capacity
        return segment
    }

    /// Reserves the rest of the last segment again: a cut or copied file may have lost it. On a full disk the segment
    /// ends where its records end; there is no room then, which is no reason not to open.
    private static func reserve(
        _ fd: Int32, _ summary: SegmentSummary, _ options: JournalOptions
    ) throws(Errno) -> Int {
        let capacity = max(summary.capacity, options.segmentBytes)
        do throws(Errno) {
            try SegmentFile.reserve(fd, capacity: capacity)
            return capacity
        } catch {
            guard error == .ENOSPC || error == .EDQUOT else { throw error }
            return summary.usedByteCount
        }
    }

    /// A journal without a head gets one before anybody can append: from then on records without a head are damage.
    private static func openHead(
        _ scan: inout JournalScan, _ folder: JournalFolder, _ key: Ed25519.KeyPair
    ) throws(JournalOpenError) -> FileDescriptor {
        do throws(Errno) {
            var content = scan.head ?? HeadFile.Content()
            let file =
                scan.head == nil
                ? try HeadFile.create(folder.headPath) : try File.open(folder.headPath, [.readWrite, .noFollow])
            if content.newest == nil {
                let head = SignedHead(
                    signing: scan.audit.frontier, epoch: max(1, scan.audit.lastEpoch),
                    wallNanoseconds: Clock.wall(), with: key)
                try HeadFile.write(head, slot: content.nextSlot, to: file.rawValue)
                content.newest = head
                content.nextSlot = (content.nextSlot + 1) % HeadFile.slotCount
            }
            scan.head = content
            return file
        } catch {
            throw .system(operation: "open", path: folder.headPath, error)
        }
    }
}
