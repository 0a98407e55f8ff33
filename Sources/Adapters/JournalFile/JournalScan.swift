// Opening a journal: read and check every record, cut what was never finished, refuse anything else that is wrong.

internal import Crypto
package import Journal
internal import Linux

/// A journal as it was found, whole up to `audit`, with the end of its last segment clean.
package struct JournalScan {
    var segments: [SegmentSummary] = []
    var audit: JournalAudit
    var head: HeadFile.Content?
    var warnings: [JournalWarning] = []
    /// Every record up to this one is on the disk for certain: a later record or the signed head says so.
    private(set) var provenThrough: UInt64

    /// Reads the whole journal. Writes only to cut a torn tail, and only after everything else was found in order.
    init(
        opening files: some JournalFiles, expecting key: Ed25519.PublicKey, acceptsUnsigned: Bool
    ) throws(JournalOpenError) {
        head = try Self.readHead(of: files, expecting: key)
        audit = JournalAudit(signed: head?.newest)
        provenThrough = audit.signedThrough
        if let head, head.unreadableSlots > 0 {
            guard head.newest != nil || acceptsUnsigned else { throw .headUnreadable(path: files.headPath) }
            warnings.append(.headCopyUnreadable(path: files.headPath))
        }
        let names = try files.segmentNames()
        var tail: (name: String, offset: Int, byteCount: Int)?
        for name in names {
            tail = try read(name, isLast: name == names.last, of: files)
        }
        do throws(JournalDamage) {
            try audit.finish(
                file: names.last ?? JournalFormat.segmentName(firstSequence: JournalFormat.firstSequence),
                offset: segments.last?.usedByteCount ?? 0)
        } catch {
            throw .damaged(folder: files.path, error)
        }
        if head?.newest == nil, audit.lastSequence > 0 {
            guard acceptsUnsigned else {
                throw .headMissing(path: files.headPath, records: audit.lastSequence)
            }
            warnings.append(.unsignedHistory(records: audit.lastSequence))
        }
        if let tail { try cut(tail, of: files) }
    }

    private static func readHead(
        of files: some JournalFiles, expecting key: Ed25519.PublicKey
    ) throws(JournalOpenError) -> HeadFile.Content? {
        let content = try files.readHead()
        if let signer = content?.newest?.publicKey, signer != key {
            throw .foreignKey(path: files.headPath, signedBy: signer, expected: key)
        }
        return content
    }

    /// Reads one segment; answers its torn tail if it has one.
    private mutating func read(
        _ name: String, isLast: Bool, of files: some JournalFiles
    ) throws(JournalOpenError) -> (name: String, offset: Int, byteCount: Int)? {
        let segment = try files.read(name)
        do throws(JournalDamage) {
            let header = try Self.header(of: segment.bytes, file: name, sequence: audit.lastSequence + 1)
            try audit.begin(header, file: name)
            var summary = SegmentSummary(
                name: name, firstSequence: header.firstSequence, capacity: segment.bytes.count)
            var scan = SegmentScan(
                segment.bytes, file: name, header: header, isLast: isLast, lastEpoch: audit.lastEpoch,
                signedThrough: audit.signedThrough)
            while let frame = try scan.next() {
                try audit.accept(frame, file: name)
                summary.add(frameByteCount: frame.byteCount)
                provenThrough = max(provenThrough, frame.durableThrough)
            }
            segments.append(summary)
            guard case .torn(let byteCount) = scan.end else { return nil }
            return (name, scan.offset, byteCount)
        } catch {
            throw .damaged(folder: files.path, error)
        }
    }

    package static func header(
        of bytes: UnsafeRawBufferPointer, file: String, sequence: UInt64
    ) throws(JournalDamage) -> SegmentHeader {
        do throws(SegmentHeader.Flaw) {
            return try SegmentHeader(decoding: bytes)
        } catch {
            throw JournalDamage(file: file, offset: 0, sequence: sequence, kind: .header(error))
        }
    }

    /// Cuts the file where the tail begins; its space is reserved again before anybody appends. To overwrite it would not
    /// do: zeroes whose sync fails look as if they were on the disk, and the tail comes back with the next power loss.
    private mutating func cut(
        _ tail: (name: String, offset: Int, byteCount: Int), of files: some JournalFiles
    ) throws(JournalOpenError) {
        try JournalOpenError.naming("cut the torn tail of", files.path(of: tail.name)) { () throws(Errno) in
            try files.open(tail.name, forWriting: true).truncate(to: tail.offset)
        }
        warnings.append(
            .tornTail(
                file: tail.name, offset: tail.offset, byteCount: tail.byteCount, sequence: audit.lastSequence + 1))
    }
}
