// Decisions already made, found again in constant time without allocating. Bounded; evicts by second chance within one
// small set of places, so that neither a look-up nor an insertion ever walks the whole table.

internal import ABI
internal import ProtobufWire

/// A set-associative table of `capacity` places in sets of four.
struct DecisionCache: Sendable {
    static let capacity = 16_384
    private static let ways = 4

    /// Immutable, so that a hit copies a reference and the table stays a value.
    private final class Entry: Sendable {
        let principal: UInt32
        let call: CallNumber
        let owner: UInt64
        let action: Text
        let resource: Text
        let decision: PolicyDecision

        init(
            principal: UInt32, call: CallNumber, owner: UInt64, action: Text, resource: Text, decision: PolicyDecision
        ) {
            self.principal = principal
            self.call = call
            self.owner = owner
            self.action = action
            self.resource = resource
            self.decision = decision
        }
    }

    /// One word a place, so that a look-up reads one cache line: the key's hash, whose second bit is always set, with
    /// the lowest bit as "used since the hand passed"; 0 is free.
    private var tags = [UInt64](repeating: 0, count: DecisionCache.capacity)
    private var entries = [Entry?](repeating: nil, count: DecisionCache.capacity)
    private var hands = [UInt8](repeating: 0, count: DecisionCache.capacity / DecisionCache.ways)

    mutating func find(
        principal: UInt32, action: Text, resource: Text, owner: UInt64, call: CallNumber
    ) -> PolicyDecision? {
        let tag = DecisionCache.tag(principal, action, resource, owner, call)
        let first = DecisionCache.firstPlace(tag)
        for place in first..<(first + DecisionCache.ways) where tags[place] | 1 == tag {
            // The hash only points; the key itself decides.
            guard let entry = entries[place], entry.principal == principal, entry.call == call, entry.owner == owner,
                entry.action == action, entry.resource == resource
            else { continue }
            tags[place] = tag
            return entry.decision
        }
        return nil
    }

    mutating func insert(
        _ decision: PolicyDecision, principal: UInt32, action: Text, resource: Text, owner: UInt64, call: CallNumber
    ) {
        let tag = DecisionCache.tag(principal, action, resource, owner, call)
        let place = victim(in: DecisionCache.firstPlace(tag))
        tags[place] = tag & ~1
        entries[place] = Entry(
            principal: principal, call: call, owner: owner, action: action, resource: resource, decision: decision)
    }

    mutating func removeAll() { self = DecisionCache() }

    private mutating func victim(in first: Int) -> Int {
        if let free = (first..<(first + DecisionCache.ways)).first(where: { tags[$0] == 0 }) { return free }
        let set = first / DecisionCache.ways
        // After one round every place has lost its second chance, so this ends.
        while true {
            let place = first + Int(hands[set])
            hands[set] = (hands[set] + 1) % UInt8(DecisionCache.ways)
            if tags[place] & 1 == 0 { return place }
            tags[place] &= ~1
        }
    }

    private static func firstPlace(_ tag: UInt64) -> Int {
        Int(truncatingIfNeeded: tag >> 32) & (capacity / ways - 1) * ways
    }

    /// A multiply-and-fold hash over the key's bytes. Its second bit is always set, so a tag is never "free". Keys that
    /// collide on purpose only evict each other.
    private static func tag(
        _ principal: UInt32, _ action: Text, _ resource: Text, _ owner: UInt64, _ call: CallNumber
    ) -> UInt64 {
        var hash = fold(UInt64(principal) << 8 | UInt64(call.rawValue), owner ^ 0x9E37_79B9_7F4A_7C15)
        hash = action.withBytes { fold(hash, bytes: $0) }
        hash = resource.withBytes { fold(hash, bytes: $0) }
        return hash | 3
    }

    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = (a ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: b ^ 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }

    private static func fold(_ seed: UInt64, bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = fold(seed, UInt64(bytes.count))
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = fold(hash, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < bytes.count {
            tail = tail << 8 | UInt64(bytes[offset])
            offset += 1
        }
        return fold(hash, tail)
    }
}
