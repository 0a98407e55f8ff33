// One generated policy against the naive evaluator: with and without the index, and out of a cache that is keyed on what
// the query says it reads.

import Rego

/// Counts of what the checked policies were like, so that it shows when they become too easy.
public struct PropertyTally: Sendable {
    /// A policy with one of its inputs.
    public var cases = 0
    public var answers = 0
    public var undefined = 0
    public var conflicts = 0
    /// The naive evaluator, which evaluates everything, met a conflict that the others did not need to.
    public var spared = 0
    public var cacheHits = 0
    /// Policies that a check of types refused.
    public var refused = 0

    public init() {}

    public static func += (left: inout PropertyTally, right: PropertyTally) {
        left.cases += right.cases
        left.answers += right.answers
        left.undefined += right.undefined
        left.conflicts += right.conflicts
        left.spared += right.spared
        left.cacheHits += right.cacheHits
        left.refused += right.refused
    }
}

/// Two evaluators that do not agree.
public struct PropertyFailure: Error, CustomStringConvertible {
    public let seed: UInt64
    public let policy: GeneratedPolicy
    let what: String

    public var description: String {
        "seed \(seed): \(what)\n" + policy.modules.joined(separator: "\n") + "\ndata: \(policy.data.text)"
    }
}

public struct PropertyCheck {
    private enum Outcome: Equatable, CustomStringConvertible {
        case undefined
        case value(Plain)
        case conflict
        case other(String)

        var description: String {
            switch self {
            case .undefined: "undefined"
            case .value(let value): value.text
            case .conflict: "a conflict"
            case .other(let what): what
            }
        }
    }

    private let seed: UInt64
    private let policy: GeneratedPolicy
    private var tally = PropertyTally()

    /// Checks the policy of a seed.
    public static func run(seed: UInt64) throws(PropertyFailure) -> PropertyTally {
        var check = PropertyCheck(seed: seed, policy: Generator.policy(seed: seed))
        try check.run()
        return check.tally
    }

    private init(seed: UInt64, policy: GeneratedPolicy) {
        self.seed = seed
        self.policy = policy
    }

    private func failure(_ what: String) -> PropertyFailure { PropertyFailure(seed: seed, policy: policy, what: what) }

    private mutating func run() throws(PropertyFailure) {
        var modules: [Module] = []
        let indexed: CompiledPolicy
        let plain: CompiledPolicy
        do throws(RegoErrors) {
            for (number, text) in policy.modules.enumerated() {
                modules.append(try Module(parsing: text, file: "m\(number)"))
            }
            indexed = try CompiledPolicy(modules: modules, data: policy.data.value)
            plain = try CompiledPolicy(modules: modules, data: policy.data.value, isIndexed: false)
        } catch {
            guard error.errors.allSatisfy({ $0.code == .type }) else { throw failure("refused: \(error)") }
            tally.refused += 1
            return
        }
        if seed.isMultiple(of: 8) { try checkFormat(modules) }
        for group in policy.groups where group.kind != .function {
            try check(group, indexed, plain)
        }
        tally.cases += policy.inputs.count
    }

    private func checkFormat(_ modules: [Module]) throws(PropertyFailure) {
        for module in modules {
            let once = Formatter.layout(module)
            guard Formatter.isFaithful(once, to: module) else { throw failure("formatted is another:\n\(once)") }
            let twice = (try? Module(parsing: once, file: module.file)).map { Formatter.layout($0) }
            guard twice == once else { throw failure("formatted twice is another:\n\(once)\n\n\(twice ?? "")\n\n") }
        }
    }

    private mutating func check(
        _ group: Group, _ indexed: CompiledPolicy, _ plain: CompiledPolicy
    ) throws(PropertyFailure) {
        let entry = "data." + group.path.joined(separator: ".")
        let queries: [PreparedQuery]
        do throws(RegoErrors) {
            queries = [try indexed.prepare(entry: entry), try plain.prepare(entry: entry)]
        } catch {
            throw failure("\(entry) is refused: \(error)")
        }
        var cache: [[Plain?]: Outcome] = [:]
        for input in policy.inputs {
            let naive = naiveOutcome(group.path, input)
            let found = queries.map { PropertyCheck.outcome($0.evaluate(input: input.value)) }
            guard found[0] == found[1] else {
                throw failure("\(entry) for \(input.text): \(found[0]) with the index, \(found[1]) without")
            }
            if naive == .conflict, found[0] != .conflict {
                tally.spared += 1
            } else if found[0] == .conflict, policy.isShuffled {
                tally.conflicts += 1
            } else if naive != found[0] {
                throw failure("\(entry) for \(input.text): \(found[0]), naively \(naive)")
            }
            count(found[0])
            let strict = queries.map { PropertyCheck.outcome($0.evaluate(input: input.value, isStrict: true)) }
            guard strict[0] == strict[1] else {
                throw failure("\(entry) for \(input.text), strict: \(strict[0]) with the index, \(strict[1]) without")
            }
            guard let paths = queries[0].inputPaths else { continue }
            let key = paths.map { path in path.reduce(Optional(input)) { $0?[.string($1)] } }
            if let known = cache[key] {
                tally.cacheHits += 1
                guard known == found[0] else {
                    throw failure("\(entry) for \(input.text): \(found[0]), from the cache \(known)")
                }
            }
            cache[key] = found[0]
        }
    }

    private func naiveOutcome(_ path: Path, _ input: Plain) -> Outcome {
        do throws(Conflict) {
            return try NaiveEvaluator(policy, input: input).document(path).map { .value($0) } ?? .undefined
        } catch {
            return .conflict
        }
    }

    private static func outcome(_ evaluation: Evaluation) -> Outcome {
        if let error = evaluation.error {
            return error.code == .conflict ? .conflict : .other(error.code.rawValue)
        }
        guard let value = evaluation.value else { return .undefined }
        return Plain(value).map { .value($0) } ?? .other("a value that is none: \(value)")
    }

    private mutating func count(_ outcome: Outcome) {
        switch outcome {
        case .undefined: tally.undefined += 1
        case .conflict: tally.conflicts += 1
        default: tally.answers += 1
        }
    }
}
