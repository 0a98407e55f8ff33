// Records by their sequence, from the files: what was just written is still in the page cache.

internal import Journal
internal import Linux

extension JournalWriter {
    /// The record with this sequence, checked.
    func lookUp(_ sequence: UInt64) -> JournalLookup {
        guard let summary = summary(of: sequence), let place = summary.nearestPlace(before: sequence) else {
            return .absent
        }
        do throws(Errno) {
            if summary.name == segments[segments.count - 1].name {
                return try read(sequence, from: active.file, place, summary)
            }
            return try read(sequence, from: files.open(summary.name, forWriting: false), place, summary)
        } catch {
            return .unreadable(reason: "\(files.path(of: summary.name)): \(error)")
        }
    }

    /// The segment that holds a sequence, by bisection.
    private func summary(of sequence: UInt64) -> SegmentSummary? {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].firstSequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : segments[low - 1]
    }

    /// Walks from the nearest remembered place, header by header, then reads and checks the one frame.
    private func read(
        _ sequence: UInt64, from file: Files.OpenFile, _ place: (offset: Int, sequence: UInt64),
        _ summary: SegmentSummary
    ) throws(Errno) -> JournalLookup {
        var offset = place.offset
        for _ in place.sequence..<sequence { offset += try frameByteCount(at: offset, in: file, summary) }
        let count = try frameByteCount(at: offset, in: file, summary)
        var bytes = [UInt8](repeating: 0, count: count)
        try readFully(&bytes, at: offset, from: file)
        return bytes.withUnsafeBytes { bytes in
            guard let frame = JournalFrame(at: 0, in: bytes), frame.sequence == sequence else {
                let damage = JournalDamage(file: summary.name, offset: offset, sequence: sequence, kind: .record)
                return .unreadable(reason: damage.description)
            }
            return .found(epoch: frame.epoch, payload: [UInt8](frame.payload))
        }
    }

    /// The length that the frame at `offset` claims, held to what the segment can contain.
    private func frameByteCount(at offset: Int, in file: Files.OpenFile, _ summary: SegmentSummary) throws(Errno) -> Int
    {
        var header = [UInt8](repeating: 0, count: JournalFormat.frameHeaderByteCount)
        try readFully(&header, at: offset, from: file)
        let count = header.withUnsafeBytes { JournalFrame.fields($0).byteCount }
        return min(count, max(JournalFormat.frameHeaderByteCount, summary.usedByteCount - offset))
    }

    /// Fills `bytes`; behind the end of the file they stay zero, which is no frame.
    private func readFully(_ bytes: inout [UInt8], at offset: Int, from file: Files.OpenFile) throws(Errno) {
        _ = try bytes.withMutableBytes { buffer throws(Errno) in
            try file.read(into: buffer, at: offset)
        }
    }
}
