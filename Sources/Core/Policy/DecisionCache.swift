// Decisions already made, each kept under exactly what policy can read to make it.

internal import ABI
internal import Containers
internal import ProtobufWire
internal import Rego

/// What a decision is asked about. The action always counts, for every denial names it.
struct DecisionKey: Sendable {
    let principal: UInt32
    let call: CallNumber
    let owner: UInt64
    let action: Text
    let resource: Text

    /// Whether the two are the same as far as is read.
    fileprivate func agrees(with other: DecisionKey, on reads: DecisionReads) -> Bool {
        action == other.action && (!reads.contains(.caller) || principal == other.principal)
            && (!reads.contains(.owner) || owner == other.owner) && (!reads.contains(.call) || call == other.call)
            && (!reads.contains(.resource) || resource == other.resource)
    }

    fileprivate func hash(of reads: DecisionReads) -> KeyHash {
        var hash = KeyHash()
        let call = reads.contains(.call) ? UInt64(call.rawValue) : 0
        hash.combine((reads.contains(.caller) ? UInt64(principal) << 8 : 0) | call)
        if reads.contains(.owner) { hash.combine(owner) }
        action.withBytes { hash.combine($0) }
        if reads.contains(.resource) { resource.withBytes { hash.combine($0) } }
        return hash
    }
}

/// Parts of a policy's input. Facts about the kernel are none: when they change, everything is forgotten.
struct DecisionReads: OptionSet, Sendable {
    let rawValue: UInt8

    static let caller = DecisionReads(rawValue: 1)
    static let call = DecisionReads(rawValue: 2)
    static let owner = DecisionReads(rawValue: 4)
    static let resource = DecisionReads(rawValue: 8)
    static let context = DecisionReads(rawValue: 16)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ query: PreparedQuery) {
        guard let paths = query.inputPaths else { self.init(rawValue: .max); return }
        self.init(
            paths.map { path in
                switch path.first {
                case "caller": .caller
                case "call": .call
                case "context": .context
                case "resource": path.count == 1 ? [.owner, .resource] : path[1] == "owner" ? .owner : .resource
                default: []
                }
            })
    }
}

struct DecisionCache: Sendable {
    static let capacity = 16_384

    /// Immutable, so that a hit copies a reference and the table stays a value.
    private final class Entry: Sendable {
        let key: DecisionKey
        let decision: PolicyDecision
        /// The second it holds in, if it depends on the time.
        let second: Int64?

        init(_ key: DecisionKey, _ decision: PolicyDecision, second: Int64?) {
            self.key = key
            self.decision = decision
            self.second = second
        }
    }

    private var table = AssociativeCache<Entry>(capacity: DecisionCache.capacity)
    /// What the rules that allow read, and what is read for a denial besides: the reasons it gives.
    private let allowing: DecisionReads
    private let denying: DecisionReads

    init(allowing: DecisionReads, denying: DecisionReads) {
        self.allowing = allowing
        self.denying = denying
    }

    /// - Parameter hasContext: whether policies see an `input.context`: then what reads it is not found.
    mutating func find(_ key: DecisionKey, hasContext: Bool, second: Int64) -> PolicyDecision? {
        find(key, true, allowing, hasContext, second) ?? find(key, false, denying, hasContext, second)
    }

    private mutating func find(
        _ key: DecisionKey, _ allow: Bool, _ reads: DecisionReads, _ hasContext: Bool, _ second: Int64
    ) -> PolicyDecision? {
        if hasContext && reads.contains(.context) { return nil }
        return table.find(key.hash(of: reads)) {
            $0.decision.allow == allow && $0.key.agrees(with: key, on: reads) && ($0.second ?? second) == second
        }?.decision
    }

    mutating func insert(_ decision: PolicyDecision, _ key: DecisionKey, hasContext: Bool, second: Int64?) {
        let reads = decision.allow ? allowing : denying
        if hasContext && reads.contains(.context) { return }
        var kept = decision
        kept.isCached = true
        kept.steps = 0
        table.insert(Entry(key, kept, second: second), key.hash(of: reads)) {
            $0.decision.allow == decision.allow && $0.key.agrees(with: key, on: reads)
        }
    }

    mutating func removeAll() { table.removeAll() }
}
