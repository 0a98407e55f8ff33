// Frames on their way from the reactor's thread to the writer's, in one buffer.

internal import Journal

/// A group of records that is written, and synced, together.
struct JournalBatch: Sendable {
    /// A buffer that grew beyond it is given back after use, bytes.
    private static let keptCapacityMax = 4 << 20

    /// Unsealed frames, one after another.
    var bytes: [UInt8] = []
    /// Where in `bytes` the current segment is left: the frame there is the first of the next segment.
    private(set) var rolls: [Int] = []
    /// Of the last frame.
    private(set) var lastEpoch: UInt64 = 0
    private(set) var recordCount: UInt64 = 0
    /// Whether somebody waits for one of the records.
    private(set) var needsSync = false

    var isEmpty: Bool { recordCount == 0 }

    mutating func append(
        _ payload: UnsafeRawBufferPointer, epoch: UInt64, sequence: UInt64, place: JournalRoom.Place, isDurable: Bool
    ) {
        if place == .next { rolls.append(bytes.count) }
        JournalFrame.append(payload, epoch: epoch, sequence: sequence, to: &bytes)
        lastEpoch = epoch
        recordCount += 1
        needsSync = needsSync || isDurable
    }

    /// Adds what came after this batch.
    mutating func append(_ later: JournalBatch) {
        for roll in later.rolls { rolls.append(bytes.count + roll) }
        bytes.append(contentsOf: later.bytes)
        lastEpoch = later.lastEpoch
        recordCount += later.recordCount
        needsSync = needsSync || later.needsSync
    }

    /// Empties the batch and keeps its buffer for the next one, unless it is unusually large.
    mutating func reset() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacityMax)
        rolls.removeAll(keepingCapacity: true)
        recordCount = 0
        needsSync = false
    }
}
