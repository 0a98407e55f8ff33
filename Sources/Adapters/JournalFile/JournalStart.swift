// From a folder to open files: everything between the lock and the first append.

package import Crypto
internal import Journal
internal import Linux

/// The files of a journal that was found in order, ready for the writer.
package struct JournalStart<Files: JournalFiles> {
    let files: Files
    package private(set) var scan: JournalScan
    let active: SegmentFile<Files.OpenFile>
    let headFile: Files.OpenFile

    /// Reads and checks the journal in the locked folder, begins one where there is none, and makes sure that
    /// everything found is on the disk and not only in the page cache of a process that was killed.
    /// - Parameter wallNanoseconds: the time, for the head that is signed where there is none.
    package init(
        opening files: Files, key: Ed25519.KeyPair, options: JournalOptions, wallNanoseconds: Int64
    ) throws(JournalOpenError) {
        precondition(
            options.segmentBytes > 2 * JournalFormat.segmentHeaderByteCount, "segments of \(options.segmentBytes) bytes"
        )
        try JournalOpenError.naming("remove", files.sparePath) { () throws(Errno) in
            // Left by a process that was killed; whatever it holds was never under a segment's name.
            try files.removeIfThere(JournalFileName.spare)
        }
        var scan = try JournalScan(
            opening: files, expecting: key.publicKey, acceptsUnsigned: options.acceptsUnsignedHistory)
        active =
            try scan.segments.isEmpty
            ? Self.beginFirst(&scan, files, options) : Self.openLast(&scan, files, options)
        headFile = try Self.openHead(&scan, files, key, wallNanoseconds)
        self.scan = scan
        self.files = files
    }

    private static func beginFirst(
        _ scan: inout JournalScan, _ files: Files, _ options: JournalOptions
    ) throws(JournalOpenError) -> SegmentFile<Files.OpenFile> {
        let header = SegmentHeader(epoch: 1, firstSequence: JournalFormat.firstSequence, frontier: MerkleFrontier())
        let name = JournalFormat.segmentName(firstSequence: header.firstSequence)
        let segment = try JournalOpenError.naming("begin", files.path(of: name)) { () throws(Errno) in
            let segment = try SegmentFile.spare(in: files, capacity: options.segmentBytes)
            try segment.begin(header, in: files)
            return segment
        }
        scan.segments.append(
            SegmentSummary(name: name, firstSequence: header.firstSequence, capacity: segment.capacity))
        return segment
    }

    private static func openLast(
        _ scan: inout JournalScan, _ files: Files, _ options: JournalOptions
    ) throws(JournalOpenError) -> SegmentFile<Files.OpenFile> {
        let last = scan.segments.count - 1
        let summary = scan.segments[last]
        let unproven = max(summary.firstSequence, scan.provenThrough + 1)
        let segment = try JournalOpenError.naming("open", files.path(of: summary.name)) { () throws(Errno) in
            let file = try files.open(summary.name, forWriting: true)
            if let place = summary.nearestPlace(before: unproven) {
                try writeAgain(place.offset..<summary.usedByteCount, of: file)
            }
            let capacity = try reserve(file, summary, options)
            try file.sync()
            try files.sync()
            return SegmentFile(file: file, capacity: capacity)
        }
        scan.segments[last].capacity = segment.capacity
        return segment
    }

    /// After a sync that failed the kernel takes its pages for clean, shows them, and does not write them any more. What
    /// may be on no disk is made new to it, so that the next sync is about it.
    private static func writeAgain(_ range: Range<Int>, of file: Files.OpenFile) throws(Errno) {
        var bytes = [UInt8](repeating: 0, count: range.count)
        _ = try bytes.withMutableBytes { buffer throws(Errno) in try file.read(into: buffer, at: range.lowerBound) }
        try bytes.withBytes { buffer throws(Errno) in try file.write(buffer, at: range.lowerBound) }
    }

    /// Reserves the rest of the last segment again: a cut or copied file may have lost it. On a full disk the segment
    /// ends where its records end; there is no room then, which is no reason not to open.
    private static func reserve(
        _ file: Files.OpenFile, _ summary: SegmentSummary, _ options: JournalOptions
    ) throws(Errno) -> Int {
        let capacity = max(summary.capacity, options.segmentBytes)
        do throws(Errno) {
            try file.reserve(capacity)
            return capacity
        } catch {
            guard error == .ENOSPC || error == .EDQUOT else { throw error }
            return summary.usedByteCount
        }
    }

    /// A journal without a head gets one before anybody can append: from then on records without a head are damage.
    private static func openHead(
        _ scan: inout JournalScan, _ files: Files, _ key: Ed25519.KeyPair, _ wallNanoseconds: Int64
    ) throws(JournalOpenError) -> Files.OpenFile {
        do throws(Errno) {
            var content = scan.head ?? HeadFile.Content()
            let file = try HeadFile.open(in: files, isNew: scan.head == nil)
            let head =
                content.newest
                ?? SignedHead(
                    signing: scan.audit.frontier, epoch: max(1, scan.audit.lastEpoch),
                    wallNanoseconds: wallNanoseconds, with: key)
            // One that was found as well: it may be in the page cache only.
            try HeadFile.write(head, slot: content.nextSlot, to: file)
            content.newest = head
            content.nextSlot = (content.nextSlot + 1) % HeadFile.slotCount
            scan.head = content
            return file
        } catch {
            throw .system(operation: "open", path: files.headPath, error)
        }
    }
}
