// Decisions already made, each kept under exactly what policy can read to make it.

internal import ABI
internal import Containers
internal import ProtobufWire
internal import Rego

/// What decisions are asked about, as far as policy reads it.
struct DecisionKey: Sendable, Equatable {
    var principal: UInt32
    var call: CallNumber?
    var owner: UInt64
    /// Always part of the key: every denial names it.
    let action: Text
    var resource: Text

    /// The same without what is not read.
    func restricted(to reads: DecisionReads) -> DecisionKey {
        var key = self
        if !reads.contains(.caller) { key.principal = 0 }
        if !reads.contains(.call) { key.call = nil }
        if !reads.contains(.owner) { key.owner = 0 }
        if !reads.contains(.resource) { key.resource = "" }
        return key
    }

    fileprivate var hash: KeyHash {
        var hash = KeyHash()
        hash.combine(UInt64(principal) << 8 | UInt64(call?.rawValue ?? 0))
        hash.combine(owner)
        action.withBytes { hash.combine($0) }
        resource.withBytes { hash.combine($0) }
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
        let key = key.restricted(to: reads)
        return table.find(key.hash) {
            $0.decision.allow == allow && $0.key == key && ($0.second ?? second) == second
        }?.decision
    }

    mutating func insert(_ decision: PolicyDecision, _ key: DecisionKey, hasContext: Bool, second: Int64?) {
        let reads = decision.allow ? allowing : denying
        if hasContext && reads.contains(.context) { return }
        let key = key.restricted(to: reads)
        var kept = decision
        kept.isCached = true
        kept.steps = 0
        table.insert(Entry(key, kept, second: second), key.hash) { $0.key == key }
    }

    mutating func removeAll() { table.removeAll() }
}
