// A cache that is found again in constant time without allocating. Bounded; evicts by second chance within one small set
// of places, so that neither a look-up nor an insertion ever walks the whole table.

/// A set-associative table of places in sets of four. What an entry is kept under is the caller's: the hash points, and
/// a comparison decides. Entries that collide on purpose only evict each other.
public struct AssociativeCache<Entry: AnyObject & Sendable>: Sendable {
    @usableFromInline let capacity: Int
    /// One word a place, so that a look-up reads one cache line: the hash, whose second bit is always set, with the
    /// lowest bit as "used since the hand passed"; 0 is free.
    @usableFromInline var tags: [UInt64]
    @usableFromInline var entries: [Entry?]
    @usableFromInline var hands: [UInt8]

    @inlinable static var ways: Int { 4 }

    /// - Parameter capacity: a power of two, at least 4.
    public init(capacity: Int) {
        precondition(capacity >= 4 && capacity & (capacity - 1) == 0, "a table has a power of two of places")
        self.capacity = capacity
        tags = [UInt64](repeating: 0, count: capacity)
        entries = [Entry?](repeating: nil, count: capacity)
        hands = [UInt8](repeating: 0, count: capacity / 4)
    }

    /// The entry with this hash that `matches`; finding counts as use.
    @inlinable
    public mutating func find(_ hash: KeyHash, where matches: (Entry) -> Bool) -> Entry? {
        let tag = hash.value | 3
        let first = firstPlace(tag)
        for place in first..<(first + Self.ways) where tags[place] | 1 == tag {
            guard let entry = entries[place], matches(entry) else { continue }
            tags[place] = tag
            return entry
        }
        return nil
    }

    /// Keeps an entry, in the place of the one that it `replaces` where there is one.
    @inlinable
    public mutating func insert(_ entry: Entry, _ hash: KeyHash, replacing replaces: (Entry) -> Bool) {
        let tag = hash.value | 3
        let first = firstPlace(tag)
        let known = (first..<(first + Self.ways)).first { place in
            tags[place] | 1 == tag && entries[place].map(replaces) == true
        }
        let place = known ?? victim(in: first)
        tags[place] = tag & ~1
        entries[place] = entry
    }

    /// Forgets everything.
    public mutating func removeAll() { self = AssociativeCache(capacity: capacity) }

    @usableFromInline
    mutating func victim(in first: Int) -> Int {
        if let free = (first..<(first + Self.ways)).first(where: { tags[$0] == 0 }) { return free }
        let set = first / Self.ways
        // After one round every place has lost its second chance, so this ends.
        while true {
            let place = first + Int(hands[set])
            hands[set] = (hands[set] + 1) % UInt8(Self.ways)
            if tags[place] & 1 == 0 { return place }
            tags[place] &= ~1
        }
    }

    @inlinable
    func firstPlace(_ tag: UInt64) -> Int {
        Int(truncatingIfNeeded: tag >> 32) & (capacity / Self.ways - 1) * Self.ways
    }
}

/// A quick multiply-and-fold hash of the parts of a key. Not for keys whose collisions could do harm.
public struct KeyHash: Sendable {
    @usableFromInline var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    @inlinable
    public init() {}

    @inlinable
    public mutating func combine(_ part: UInt64) { fold(part) }

    @inlinable
    public mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        fold(UInt64(bytes.count))
        var offset = 0
        while offset + 8 <= bytes.count {
            fold(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < bytes.count {
            tail = tail << 8 | UInt64(bytes[offset])
            offset += 1
        }
        fold(tail)
    }

    @inlinable
    mutating func fold(_ part: UInt64) {
        let product = (value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: part ^ 0xE703_7ED1_A0B4_28DB)
        value = product.high ^ product.low
    }
}
