// Reading every record of a journal from outside, while camd runs or not.

internal import Journal
public import JournalFile

extension JournalVerification {
    /// Gives each record's epoch, sequence and payload to `body`, in order. Checks each by itself and their order, not the
    /// signed head; `verify` does that. What is in the middle of being written is not there yet.
    /// - Throws: `JournalOpenError`, for damage too.
    public static func read(
        directory: String, _ body: (UInt64, UInt64, UnsafeRawBufferPointer) -> Void
    ) throws(JournalOpenError) {
        let folder = JournalFolder(path: directory)
        // The head first: what it covers was on disk before it was, so it is in what is read after it.
        let signedThrough = try folder.readHead()?.newest?.treeSize ?? 0
        let names = try folder.segmentNames()
        var last: (epoch: UInt64, sequence: UInt64) = (0, 0)
        for name in names {
            let segment = try folder.read(name)
            do throws(JournalDamage) {
                let header = try JournalScan.header(of: segment.bytes, file: name, sequence: last.sequence + 1)
                var scan = SegmentScan(
                    segment.bytes, file: name, header: header, isLast: name == names.last, lastEpoch: last.epoch,
                    signedThrough: signedThrough)
                while let frame = try scan.next() {
                    body(frame.epoch, frame.sequence, frame.payload)
                    last = (frame.epoch, frame.sequence)
                }
            } catch {
                throw .damaged(folder: folder.path, error)
            }
        }
    }
}
