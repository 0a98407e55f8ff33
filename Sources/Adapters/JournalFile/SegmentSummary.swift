// What the journal remembers about a segment so that a record can be found by its sequence.

internal import Journal

struct SegmentSummary: Sendable {
    /// Every so many records the place of one is remembered: eight bytes for thousands of bytes of records.
    static let indexInterval: UInt64 = 64

    let name: String
    let firstSequence: UInt64
    private(set) var recordCount: UInt64 = 0
    /// Where the records end, bytes.
    private(set) var usedByteCount = JournalFormat.segmentHeaderByteCount
    /// Size of the file, bytes.
    var capacity: Int
    /// Offsets of the records `firstSequence + k × indexInterval`.
    private var index: [Int] = []

    init(name: String, firstSequence: UInt64, capacity: Int) {
        self.name = name
        self.firstSequence = firstSequence
        self.capacity = capacity
    }

    var endSequence: UInt64 { firstSequence + recordCount }
    var freeByteCount: Int { max(0, capacity - usedByteCount) }

    mutating func add(frameByteCount: Int) {
        if recordCount % Self.indexInterval == 0 { index.append(usedByteCount) }
        recordCount += 1
        usedByteCount += frameByteCount
    }

    /// Where to begin looking for a record, and which record lies there. Nil when it is not in this segment.
    func nearestPlace(before sequence: UInt64) -> (offset: Int, sequence: UInt64)? {
        guard (firstSequence..<endSequence).contains(sequence) else { return nil }
        let entry = (sequence - firstSequence) / Self.indexInterval
        return (index[Int(entry)], firstSequence + entry * Self.indexInterval)
    }
}
