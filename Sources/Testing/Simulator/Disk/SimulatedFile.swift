// A file on the simulated disk: what the kernel shows of it, and what a power loss may leave.

import Linux

/// Contents with their unsynced changes, remembered by sector: writing costs a copy of what is overwritten, syncing nothing.
final class SimulatedFile {
    static let sectorByteCount = 512

    /// As every reader sees it. Its length is the file's, and its space is taken on the disk.
    private(set) var bytes: [UInt8] = []
    private var syncedByteCount = 0

    /// A sector that is not now what it was at the last sync.
    private struct Change {
        var sector: Int
        /// Rather than cut off, which is no page's content that could be dropped.
        var isWritten: Bool
        /// A sync failed over it: the kernel believes it clean, and only writing it again can bring it to the disk.
        var isDropped = false
    }
    /// In the order in which the sectors were first changed; `saved` has what they were, one after another.
    private var changes: [Change] = []
    private var saved: [UInt8] = []
    /// By sector: its place in `changes`, or −1.
    private var places: [Int32] = []
    /// What was written since the last sync, in order.
    private var writes: [Range<Int>] = []

    var isChanged: Bool { !changes.isEmpty || bytes.count != syncedByteCount }

    // MARK: What a process does

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        let count = max(0, min(buffer.count, bytes.count - offset))
        if count > 0 {
            bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
            }
        }
        return count
    }

    func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
        if source.isEmpty { return }
        let range = offset..<offset + source.count
        if range.upperBound > bytes.count { grow(to: range.upperBound) }
        save(range, isWritten: true)
        writes.append(range)
        bytes.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[range]).copyMemory(from: source)
        }
    }

    func grow(to byteCount: Int) {
        guard byteCount > bytes.count else { return }
        bytes.append(contentsOf: [UInt8](repeating: 0, count: byteCount - bytes.count))
        let sectorCount = (byteCount + Self.sectorByteCount - 1) / Self.sectorByteCount
        if sectorCount > places.count {
            places.append(contentsOf: repeatElement(-1, count: sectorCount - places.count))
        }
    }

    func truncate(to byteCount: Int) {
        guard byteCount < bytes.count else { return grow(to: byteCount) }
        save(byteCount..<bytes.count, isWritten: false)
        bytes.removeLast(bytes.count - byteCount)
    }

    func sync() {
        syncedByteCount = bytes.count
        writes.removeAll(keepingCapacity: true)
        if changes.contains(where: { $0.isDropped }) { return syncWhatIsNotDropped() }
        for change in changes { places[change.sector] = -1 }
        changes.removeAll(keepingCapacity: true)
        saved.removeAll(keepingCapacity: true)
    }

    /// A sync failed, and the kernel lets go of what it could not write.
    func drop() {
        for index in changes.indices where changes[index].isWritten { changes[index].isDropped = true }
    }

    private func syncWhatIsNotDropped() {
        let (all, content) = (changes, saved)
        changes = []
        saved = []
        for (index, change) in all.enumerated() {
            places[change.sector] = change.isDropped ? Int32(changes.count) : -1
            guard change.isDropped else { continue }
            changes.append(change)
            saved.append(contentsOf: content[index * Self.sectorByteCount..<(index + 1) * Self.sectorByteCount])
        }
    }

    /// Remembers what the sectors of `range` are, unless it is remembered already.
    private func save(_ range: Range<Int>, isWritten: Bool) {
        for sector in range.lowerBound / Self.sectorByteCount...(range.upperBound - 1) / Self.sectorByteCount {
            if places[sector] >= 0 {
                let place = Int(places[sector])
                changes[place].isWritten = changes[place].isWritten || isWritten
                changes[place].isDropped = false
                continue
            }
            places[sector] = Int32(changes.count)
            changes.append(Change(sector: sector, isWritten: isWritten))
            let start = sector * Self.sectorByteCount
            let end = min(start + Self.sectorByteCount, bytes.count)
            saved.append(contentsOf: bytes[start..<end])
            if end - start < Self.sectorByteCount {
                saved.append(contentsOf: [UInt8](repeating: 0, count: Self.sectorByteCount - (end - start)))
            }
        }
    }

    // MARK: What a power loss does

    /// Decides for every unsynced sector whether it had reached the disk.
    func losePower(_ random: inout SimulatedRandom, _ counts: inout SimulatedDiskCounts) {
        guard isChanged else { return }
        let choice = random.below(8)
        // In the order they were written, as many disks do it most of the time.
        let keptInOrder = random.below(changes.count + 1)
        let isKept = changes.indices.map { index in
            if changes[index].isDropped { return false }
            return switch choice {
            case 0: false
            case 1: true
            case 2...4: index < keptInOrder
            default: random.chance(2)
            }
        }
        count(isKept, &counts)
        let byteCount = random.chance(2) ? syncedByteCount : bytes.count
        if byteCount > bytes.count { counts.lostTruncations += 1 }
        restore(isKept, byteCount: byteCount)
    }

    private func restore(_ isKept: [Bool], byteCount: Int) {
        if byteCount > bytes.count { grow(to: byteCount) }
        for (index, change) in changes.enumerated() {
            places[change.sector] = -1
            let start = change.sector * Self.sectorByteCount
            let end = min(start + Self.sectorByteCount, bytes.count)
            if isKept[index] || start >= end { continue }
            let old = index * Self.sectorByteCount
            bytes.replaceSubrange(start..<end, with: saved[old..<old + (end - start)])
        }
        bytes.removeLast(bytes.count - byteCount)
        changes.removeAll(keepingCapacity: true)
        saved.removeAll(keepingCapacity: true)
        writes.removeAll(keepingCapacity: true)
        syncedByteCount = byteCount
    }

    private func count(_ isKept: [Bool], _ counts: inout SimulatedDiskCounts) {
        for range in writes {
            let sectors = range.lowerBound / Self.sectorByteCount...(range.upperBound - 1) / Self.sectorByteCount
            let kept = sectors.count { sector in
                let place = sector < places.count ? Int(places[sector]) : -1
                return place < 0 || isKept[place]
            }
            if kept == 0 { counts.lostWrites += 1 } else if kept < sectors.count { counts.tornWrites += 1 }
        }
        if let lost = isKept.firstIndex(of: false), isKept[lost...].contains(true) { counts.laterSectorsKept += 1 }
    }
}
