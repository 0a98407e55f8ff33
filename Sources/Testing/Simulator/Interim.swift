// Stand-ins for the disk and the store while they are built.

import ABI
import Contexts
import Crypto
import Journal
import JournalFile
import Kernel
import ProtobufWire

final class SimulatedDisk {
    var records: [(epoch: UInt64, sequence: UInt64, bytes: [UInt8])] = []
    var synced = 0
    var isFull = false
    init(random: SimulatedRandom) {}
    func crash(powerLoss: Bool) { if powerLoss { records.removeSubrange(synced...) } else { synced = records.count } }
    func failNextWriteOrSync() {}
    func failNothing() {}
}

enum JournalNews { case durable(UInt64), room(Int), read(token: UInt64, epoch: UInt64, bytes: [UInt8]?), failed }

final class SimulatedJournal {
    let disk: SimulatedDisk
    let lastEpoch: UInt64
    let lastSequence: UInt64
    var filling: [(epoch: UInt64, sequence: UInt64, bytes: [UInt8])] = []
    var handed: [(epoch: UInt64, sequence: UInt64, bytes: [UInt8])] = []
    var reads: [(UInt64, UInt64)] = []
    var news: [JournalNews] = []
    var since: UInt64?
    var needsSync = false
    init(disk: SimulatedDisk) {
        self.disk = disk
        lastEpoch = disk.records.last?.epoch ?? 0
        lastSequence = disk.records.last?.sequence ?? 0
    }
    static func open(on disk: SimulatedDisk, key: Ed25519.KeyPair, options: JournalOptions, now: Instant)
        throws(JournalOpenError) -> SimulatedJournal
    { SimulatedJournal(disk: disk) }
    func replay(_ body: (UInt64, UInt64, UnsafeRawBufferPointer) throws -> Void) throws {
        for record in disk.records { try record.bytes.withUnsafeBytes { try body(record.epoch, record.sequence, $0) } }
    }
    func append(_ payload: UnsafeRawBufferPointer, sequence: UInt64, epoch: UInt64, durable: Bool) {
        filling.append((epoch, sequence, Array(payload)))
        if durable { needsSync = true }
    }
    func flush(now: Instant) {
        if since == nil, !filling.isEmpty { since = now.monotonic }
        handed.append(contentsOf: filling)
        filling.removeAll()
    }
    var writerHasWork: Bool { !handed.isEmpty || !reads.isEmpty }
    func runWriter(now: Instant) {
        disk.records.append(contentsOf: handed)
        handed.removeAll()
        disk.synced = disk.records.count
        since = nil
        news.append(.durable(durableThrough))
        for (sequence, token) in reads {
            let record = sequence <= UInt64(disk.records.count) ? disk.records[Int(sequence) - 1] : nil
            news.append(.read(token: token, epoch: record?.epoch ?? 0, bytes: record?.bytes))
        }
        reads.removeAll()
    }
    var hasNews: Bool { !news.isEmpty }
    func takeNews(now: Instant, _ tell: (JournalNews) -> Void) {
        let taken = news
        news.removeAll()
        for one in taken { tell(one) }
    }
    func read(sequence: UInt64, token: UInt64) { reads.append((sequence, token)) }
    var roomBytes: Int { 1 << 30 }
    var durableThrough: UInt64 { UInt64(disk.synced) }
    var nextDeadline: UInt64? { nil }
    func close(now: Instant) { flush(now: now); runWriter(now: now) }
}

enum StoreNews { case result(UInt64, ContextResult), state(available: Bool, Text) }

final class SimulatedStore {
    struct Place: Hashable { let owner: UInt64; let context: Text; let key: Text }
    var data: [Place: [(version: UInt64, value: [UInt8], entry: ContextEntry)]] = [:]
    var queue: [ContextRequest] = []
    var news: [StoreNews] = []
    var isConnected = false
    init(random: SimulatedRandom, key: SecretKey) {}
    func kernelRestarted(now: Instant) {
        queue.removeAll(); news.removeAll(); news.append(.state(available: true, "up")); isConnected = true
    }
    func submit(_ request: ContextRequest, now: Instant) {
        if isConnected {
            queue.append(request)
        } else {
            news.append(.result(request.id, .unavailable(retryAfterMs: 1, reason: "away")))
        }
    }
    var canExecute: Bool { !queue.isEmpty }
    func execute(now: Instant) {
        let request = queue.removeFirst()
        switch request.operation {
        case .store(let key, let value, let type, _, let ifVersion, let provenance):
            let place = Place(owner: request.owner, context: request.context, key: key)
            let current = data[place]?.last?.version ?? 0
            if let ifVersion, ifVersion != current {
                return news.append(.result(request.id, .conflict(current: current)))
            }
            data[place, default: []].append(
                (
                    current + 1, value,
                    ContextEntry(
                        key: key, version: current + 1, contentType: type, valueBytes: UInt64(value.count),
                        provenance: provenance)
                ))
            news.append(.result(request.id, .stored(version: current + 1)))
        case .recall(let key, let version):
            let found = data[Place(owner: request.owner, context: request.context, key: key)]?.last {
                version == nil || $0.version == version
            }
            news.append(.result(request.id, found.map { .recalled(value: $0.value, entry: $0.entry) } ?? .notFound))
        case .list: news.append(.result(request.id, .listed([], next: "")))
        }
    }
    var canDeliver: Bool { false }
    func deliver(now: Instant) {}
    func disconnect(now: Instant, reason: Text) {
        isConnected = false
        news.append(.state(available: false, reason))
        for request in queue { news.append(.result(request.id, .outcomeUnknown(reason: reason))) }
        queue.removeAll()
    }
    func reconnect(now: Instant) { isConnected = true; news.append(.state(available: true, "up")) }
    var hasNews: Bool { !news.isEmpty }
    func takeNews(_ tell: (StoreNews) -> Void) { let taken = news; news.removeAll(); for one in taken { tell(one) } }
    var isIdle: Bool { queue.isEmpty }
    func saveCopy() {}
    func goBackToCopy() {}
    func loseEverything() {}
}
