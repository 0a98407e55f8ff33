// What the kernel asks before every call: may this caller do this to that? Deny unless policy says true.

public import ABI
internal import Crypto
public import ProtobufWire
public import Rego

/// One policy module, or one JSON document of data.
public struct PolicySource: Sendable, Hashable {
    /// As it shall stand in errors and reasons, e.g. `Policies/cam.rego`.
    public let name: Text
    public let text: String

    public init(name: Text, text: String) {
        self.name = name
        self.text = text
    }
}

/// What policies see as `input.kernel`.
public struct PolicyKernelFacts: Sendable, Hashable {
    public var uid: UInt32
    public var isDraining: Bool

    public init(uid: UInt32, isDraining: Bool = false) {
        self.uid = uid
        self.isDraining = isDraining
    }
}

/// A set of policy modules in force, with its decision cache. A value: replacing it replaces policy and cache at once.
public struct PolicyEngine: Sendable {
    /// Rules and attempts named in one decision.
    public static let rulesNamedMax = 16
    /// Evaluation steps one decision may take; about 10 ms.
    public static let stepsMax: UInt64 = 200_000

    /// SHA-256 over the names and texts of all sources, lower-case hexadecimal.
    public let contentHash: Text
    /// The first 12 digits of `contentHash`: what records and people name this version by.
    public let version: Text

    /// Changing it forgets all cached decisions, which may depend on it.
    public var kernel: PolicyKernelFacts {
        didSet { if kernel != oldValue { cache.removeAll() } }
    }

    private var cache = DecisionCache()

    /// Compiles `modules` over the merged `data` documents.
    /// - Throws: everything that is wrong with them, not only the first.
    public init(
        modules: [PolicySource], data: [PolicySource] = [], kernel: PolicyKernelFacts
    ) throws(PolicyLoadErrors) {
        var hash = SHA256()
        for source in modules + data {
            hash.update(Array("\(source.name.utf8Count) \(source.text.utf8.count)\n\(source.name)\(source.text)".utf8))
        }
        contentHash = Text(hash.finish().hexadecimal)
        version = Text(String(contentHash.string.prefix(12)))
        self.kernel = kernel
    }

    /// Decides. The answer is cached under exactly (principal, action, resource, owner, call), unless `context` is
    /// given: a decision with a context depends on more and is never cached.
    /// - Parameter principal: The kernel's number for `subject`. The same number means the same subject until
    ///   `invalidate(principal:)`.
    public mutating func decide(
        subject: PolicySubject, principal: UInt32, action: Text, resource: Text, owner: UInt64, call: CallNumber,
        context: Value? = nil
    ) -> PolicyDecision {
        if context == nil,
            var known = cache.find(
                principal: principal, action: action, resource: resource, owner: owner, call: call)
        {
            known.isCached = true
            known.steps = 0
            return known
        }
        let decision = evaluate(
            subject: subject, action: action, resource: resource, owner: owner, call: call, context: context)
        if context == nil {
            cache.insert(
                decision, principal: principal, action: action, resource: resource, owner: owner, call: call)
        }
        return decision
    }

    /// Forgets what was decided about a subject whose attributes have changed or that is gone.
    public mutating func invalidate(principal: UInt32) { cache.remove(principal: principal) }

    /// Names of the claimed labels that count, sorted. `subject.labels` holds the claims. On an error none counts.
    public func effectiveLabels(_ subject: PolicySubject) -> [Text] {
        []
    }

    /// The executors that policy rules out for a capability, sorted. Nil when policy could not say, and then the
    /// request must be denied: a routing rule that fails must not open a route.
    public func excludedExecutors(_ subject: PolicySubject, capability: Text) -> [Text]? {
        []
    }

    private func evaluate(
        subject: PolicySubject, action: Text, resource: Text, owner: UInt64, call: CallNumber, context: Value?
    ) -> PolicyDecision {
        PolicyDecision(
            allow: false, rules: [],
            denial: PolicyDenial(kind: .undefined, needed: "A rule of data.cam.allow for \(action).", attempts: []),
            steps: 0, isCached: false)
    }
}
