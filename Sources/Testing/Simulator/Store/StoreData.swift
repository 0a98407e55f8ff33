// What a Redis holds of memory contexts, and exactly what our three scripts do to it, without a Redis.

import Containers
import Contexts

/// The data of one server. A value: a copy of it is a backup.
struct StoreData {
    private var contexts: [NameHash: StoredContext] = [:]
    /// Keys that were removed because they had ended.
    private(set) var swept = 0

    var keyCount: Int { contexts.values.reduce(0) { $0 + $1.keyCount } }

    /// Does the command as the script does it.
    /// - Parameter serverMs: the server's own clock, by which it drops records a second after their end.
    mutating func execute(_ command: ContextCommand, serverMs: UInt64) -> ContextReply {
        let (context, key) = (command.id.context, command.id.key)
        switch command.action {
        case .store(let proposal):
            return contexts[context, default: StoredContext()].store(
                proposal, key: key, nowMs: command.nowMs, serverMs: serverMs, swept: &swept)
        case .recall(let version):
            guard let context = contexts[context] else { return ContextReply.none(newest: 0) }
            return context.recall(key, version, nowMs: command.nowMs, serverMs: serverMs)
        case .list(let batch): return contexts[context]?.list(batch) ?? .listed([], last: nil, more: false)
        }
    }
}

/// One context: see ContextScripts.swift for what each part is in Redis.
private struct StoredContext {
    struct Head {
        var version: UInt64
        var oldest: UInt64
        var expiryMs: UInt64
        var bytes: [UInt8]
    }

    struct RecordID: Hashable {
        var key: NameHash
        var version: UInt64
    }

    struct Record {
        var bytes: [UInt8]
        /// On the server's clock; 0 for never.
        var lastMs: UInt64
    }

    /// A member of the sorted set of what ends, which Redis keeps by score and then by the bytes of its text.
    struct Ending {
        var score: UInt64
        var key: NameHash
        var first: UInt64
        var last: UInt64

        func precedes(_ other: Ending) -> Bool {
            if score != other.score { return score < other.score }
            if key != other.key { return key < other.key }
            return "\(first):\(last)" < "\(other.first):\(other.last)"
        }

        func isMember(_ other: Ending) -> Bool { key == other.key && first == other.first && last == other.last }
    }

    private var heads: [NameHash: Head] = [:]
    /// The highest version of any key that was removed.
    private var taken: UInt64 = 0
    private var order: [NameHash] = []
    private var endings: [Ending] = []
    private var records: [RecordID: Record] = [:]

    var keyCount: Int {
        records.count + (heads.isEmpty && taken == 0 ? 0 : 1) + (order.isEmpty ? 0 : 1) + (endings.isEmpty ? 0 : 1)
    }

    mutating func store(
        _ proposal: StoreProposal, key: NameHash, nowMs: UInt64, serverMs: UInt64, swept: inout Int
    ) -> ContextReply {
        var newest = taken
        var (current, oldest) = (0 as UInt64, proposal.version)
        var ending: Ending?
        if let head = heads[key] {
            newest = max(newest, head.version)
            if head.expiryMs == 0 || head.expiryMs > nowMs {
                (current, oldest) = (head.version, head.oldest)
                if head.expiryMs > 0 {
                    ending = Ending(score: head.expiryMs, key: key, first: head.oldest, last: head.version)
                }
            }
        }
        let conflicts = proposal.ifVersion.map { $0 != current } ?? false
        if conflicts || proposal.version <= newest {
            if let head = heads[key], head.bytes.dropFirst(24).elementsEqual(proposal.entry) { return .store(.stored) }
            if record(key, proposal.version, serverMs) == proposal.record { return .store(.stored) }
            return .store(conflicts ? .conflict(current: current) : .stale(next: newest + 1))
        }

        let expiryMs = proposal.expiryMs
        let lastMs = expiryMs > 0 ? serverMs + (expiryMs > nowMs ? expiryMs - nowMs : 0) + 1000 : 0
        records[RecordID(key: key, version: proposal.version)] = Record(bytes: proposal.record, lastMs: lastMs)
        keepHead(key, version: proposal.version, oldest: oldest, expiryMs: expiryMs, entry: proposal.entry)
        if let ending, let place = endings.firstIndex(where: ending.isMember) { endings.remove(at: place) }
        if expiryMs > 0 { add(Ending(score: expiryMs, key: key, first: oldest, last: proposal.version)) }
        sweep(nowMs, &swept)
        return .store(.stored)
    }

    private mutating func keepHead(
        _ key: NameHash, version: UInt64, oldest: UInt64, expiryMs: UInt64, entry: [UInt8]
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24 + entry.count)
        for number in [version, oldest, expiryMs] {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: entry)
        let head = Head(version: version, oldest: oldest, expiryMs: expiryMs, bytes: bytes)
        if heads.updateValue(head, forKey: key) == nil { order.insert(key, at: place(of: key)) }
    }

    private mutating func sweep(_ nowMs: UInt64, _ swept: inout Int) {
        guard let first = endings.first, first.score <= nowMs else { return }
        var budget = 64
        for var ending in endings.prefix(8).prefix(while: { $0.score <= nowMs }) {
            if let place = endings.firstIndex(where: ending.isMember) { endings.remove(at: place) }
            while ending.first <= ending.last, budget > 0 {
                records[RecordID(key: ending.key, version: ending.first)] = nil
                ending.first += 1
                budget -= 1
            }
            if ending.first <= ending.last {
                ending.score = nowMs
                add(ending)
                break
            }
            if heads[ending.key]?.version == ending.last {
                heads[ending.key] = nil
                order.remove(at: place(of: ending.key))
                taken = max(taken, ending.last)
                swept += 1
            }
        }
    }

    func recall(_ key: NameHash, _ version: UInt64?, nowMs: UInt64, serverMs: UInt64) -> ContextReply {
        guard let head = heads[key] else { return ContextReply.none(newest: 0) }
        if head.expiryMs != 0, head.expiryMs <= nowMs { return .ended(head: head.bytes) }
        let wanted = version ?? head.version
        guard (head.oldest...head.version).contains(wanted) else { return ContextReply.none(newest: head.version) }
        let record = record(key, wanted, serverMs)
        if wanted < head.version { return record.map { .older(record: $0) } ?? ContextReply.none(newest: head.version) }
        return record.map { .newest(head: head.bytes, record: $0) } ?? .lost(head: head.bytes)
    }

    func list(_ batch: ListPage.Batch) -> ContextReply {
        var from = 0
        if let after = batch.after {
            from = place(of: after)
            if from < order.count, order[from] == after { from += 1 }
        }
        let to = min(from + batch.count, order.count)
        let listed = order[from..<to].compactMap { key in heads[key].map { (key: key, head: $0.bytes) } }
        return .listed(listed, last: listed.last?.key, more: to < order.count)
    }

    private func record(_ key: NameHash, _ version: UInt64, _ serverMs: UInt64) -> [UInt8]? {
        guard let record = records[RecordID(key: key, version: version)],
            record.lastMs == 0 || serverMs <= record.lastMs
        else { return nil }
        return record.bytes
    }

    private mutating func add(_ ending: Ending) {
        let place = endings.firstIndex { ending.precedes($0) } ?? endings.count
        endings.insert(ending, at: place)
    }

    /// Where the key is in the order, or would be.
    private func place(of key: NameHash) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
