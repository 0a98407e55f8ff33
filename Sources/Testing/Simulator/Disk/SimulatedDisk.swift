// A disk in memory that loses, tears and fails as real ones do, each decision from a seed.

internal import JournalFile
package import Linux

/// What happened on a disk, so that a run can tell whether it went where bugs are.
package struct SimulatedDiskCounts: Sendable, Equatable {
    package var kills = 0
    package var powerLosses = 0
    /// Writes of which a power loss kept a part.
    package var tornWrites = 0
    package var lostWrites = 0
    /// Power losses that lost a sector of a file and kept one that was written after it.
    package var laterSectorsKept = 0
    package var lostNames = 0
    package var lostTruncations = 0
    package var failedOperations = 0
    package var droppedPages = 0
    package var refusedForSpace = 0
    package var openings = 0
    package var tailsCut = 0
    package var segmentsBegun = 0
    package var headsSigned = 0

    package init() {}

    /// Each with its name, in a fixed order.
    package static var all: [(name: String, path: WritableKeyPath<SimulatedDiskCounts, Int>)] {
        [
            ("kills", \.kills), ("power losses", \.powerLosses), ("writes torn", \.tornWrites),
            ("writes lost", \.lostWrites), ("later sectors kept", \.laterSectorsKept), ("names lost", \.lostNames),
            ("truncations lost", \.lostTruncations), ("calls that failed", \.failedOperations),
            ("pages dropped", \.droppedPages), ("refused for space", \.refusedForSpace), ("openings", \.openings),
            ("tails cut", \.tailsCut), ("segments begun", \.segmentsBegun), ("heads signed", \.headsSigned),
        ]
    }

    package static func += (sum: inout SimulatedDiskCounts, more: SimulatedDiskCounts) {
        for (_, path) in all { sum[keyPath: path] += more[keyPath: path] }
    }
}

/// One folder with files. It outlives the processes that use it: each gets a `SimulatedFolder` of its own.
///
/// `@unchecked Sendable`: the simulated world has one thread.
package final class SimulatedDisk: @unchecked Sendable {
    package enum Operation: Sendable, Hashable, CaseIterable {
        case list, open, create, remove, rename, syncFolder, read, write, sync, truncate, reserve
    }

    private enum NameChange {
        case created(String, SimulatedFile)
        case removed(String, SimulatedFile)
        case renamed(String, to: String, SimulatedFile, replaced: SimulatedFile?)
    }

    private var random: SimulatedRandom
    private var files: [String: SimulatedFile] = [:]
    /// Since the folder's last sync, in order.
    private var nameChanges: [NameChange] = []
    /// Crashes so far: what was opened in an earlier life is dead.
    private var life = 0
    private var plannedFailures: [(operation: Operation, code: Errno)] = []
    private var operationsToLive: Int?
    /// Whether the process was stopped by `die`. What it says since then nobody hears: `crash` is what comes next.
    package private(set) var isProcessDead = false

    /// While it is, nothing grows.
    package var isFull = false
    package internal(set) var counts = SimulatedDiskCounts()

    package init(random: SimulatedRandom) { self.random = random }

    /// The folder, for a process that lives until the next crash.
    package func folder() -> SimulatedFolder { SimulatedFolder(disk: self, life: life) }

    /// Ends whatever process used the disk. Without power loss all that it had written is there; with it, what was not
    /// synced is kept or lost by chance: contents by sectors of 512 bytes, names and lengths each for itself.
    package func crash(powerLoss: Bool) {
        life += 1
        plannedFailures = []
        operationsToLive = nil
        isProcessDead = false
        if powerLoss { losePower() } else { counts.kills += 1 }
    }

    /// The next operation of this kind answers with `code`. Of a write, a part is done; a sync leaves what it could not
    /// write in memory, where it looks written and is gone with the power.
    package func failNext(_ operation: Operation, code: Errno = .EIO) {
        plannedFailures.append((operation, code))
    }

    /// The same for one of the calls that matter most, by chance.
    package func failNextWriteOrSync() {
        let operations: [Operation] = [.write, .sync, .sync, .rename, .create, .syncFolder, .truncate, .reserve]
        failNext(operations[random.below(operations.count)])
    }

    /// Nothing that was planned to fail fails any more.
    package func failNothing() { plannedFailures = [] }

    /// The process carries out so many operations more, at least one, and none after that.
    package func die(afterOperations count: Int) {
        precondition(count > 0, "death before \(count) operations")
        operationsToLive = count
    }

    /// What a reader finds, by name; to compare two runs.
    package var contents: [(name: String, bytes: [UInt8])] {
        files.sorted { $0.key < $1.key }.map { ($0.key, $0.value.bytes) }
    }

    // MARK: Power

    private func losePower() {
        counts.powerLosses += 1
        loseNames()
        for (_, file) in files.sorted(by: { $0.key < $1.key }) { file.losePower(&random, &counts) }
    }

    private func loseNames() {
        for change in nameChanges.reversed() { undo(change) }
        let isInOrder = random.chance(2)
        let keptInOrder = random.below(nameChanges.count + 1)
        for (index, change) in nameChanges.enumerated() {
            if isInOrder ? index < keptInOrder : random.chance(2) { redo(change) } else { counts.lostNames += 1 }
        }
        nameChanges = []
    }

    private func undo(_ change: NameChange) {
        switch change {
        case .created(let name, _): files[name] = nil
        case .removed(let name, let file): files[name] = file
        case .renamed(let name, let target, let file, let replaced):
            files[target] = replaced
            files[name] = file
        }
    }

    private func redo(_ change: NameChange) {
        switch change {
        case .created(let name, let file): files[name] = file
        case .removed(let name, let file): if files[name] === file { files[name] = nil }
        case .renamed(let name, let target, let file, _):
            if files[name] === file { files[name] = nil }
            files[target] = file
        }
    }

    // MARK: What a process does

    /// Before everything: the process must live, and the operation may have to fail.
    fileprivate func begin(_ operation: Operation, life: Int) throws(Errno) {
        precondition(life == self.life, "\(operation) by a process that is dead")
        if isProcessDead { throw .EIO }
        if let left = operationsToLive {
            operationsToLive = left - 1
            isProcessDead = left == 1
        }
        guard !plannedFailures.isEmpty,
            let index = plannedFailures.firstIndex(where: { $0.operation == operation })
        else { return }
        counts.failedOperations += 1
        throw plannedFailures.remove(at: index).code
    }

    fileprivate func refuseGrowth(of file: SimulatedFile, to byteCount: Int) throws(Errno) {
        guard isFull, byteCount > file.bytes.count else { return }
        counts.refusedForSpace += 1
        throw .ENOSPC
    }

    fileprivate var names: [String] { files.keys.sorted() }

    fileprivate func file(_ name: String) throws(Errno) -> SimulatedFile {
        guard let file = files[name] else { throw .ENOENT }
        return file
    }

    fileprivate func create(_ name: String) -> SimulatedFile {
        if let file = files[name] {
            file.truncate(to: 0)
            return file
        }
        let file = SimulatedFile()
        files[name] = file
        nameChanges.append(.created(name, file))
        return file
    }

    fileprivate func remove(_ name: String) throws(Errno) {
        let file = try file(name)
        files[name] = nil
        nameChanges.append(.removed(name, file))
    }

    fileprivate func rename(_ name: String, to target: String) throws(Errno) {
        let file = try file(name)
        nameChanges.append(.renamed(name, to: target, file, replaced: files[target]))
        files[name] = nil
        files[target] = file
        counts.segmentsBegun += 1
    }

    fileprivate func syncFolder() { nameChanges.removeAll(keepingCapacity: true) }

    fileprivate func drop(_ file: SimulatedFile) {
        file.drop()
        counts.droppedPages += 1
    }

    fileprivate func part(of count: Int) -> Int { random.below(count + 1) }
}

