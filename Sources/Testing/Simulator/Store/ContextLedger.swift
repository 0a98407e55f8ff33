// Watches memory contexts from outside: every request, every result, and whether all of them can be true together.

import ABI
import Contexts
package import ProtobufWire

/// Knows nothing of seals, scripts or servers: only what was asked, what was answered, and when data were lost or the
/// kernel began anew. The first thing that cannot be true is its `violation`.
///
/// What it holds: every operation is answered once, those of one key in order; versions that were acknowledged only rise;
/// a recall gives what was stored under that very owner, context, key and version, never something older than what was
/// acknowledged before; what was refused never appears; a compare-and-set wins and loses rightly; what was acknowledged is
/// there or DATA_LOSS, and DATA_LOSS is said only when data were lost.
package struct ContextLedger {
    struct Name: Hashable {
        var owner: UInt64
        var context: Text
        var key: Text
    }

    /// When a version ends, as far as can be told from outside.
    struct End {
        var earliest: UInt64 = .max
        var latest: UInt64 = .max
    }

    /// The newest version that is known to have been there.
    struct Known {
        var version: UInt64
        var end: End
        /// When it was learnt: in which life of the kernel, after how many losses of data and how many questions.
        var life: Int
        var losses: Int
        var order: UInt64
    }

    /// A store whose outcome nobody knows.
    struct Unknown {
        var value: [UInt8]
        var ifVersion: UInt64?
        var end: End
        /// How often data had been lost when it was sent.
        var losses: Int
        /// It can still become the newest version.
        var isPotent = true
    }

    final class History {
        var known: Known?
        var unknown: [Unknown] = []
        /// What was stored under each version; several after versions were lost and their numbers used again.
        var values: [UInt64: [(value: [UInt8], end: End)]] = [:]
        var lastAnswered: UInt64 = 0
        var lastAnsweredStore: UInt64 = 0
        var openStores = 0
    }

    struct Open: CustomStringConvertible {
        var order: UInt64
        var request: ContextRequest
        var atMs: UInt64
        /// The clock has been put back meanwhile, so that nothing is known of ends.
        var jumps: Int
        var losses: Int

        var description: String {
            let place = "agent \(request.owner), context \(request.context)"
            return switch request.operation {
            case .store(let key, let value, _, let ttlMs, let ifVersion, _):
                "store \(key) (\(value.count) bytes, ttl \(ttlMs.map(String.init) ?? "-"), if \(ifVersion.map(String.init) ?? "-")), \(place)"
            case .recall(let key, let version): "recall \(key) (\(version.map(String.init) ?? "newest")), \(place)"
            case .list(let prefix, let cursor, let limit): "list \(prefix)… (\(limit) after \(cursor)), \(place)"
            }
        }
    }

    /// What cannot be true, in words; nil while all is well.
    package private(set) var violation: Text?
    var histories: [Name: History] = [:]
    private var open: [UInt64: Open] = [:]
    private(set) var order: UInt64 = 0
    private(set) var life = 0
    private(set) var losses = 0
    private(set) var nowMs: UInt64 = 0
    private(set) var latestMs: UInt64 = 0
    private(set) var jumps = 0

    package init() {}

    /// How many operations are not answered.
    package var openCount: Int { open.count }

    mutating func submitted(_ request: ContextRequest) {
        order += 1
        let entry = Open(order: order, request: request, atMs: nowMs, jumps: jumps, losses: losses)
        if open.updateValue(entry, forKey: request.id) != nil { fail("operation \(request.id) was asked twice") }
        if case .store(let key, _, _, _, _, _) = request.operation { history(entry, key).openStores += 1 }
    }

    mutating func dataWereLost() { losses += 1 }

    mutating func kernelRestarted() {
        life += 1
        for (_, lost) in open.sorted(by: { $0.key < $1.key }) { becameUnknown(lost) }
        for history in histories.values { history.openStores = 0 }
        open.removeAll()
    }

    mutating func answered(_ id: UInt64, _ result: ContextResult) {
        guard let asked = open.removeValue(forKey: id) else {
            return fail("operation \(id) was answered twice, or never asked: \(result)")
        }
        if case .store(let key, _, _, _, _, _) = asked.request.operation { history(asked, key).openStores -= 1 }
        switch result {
        case .unavailable, .invalid, .tooLarge: return
        case .dataLoss where losses == 0 && jumps == 0: fail("nothing was lost: \(result) to \(asked)")
        default: break
        }
        switch asked.request.operation {
        case .list(let prefix, let cursor, _):
            guard case .listed(let entries, let next) = result else { return notAnAnswer(result, asked) }
            listed(asked, entries, isWhole: prefix.isEmpty && cursor.isEmpty && next.isEmpty)
        case .store(let key, _, _, _, _, _), .recall(let key, _):
            let history = history(asked, key)
            // Reads may overtake each other.
            let isRead = asked.request.operation.isRead
            if asked.order < (isRead ? history.lastAnsweredStore : history.lastAnswered) {
                fail("answered after what was asked later on the same key: \(asked)")
            }
            history.lastAnswered = max(history.lastAnswered, asked.order)
            if !isRead { history.lastAnsweredStore = asked.order }
            answered(asked, history, result)
        }
    }

    private mutating func answered(_ asked: Open, _ history: History, _ result: ContextResult) {
        switch (asked.request.operation, result) {
        case (_, .dataLoss), (.store, .storeFull): break
        case (.store, .outcomeUnknown): becameUnknown(asked)
        case (.store(_, let value, _, let ttlMs, let ifVersion, _), .stored(let version)):
            if let ifVersion { won(asked, history, ifVersion) }
            stored(asked, history, value, end(asked, ttlMs), version)
        case (.store(_, _, _, _, let ifVersion?, _), .conflict(let current)):
            conflict(asked, history, ifVersion, current)
        case (.recall(_, let version), .notFound): notFound(asked, history, version)
        case (.recall(let key, let version), .recalled(let value, let entry)):
            if entry.key != key || entry.version != version ?? entry.version || entry.valueBytes != UInt64(value.count)
            {
                return notAnAnswer(result, asked)
            }
            recalled(asked, history, entry.version, value, isNewest: version == nil)
        default: notAnAnswer(result, asked)
        }
    }

    private mutating func notAnAnswer(_ result: ContextResult, _ asked: Open) {
        if case .dataLoss = result { return }
        fail("\(result) is no answer to \(asked)")
    }

    mutating func fail(_ words: Text) {
        if violation == nil { violation = words }
    }

    /// What time it is.
    mutating func see(_ nowMs: UInt64) {
        if nowMs < self.nowMs { jumps += 1 }
        self.nowMs = nowMs
        latestMs = max(latestMs, nowMs)
    }

    mutating func history(_ asked: Open, _ key: Text) -> History {
        let name = Name(owner: asked.request.owner, context: asked.request.context, key: key)
        if let history = histories[name] { return history }
        let history = History()
        histories[name] = history
        return history
    }

    /// When a version ends that was stored by this operation, which is being answered now.
    func end(_ asked: Open, _ ttlMs: UInt64?) -> End {
        guard let ttlMs else { return End() }
        return asked.jumps == jumps
            ? End(earliest: asked.atMs + ttlMs, latest: nowMs + ttlMs) : End(earliest: 0, latest: .max)
    }

    private mutating func becameUnknown(_ asked: Open) {
        guard case .store(let key, let value, _, let ttlMs, let ifVersion, _) = asked.request.operation else { return }
        let unknown = Unknown(value: value, ifVersion: ifVersion, end: end(asked, ttlMs), losses: asked.losses)
        history(asked, key).unknown.append(unknown)
    }
}
