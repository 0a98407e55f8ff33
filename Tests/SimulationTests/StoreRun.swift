// Random programs of operations on memory contexts in a world that goes wrong, each from a seed.

import ABI
import Contexts
import Crypto
import ProtobufWire
import Simulator

/// One seed's program: what is asked, and what goes wrong meanwhile.
struct StoreRun {
    /// What the world does beside delays, repeats and broken connections.
    struct Faults {
        var losesData = false
        var restartsKernel = false
        var putsClockBack = false
    }

    /// Key files have 32 bytes; deriving from one costs more than a run, so it is made once.
    static let key = SecretKey(copying: [UInt8](repeating: 7, count: 32).withUnsafeBytes { $0 })

    let store: SimulatedStore
    private let faults: Faults
    private var random: SimulatedRandom
    private var now = Instant(monotonic: 0, wall: 1_700_000_000_000_000_000)
    private var lastID: UInt64 = 0
    private var cursor: Text = ""
    /// Everything that was told, in order.
    private(set) var news: [StoreNews] = []

    init(seed: UInt64, faults: Faults, misbehaviour: StoreMisbehaviour = .init()) {
        random = SimulatedRandom(seed: seed)
        self.faults = faults
        store = SimulatedStore(random: random.split(), key: Self.key, misbehaviour: misbehaviour)
    }

    /// Does so many steps and then lets everything come to rest; ends at the first violation.
    mutating func run(steps: Int) {
        store.reconnect(now: now)
        for _ in 0..<steps where store.ledger.violation == nil { step() }
        store.reconnect(now: now)
        while store.ledger.violation == nil, store.canExecute || store.canDeliver || store.hasNews { move() }
    }

    private mutating func step() {
        now.wall += Int64(random.below(200)) * 1_000_000
        switch random.below(200) {
        case 0..<80: ask()
        case 80: store.disconnect(now: now, reason: "the connection was closed")
        case 81..<88: store.reconnect(now: now)
        case 88: store.saveCopy()
        case 89 where faults.losesData: loseData()
        case 90 where faults.restartsKernel: store.kernelRestarted(now: now)
        case 91 where faults.putsClockBack: now.wall -= Int64(random.below(60_000)) * 1_000_000
        case 92: now.wall += Int64(random.below(60_000)) * 1_000_000
        default: move()
        }
    }

    private mutating func loseData() {
        if random.chance(3) {
            store.loseEverything()
        } else {
            store.disconnect(now: now, reason: "the connection was closed")
            store.goBackToCopy()
        }
    }

    private mutating func move() {
        if store.canDeliver, !store.canExecute || random.chance(2) {
            store.deliver(now: now)
        } else {
            store.execute(now: now)
        }
        while store.hasNews {
            store.takeNews { item in
                if case .result(_, .listed(_, let next)) = item { cursor = next }
                news.append(item)
            }
        }
    }

    private mutating func ask() {
        lastID += 1
        let request = ContextRequest(
            id: lastID, owner: UInt64(random.pick(1...2)), context: random.chance(3) ? "b" : "a",
            operation: operation())
        store.submit(request, now: now)
    }

    private mutating func operation() -> ContextOperation {
        let key: Text = ["k", "l", "m"][random.below(3)]
        let version = UInt64(random.below(12))
        switch random.below(10) {
        case 0..<5:
            return .store(
                key: key, value: Array("\(lastID)".utf8), contentType: "", ttlMs: random.chance(3) ? lifetime() : nil,
                ifVersion: random.chance(2) ? version : nil, provenance: Provenance())
        case 5..<8: return .recall(key: key, version: nil)
        case 8: return .recall(key: key, version: version + 1)
        default:
            return .list(
                prefix: random.chance(3) ? "l" : "", cursor: random.chance(3) ? cursor : "", limit: random.below(4))
        }
    }

    private mutating func lifetime() -> UInt64 { UInt64(random.pick(1...5_000)) }
}
