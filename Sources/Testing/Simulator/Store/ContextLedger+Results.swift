// Whether one result can be true, after all that came before it.

import ABI
import Contexts
import ProtobufWire

extension ContextLedger.End {
    func isSurelyAlive(at nowMs: UInt64) -> Bool { nowMs < earliest }
    func isSurelyOver(at nowMs: UInt64) -> Bool { latest <= nowMs }
}

extension ContextLedger.History {
    /// No store of unknown outcome can be the newest version, or become it.
    var isSettled: Bool { !unknown.contains { $0.isPotent } }

    /// This version was written just now: what was sent before comes too late, but for a compare-and-set with a higher one,
    /// and for a higher version from before data were lost.
    func unknownAreLate(for version: UInt64, losses: Int) {
        for index in unknown.indices
        where (unknown[index].ifVersion ?? 0) < version && unknown[index].losses == losses {
            unknown[index].isPotent = false
        }
    }

    /// The known version has surely not ended, nor anything that may have followed it.
    func isSurelyThere(at nowMs: UInt64) -> Bool {
        guard let known, known.end.isSurelyAlive(at: nowMs) else { return false }
        return !unknown.contains { $0.isPotent && !$0.end.isSurelyAlive(at: nowMs) }
    }
}

extension ContextLedger {
    /// What must still hold: it was learnt in this life of the kernel, which remembers, or nothing was lost since.
    private func reliable(_ history: History) -> Known? {
        guard let known = history.known, known.life == life || known.losses == losses else { return nil }
        return known
    }

    /// Whether the known version must be the newest one ever, so that no other may be spoken of.
    private func isLast(_ known: Known?, _ history: History) -> Bool {
        history.isSettled && (known?.losses ?? 0) == losses
    }

    /// Data that were lost while this was on its way may be lost with them.
    private func learnt(_ asked: Open, _ version: UInt64, _ end: End) -> Known {
        Known(version: version, end: end, life: life, losses: asked.losses, order: order)
    }

    mutating func stored(_ asked: Open, _ history: History, _ value: [UInt8], _ end: End, _ version: UInt64) {
        if let known = reliable(history), version <= known.version {
            fail("version \(version) was stored after \(known.version): \(asked)")
        }
        history.known = learnt(asked, version, end)
        history.unknownAreLate(for: version, losses: losses)
        history.values[version, default: []].append((value, end))
    }

    /// A compare-and-set has won: could the version that it expected be the current one?
    mutating func won(_ asked: Open, _ history: History, _ ifVersion: UInt64) {
        guard let current = possible(asked, history), !current.contains(ifVersion) else { return }
        fail("it won, and the version was not \(ifVersion) but in \(current): \(asked)")
    }

    /// A compare-and-set has lost: is the version that it is told the current one?
    mutating func conflict(_ asked: Open, _ history: History, _ ifVersion: UInt64, _ current: UInt64) {
        if current == ifVersion { return fail("a conflict with the version that was expected: \(asked)") }
        guard let possible = possible(asked, history), !possible.contains(current) else { return }
        fail("it lost to \(current), and the version was in \(possible): \(asked)")
    }

    /// The versions one of which must have been current while this was done; nil where nobody can tell.
    private func possible(_ asked: Open, _ history: History) -> ClosedRange<UInt64>? {
        guard let known = reliable(history) else {
            return losses == 0 && history.known == nil && history.isSettled ? 0...0 : nil
        }
        if history.isSurelyThere(at: latestMs) {
            return known.version...(isLast(known, history) ? known.version : .max)
        }
        let isOver = known.end.isSurelyOver(at: asked.atMs) && asked.jumps == jumps
        return isOver && isLast(known, history) ? 0...0 : nil
    }

    mutating func notFound(_ asked: Open, _ history: History, _ wanted: UInt64?) {
        guard let known = reliable(history), history.isSurelyThere(at: latestMs),
            wanted == nil || wanted == known.version
        else { return }
        fail("version \(known.version) was acknowledged and is not found: \(asked)")
    }

    mutating func recalled(
        _ asked: Open, _ history: History, _ version: UInt64, _ value: [UInt8], isNewest: Bool
    ) {
        let known = history.values[version]?.filter { $0.value == value }.map(\.end) ?? []
        let ends = known.isEmpty ? history.unknown.filter { $0.value == value }.map(\.end) : known
        guard let earliest = ends.map(\.earliest).min(), let latest = ends.map(\.latest).max() else {
            return fail("version \(version) was never stored with this value: \(asked)")
        }
        let end = End(earliest: earliest, latest: latest)
        if end.isSurelyOver(at: nowMs) { return fail("version \(version) had ended: \(asked)") }
        guard isNewest else { return }
        if let known = reliable(history) {
            if version < known.version {
                return fail("version \(version) is given, \(known.version) was acknowledged before: \(asked)")
            }
            if version > known.version, isLast(known, history) {
                return fail("version \(version) came from nowhere after \(known.version): \(asked)")
            }
        }
        history.known = learnt(asked, version, end)
        if known.isEmpty { history.values[version, default: []].append((value, end)) }
    }

    /// - Parameter isWhole: the page is the whole context.
    mutating func listed(_ asked: Open, _ entries: [ContextEntry], isWhole: Bool) {
        var seen: Set<Text> = []
        var last: Text?
        for entry in entries {
            if let last, entry.key <= last { fail("\(entry.key) is listed after \(last): \(asked)") }
            last = entry.key
            seen.insert(entry.key)
            let history = history(asked, entry.key)
            if let known = reliable(history), known.order < asked.order, entry.version < known.version {
                fail("\(entry) is listed, \(known.version) was acknowledged before: \(asked)")
            }
            let values = (history.values[entry.version] ?? []).map(\.value) + history.unknown.map(\.value)
            if !values.contains(where: { UInt64($0.count) == entry.valueBytes }) {
                fail("\(entry) was never stored: \(asked)")
            }
        }
        guard isWhole, losses == 0 else { return }
        let missing = histories.filter { name, history in
            guard name.owner == asked.request.owner, name.context == asked.request.context, !seen.contains(name.key),
                let known = history.known, known.order < asked.order, history.openStores == 0
            else { return false }
            return history.isSurelyThere(at: latestMs)
        }
        if let name = missing.keys.map(\.key).min() { fail("\(name) is not listed: \(asked)") }
    }
}
