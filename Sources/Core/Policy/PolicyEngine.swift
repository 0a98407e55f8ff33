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

/// The time as policies see it: in whole seconds, so that what depends on it need not be decided anew at every call.
private struct PolicyTime {
    static let nanosecondsPerSecond: Int64 = 1_000_000_000

    let second: Int64
    /// Whether some policy asked for it.
    var wasRead = false

    init(_ nanoseconds: Int64) {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: PolicyTime.nanosecondsPerSecond)
        // Down, also before 1970.
        second = remainder < 0 ? quotient - 1 : quotient
    }
}

/// What policy says of the executors for one capability, for as long as it says so.
public struct ExcludedExecutors: Sendable {
    /// Sorted. Nil when policy could not say, and then the request must be denied: a routing rule that fails must not
    /// open a route.
    public let names: [Text]?
    fileprivate let second: Int64?

    /// Whether policy would say the same again, `now` being nanoseconds since 1970.
    public func hold(at now: Int64) -> Bool { second.map { $0 == PolicyTime(now).second } ?? true }
}

/// A set of policy modules in force, with its decision cache. A value: replacing it replaces policy and cache at once.
public struct PolicyEngine: Sendable {
    /// Rules and attempts named in one decision.
    public static let rulesNamedMax = 16
    private static let reasonsMax = 16
    /// Labels or executors in one answer of policy, and what each may have.
    private static let namesMax = 1_024
    private static let nameBytesMax = 256
    /// What one decision may cost: about 10 ms. The kernel counts and has no clock, so that a replay decides the same.
    private static let budget = Budget(steps: 200_000, memoryBytes: 16 << 20)
    /// A trace is asked for by people, and must not hold up the kernel either.
    private static let traceBudget = Budget(steps: 5_000, memoryBytes: 1 << 20)

    /// SHA-256 over the names and texts of all sources, lower-case hexadecimal.
    public let contentHash: Text
    /// The first 12 digits of `contentHash`: what records and people name this version by.
    public let version: Text

    /// The names of the sources, modules first; at most 100.
    public let files: [Text]
    /// Whether a rule `data.cam.granted` is there, so that what is written into `data.grants` counts.
    public let honoursGrants: Bool

    /// Changing it forgets all cached decisions, which may depend on it.
    public var kernel: PolicyKernelFacts {
        didSet { if kernel != oldValue { cache.removeAll() } }
    }

    private var cache: DecisionCache
    private let allow: PreparedQuery
    private let denyReasons: PreparedQuery
    private let effectiveLabelNames: PreparedQuery
    private let excludedExecutorNames: PreparedQuery

    /// Compiles `modules` over the merged `data` documents.
    /// - Throws: everything that is wrong with them, not only the first.
    public init(
        modules: [PolicySource], data: [PolicySource] = [], kernel: PolicyKernelFacts
    ) throws(PolicyLoadErrors) {
        contentHash = Self.contentHash(modules, data)
        version = Text(String(contentHash.string.prefix(12)))
        files = (modules + data).prefix(100).map(\.name)
        self.kernel = kernel
        let policy = try PolicyLoading.load(modules: modules, data: data)
        honoursGrants = policy.defines(["cam", "granted"])
        allow = PolicyLoading.prepare(policy, "data.cam.allow")
        denyReasons = PolicyLoading.prepare(policy, "data.cam.deny_reasons")
        effectiveLabelNames = PolicyLoading.prepare(policy, "data.cam.effective_labels")
        excludedExecutorNames = PolicyLoading.prepare(policy, "data.cam.excluded_executors")
        let reads = DecisionReads(allow)
        cache = DecisionCache(allowing: reads, denying: reads.union(DecisionReads(denyReasons)))
    }

    /// What `contentHash` is of these sources.
    public static func contentHash(_ modules: [PolicySource], _ data: [PolicySource]) -> Text {
        var hash = SHA256()
        for source in modules + data {
            hash.update(Array("\(source.name.utf8Count) \(source.text.utf8.count)\n\(source.name)\(source.text)".utf8))
        }
        return Text(hash.finish().hexadecimal)
    }

    /// Decides. The answer is cached under the action and what policy can read of the caller, the resource and the
    /// rest; one that depends on the time holds until the second ends, which is as exactly as policies see the time.
    /// - Parameters:
    ///   - principal: The kernel's number for `subject`: the same number always means the same subject.
    ///   - now: nanoseconds since 1970.
    public mutating func decide(
        subject: PolicySubject, principal: UInt32, action: Text, resource: Text, owner: UInt64, call: CallNumber,
        context: Value? = nil, now: Int64
    ) -> PolicyDecision {
        let key = DecisionKey(principal: principal, call: call, owner: owner, action: action, resource: resource)
        var time = PolicyTime(now)
        if let known = cache.find(key, hasContext: context != nil, second: time.second) { return known }
        let input = PolicyInput.document(
            subject: subject, action: action, resource: resource, owner: owner, call: call, kernel: kernel,
            context: context)
        let decision = evaluate(input, action: action, &time)
        cache.insert(decision, key, hasContext: context != nil, second: time.wasRead ? time.second : nil)
        return decision
    }

