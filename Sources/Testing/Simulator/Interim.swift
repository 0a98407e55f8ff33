// A stand-in for the store while it is built.

import ABI
import Contexts
import Crypto
import Kernel
import ProtobufWire

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
