// What the agents know of the memory contexts: which versions were acknowledged, and what was written in each.

import ABI

/// The histories of all keys, as far as answers have shown them.
struct MemoryLedger {
    struct Place: Hashable {
        let owner: UInt64
        let context: Int
        let key: Int
    }

    struct History {
        /// The highest version that was acknowledged, to a writer or to a reader.
        var newest: UInt64 = 0
        /// Which write made a version, where that is known.
        var writes: [UInt64: UInt64] = [:]
        /// Acknowledged compare-and-sets: the version they named → the write.
        var winners: [UInt64: UInt64] = [:]
        /// The run of camd in which it was last acknowledged.
        var run = 0
    }

    private var histories: [Place: History] = [:]
    private var nextWrite: UInt64 = 1

    /// What a request is judged by later: the newest version that was acknowledged before it was sent.
    func newest(_ place: Place) -> UInt64 { histories[place]?.newest ?? 0 }

    mutating func newWrite() -> UInt64 {
        defer { nextWrite += 1 }
        return nextWrite
    }

    /// The store has gone back in time. What an earlier run of camd acknowledged cannot be missed by this one, which
    /// does not know of it: the heads of contexts are not in the journal yet.
    mutating func storeWentBack(run: Int) {
        for place in Array(histories.keys) where histories[place]?.run != run { histories[place] = nil }
    }

    /// camd starts anew on a store that had gone back: nobody knows any more what had been there.
    mutating func forgetAll() { histories.removeAll(keepingCapacity: true) }

    mutating func stored(
        _ place: Place, write: UInt64, version: UInt64, ifVersion: UInt64?, before: UInt64, run: Int
    ) -> (Invariant, String)? {
        var history = histories[place] ?? History()
        defer { histories[place] = history }
        // Whatever was acknowledged before the store went back is not known any more.
        let floor = min(before, history.newest)
        if version <= floor {
            return (.versionsRise, "\(place) got version \(version) after \(floor) was acknowledged")
        }
        if let other = history.writes[version], other != write {
            return (.versionsRise, "\(place) version \(version) is write \(other) and write \(write)")
        }
        if let ifVersion, place.key != Cast.briefKey {
            if ifVersion < floor {
                return (
                    .comparedAndSet, "\(place) was set as version \(version) if \(ifVersion), but \(floor) was there"
                )
            }
            if let other = history.winners[ifVersion], other != write {
                return (.comparedAndSet, "\(place) if \(ifVersion) won twice: writes \(other) and \(write)")
            }
            history.winners[ifVersion] = write
        }
        history.writes[version] = write
        history.newest = max(history.newest, version)
        history.run = run
        return nil
    }

    mutating func recalled(
        _ place: Place, value: [UInt8], version: UInt64, wanted: UInt64?, before: UInt64, run: Int
    ) -> (Invariant, String)? {
        guard let mark = ValueMark(value) else {
            return (.memoryIsSeparate, "\(place) version \(version) holds what nobody wrote")
        }
        guard mark.owner == place.owner, mark.context == place.context, mark.key == place.key else {
            return (.memoryIsSeparate, "\(place) version \(version) holds what was written to \(mark)")
        }
        var history = histories[place] ?? History()
        defer { histories[place] = history }
        if let wanted, wanted != version {
            return (.readsAreFresh, "\(place): version \(wanted) was asked for, \(version) came")
        }
        let floor = min(before, history.newest)
        if wanted == nil, version < floor {
            return (.readsAreFresh, "\(place): version \(version) came although \(floor) was acknowledged before")
        }
        if let other = history.writes[version], other != mark.write {
            return (.readsAreFresh, "\(place) version \(version) is write \(mark.write), but it was write \(other)")
        }
        history.writes[version] = mark.write
        // Whoever asked for a version by its number was not told that it is the newest.
        if wanted == nil {
            history.newest = max(history.newest, version)
            history.run = run
        }
        return nil
    }

    func notFound(_ place: Place, wanted: UInt64?, before: UInt64) -> (Invariant, String)? {
        let floor = min(before, histories[place]?.newest ?? 0)
        guard wanted == nil, floor > 0, place.key != Cast.briefKey else { return nil }
        return (.readsAreFresh, "\(place): nothing came although version \(floor) was acknowledged before")
    }
}

/// What every value begins with, so that whoever reads it sees where it was written.
struct ValueMark: Equatable {
    let owner: UInt64
    let context: Int
    let key: Int
    let write: UInt64

    init(_ place: MemoryLedger.Place, write: UInt64) {
        owner = place.owner
        context = place.context
        key = place.key
        self.write = write
    }

    init?(_ value: [UInt8]) {
        guard value.count >= 18 else { return nil }
        func number(_ range: Range<Int>) -> UInt64 { value[range].reduce(0) { $0 << 8 | UInt64($1) } }
        owner = number(0..<8)
        context = Int(value[8])
        key = Int(value[9])
        write = number(10..<18)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: owner >> UInt64(shift)))
        }
        bytes.append(UInt8(context))
        bytes.append(UInt8(key))
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: write >> UInt64(shift)))
        }
        return bytes
    }
}