    /// What an evaluation of the same question shows, never from the cache: the rules that did not hold, each with the
    /// condition that failed, or with `isFull` every step. Bounded.
    public func trace(
        subject: PolicySubject, action: Text, resource: Text, owner: UInt64, call: CallNumber, context: Value?,
        isFull: Bool, now: Int64
    ) -> [Text] {
        let input = PolicyInput.document(
            subject: subject, action: action, resource: resource, owner: owner, call: call, kernel: kernel,
            context: context)
        let observer = isFull ? Observer(eventsMax: 256) : nil
        let evaluation = allow.evaluate(
            input: input, budget: isFull ? PolicyEngine.traceBudget : PolicyEngine.budget, isStrict: true,
            wallNanoseconds: PolicyTime(now).second * PolicyTime.nanosecondsPerSecond, observer: observer)
        guard let observer else { return PolicyWords.attempts(evaluation) }
        return (observer.lines + (evaluation.error.map { ["the trace ends here: \($0.outline)"] } ?? [])).map(
            PolicyWords.line)
    }

    /// A decision's denial for the one who asked: with what they asked for, and whom to ask now.
    /// - Parameter record: the id of the record of the denial; nil where nothing was denied yet.
    public func denial(_ decision: PolicyDecision, resource: Text, record: Text?) -> Denial? {
        guard var denial = decision.denial else { return nil }
        denial.resource = resource
        denial.ask = PolicyWords.ask(denial, honoursGrants: honoursGrants, record: record)
        return denial
    }

    /// Names of the claimed labels that count, sorted. `subject.labels` holds the claims. On an error none counts.
    public func effectiveLabels(_ subject: PolicySubject, now: Int64) -> [Text] {
        let input = PolicyInput.document(
            subject: subject, action: "agent.register", resource: subject.name, owner: 0, call: .registerAgent,
            kernel: kernel, context: nil)
        let claimed = Set(subject.labels.map(\.name))
        var time = PolicyTime(now)
        return (names(effectiveLabelNames, input, &time) ?? []).filter { claimed.contains($0) }
    }

    /// The executors that policy rules out for a capability.
    public func excludedExecutors(_ subject: PolicySubject, capability: Text, now: Int64) -> ExcludedExecutors {
        let input = PolicyInput.document(
            subject: subject, action: "capability.\(capability)", resource: capability, owner: 0, call: .arbitrate,
            kernel: kernel, context: nil)
        var time = PolicyTime(now)
        let names = names(excludedExecutorNames, input, &time)
        return ExcludedExecutors(names: names, second: time.wasRead ? time.second : nil)
    }

    // MARK: Evaluating

    private func evaluate(_ query: PreparedQuery, _ input: Value, _ time: inout PolicyTime) -> Evaluation {
        // Strict: a builtin that fails must not make a condition quietly false.
        let evaluation = query.evaluate(
            input: input, budget: PolicyEngine.budget, isStrict: true,
            wallNanoseconds: time.second * PolicyTime.nanosecondsPerSecond)
        if evaluation.readTime { time.wasRead = true }
        return evaluation
    }

    private func evaluate(_ input: Value, action: Text, _ time: inout PolicyTime) -> PolicyDecision {
        let evaluation = evaluate(allow, input, &time)
        let isAllowed = evaluation.error == nil && evaluation.value == .bool(true)
        let rules = evaluation.error == nil ? PolicyWords.rules(evaluation) : []
        var denial = isAllowed ? nil : PolicyWords.denial(evaluation, action: action, rules: rules)
        if denial?.mayBeMended == true, let reasons = names(denyReasons, input, &time, areWords: true), !reasons.isEmpty
        {
            let needed = reasons.map(\.string).joined(separator: "; ")
            denial?.needed = Text(needed.shortened(toBytes: PolicyWords.neededBytesMax))
        }
        return PolicyDecision(
            allow: isAllowed, rules: rules, denial: denial, steps: evaluation.steps, isCached: false)
    }

    /// A set or array of strings, sorted; empty when undefined, nil on an error or when it is something else. Nil too when
    /// it is too much: to leave names out could allow something. Of words there is as much as fits.
    private func names(
        _ query: PreparedQuery, _ input: Value, _ time: inout PolicyTime, areWords: Bool = false
    ) -> [Text]? {
        let evaluation = evaluate(query, input, &time)
        if evaluation.error != nil { return nil }
        let elements: [Value]
        switch evaluation.value {
        case nil: return []
        case .set(let set)?: elements = set.elements
        case .array(let items)?: elements = items
        default: return nil
        }
        guard areWords || elements.count <= PolicyEngine.namesMax else { return nil }
        var names: Set<Text> = []
        for element in areWords ? elements.prefix(PolicyEngine.reasonsMax) : elements[...] {
            guard case .string(let name) = element, areWords || name.utf8.count <= PolicyEngine.nameBytesMax else {
                return nil
            }
            names.insert(Text(name.shortened(toBytes: PolicyWords.neededBytesMax)))
        }
        return names.sorted()
    }
}