/// The disk as one process sees it, until it is killed.
package struct SimulatedFolder: JournalFiles {
    fileprivate let disk: SimulatedDisk
    fileprivate let life: Int

    package var path: String { "journal" }

    package func list() throws(Errno) -> [String] {
        try disk.begin(.list, life: life)
        return disk.names
    }

    package func open(_ name: String, forWriting: Bool) throws(Errno) -> OpenFile {
        try disk.begin(.open, life: life)
        return OpenFile(try disk.file(name), name, self)
    }

    package func create(_ name: String) throws(Errno) -> OpenFile {
        try disk.begin(.create, life: life)
        return OpenFile(disk.create(name), name, self)
    }

    package func remove(_ name: String) throws(Errno) {
        try disk.begin(.remove, life: life)
        try disk.remove(name)
    }

    package func rename(_ name: String, to target: String) throws(Errno) {
        try disk.begin(.rename, life: life)
        try disk.rename(name, to: target)
    }

    package func sync() throws(Errno) {
        try disk.begin(.syncFolder, life: life)
        disk.syncFolder()
    }
}

extension SimulatedFolder {
    /// `@unchecked Sendable`: the simulated world has one thread.
    package final class OpenFile: OpenJournalFile, @unchecked Sendable {
        private let file: SimulatedFile
        private let isHead: Bool
        private let folder: SimulatedFolder
        private var disk: SimulatedDisk { folder.disk }

        fileprivate init(_ file: SimulatedFile, _ name: String, _ folder: SimulatedFolder) {
            self.file = file
            self.folder = folder
            isHead = name == "head"
        }

        package func byteCount() throws(Errno) -> Int { file.bytes.count }

        package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int {
            try disk.begin(.read, life: folder.life)
            return file.read(into: buffer, at: offset)
        }

        package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno) {
            let wasDead = disk.isProcessDead
            do throws(Errno) {
                try disk.begin(.write, life: folder.life)
                try disk.refuseGrowth(of: file, to: offset + bytes.count)
            } catch {
                if wasDead { throw error }
                let end = disk.isFull ? min(offset + bytes.count, file.bytes.count) : offset + bytes.count
                let count = disk.part(of: max(0, end - offset))
                file.write(UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: offset)
                throw error
            }
            file.write(bytes, at: offset)
        }

        package func sync() throws(Errno) {
            do throws(Errno) {
                try disk.begin(.sync, life: folder.life)
            } catch {
                if !disk.isProcessDead { disk.drop(file) }
                throw error
            }
            if isHead, file.isChanged { disk.counts.headsSigned += 1 }
            file.sync()
        }

        package func truncate(to byteCount: Int) throws(Errno) {
            try disk.begin(.truncate, life: folder.life)
            try disk.refuseGrowth(of: file, to: byteCount)
            file.truncate(to: byteCount)
        }

        package func reserve(_ byteCount: Int) throws(Errno) {
            try disk.begin(.reserve, life: folder.life)
            try disk.refuseGrowth(of: file, to: byteCount)
            file.grow(to: byteCount)
        }
    }
}
