// Ranks the executors for one piece of work. Runs nothing and remembers nothing.

public import ABI
public import ProtobufWire

/// One executor's place in a ranking.
public struct Ranked: Sendable {
    public var index: Int
    public var name: Text
    public var sandboxed: Bool
    public var score: Double
    public var performance: Double
    public var cost: Double
    public var quality: Double
    public var expectation: Expectation
    public var queueMicroseconds: UInt64
}

/// A ranking, best first, and who was left out.
public struct Ranking: Sendable {
    public var ranked: [Ranked] = []
    public var excluded: [ExcludedExecutor] = []
    /// 0 to 1: how far the first is ahead of the second, halved while nothing is measured.
    public var confidence: Double = 0

    public init() {}
}

/// What the work demands.
public struct Demand: Sendable {
    public var constraints: Constraints
    /// Shares of performance, cost and quality, adding up to 1.
    public var shares: (performance: Double, cost: Double, quality: Double)
    public var inputBytes: UInt64
    /// Only these executors; empty means all.
    public var candidates: [Text]

    public init(
        constraints: Constraints, shares: (performance: Double, cost: Double, quality: Double), inputBytes: UInt64,
        candidates: [Text] = []
    ) {
        self.constraints = constraints
        self.shares = shares
        self.inputBytes = inputBytes
        self.candidates = candidates
    }
}

/// Scores each candidate on three scales of 0 to 1 and adds them by weight:
/// - performance: the shortest expected response (queue + service) among the candidates over this one's;
/// - cost: the cheapest among them over this one's, each plus one millionth so that free work has a place on the scale;
/// - quality: the expected quality times the share of calls that succeed.
/// Ties go to the name, in byte order, so that a ranking is always the same for the same inputs.
public enum Arbiter {
    public static func rank(_ candidates: [Candidate], _ demand: Demand) -> Ranking {
        var ranking = Ranking()
        var eligible: [(Candidate, Expectation)] = []
        for candidate in candidates {
            let declared = Declared(candidate.capability, inputBytes: demand.inputBytes)
            let expectation = candidate.track.predict(declared)
            if let why = exclusion(candidate, expectation, demand) {
                ranking.excluded.append(ExcludedExecutor(executor: candidate.name, why: why))
            } else {
                eligible.append((candidate, expectation))
            }
        }
        ranking.excluded.sort { $0.executor < $1.executor }
        ranking.ranked = score(eligible, demand)
        ranking.confidence = confidence(ranking.ranked)
        return ranking
    }

    private static func exclusion(_ candidate: Candidate, _ expectation: Expectation, _ demand: Demand) -> Text? {
        if let exclusion = candidate.exclusion { return exclusion }
        if !demand.candidates.isEmpty, !demand.candidates.contains(candidate.name) {
            return "not among the candidates the caller named"
        }
        if let most = demand.constraints.maxCostMicros, expectation.costMicros > most {
            return "expected cost \(expectation.costMicros) is over max_cost_micros \(most)"
        }
        if let least = demand.constraints.minQuality, expectation.quality < least {
            return "expected quality \(percent(expectation.quality)) % is under min_quality \(percent(least)) %"
        }
        let response = candidate.queueMicroseconds + expectation.latencyMicroseconds
        let deadline = UInt64(demand.constraints.deadlineMs) * 1_000
        if deadline > 0, response > deadline {
            return "expected response of \(response) µs is over the deadline of \(deadline) µs"
        }
        return nil
    }

    private static func score(_ eligible: [(Candidate, Expectation)], _ demand: Demand) -> [Ranked] {
        let fastest = eligible.map { $0.0.queueMicroseconds + $0.1.latencyMicroseconds }.min() ?? 0
        let cheapest = eligible.map(\.1.costMicros).min() ?? 0
        var ranked = eligible.map { candidate, expectation in
            let response = candidate.queueMicroseconds + expectation.latencyMicroseconds
            let performance = Double(max(1, fastest)) / Double(max(1, response))
            let cost = Double(cheapest + 1) / Double(expectation.costMicros + 1)
            let quality = expectation.quality * expectation.successRate
            let score =
                demand.shares.performance * performance + demand.shares.cost * cost + demand.shares.quality * quality
            return Ranked(
                index: candidate.index, name: candidate.name, sandboxed: candidate.sandboxed, score: score,
                performance: performance, cost: cost, quality: quality, expectation: expectation,
                queueMicroseconds: candidate.queueMicroseconds)
        }
        ranked.sort { $0.score != $1.score ? $0.score > $1.score : $0.name < $1.name }
        return ranked
    }

    private static func confidence(_ ranked: [Ranked]) -> Double {
        guard let first = ranked.first else { return 0 }
        guard ranked.count > 1, first.score > 0 else { return 1 }
        let evidence = Double(min(first.expectation.observations, ranked[1].expectation.observations))
        let lead = (first.score - ranked[1].score) / first.score
        return min(1, lead * (evidence + 5) / (evidence + 10))
    }

    static func percent(_ share: Double) -> Int { Int((share * 100).rounded()) }
}

extension Ranked {
    /// The same as it stands in answers and in the journal, with the reasons in words.
    public var message: RankedExecutor {
        let waiting: Text = queueMicroseconds > 0 ? ", \(queueMicroseconds) µs of them waiting for a slot" : ""
        let evidence: Text =
            expectation.observations == 0
            ? "as declared, nothing measured yet" : "declared and \(expectation.observations) measured calls"
        return RankedExecutor(
            executor: name, score: score, performance: performance, cost: cost, quality: quality,
            predicted: Prediction(
                latencyP50Us: expectation.latencyMicroseconds, latencyP99Us: expectation.latency99Microseconds,
                costMicros: expectation.costMicros, quality: expectation.quality, observations: expectation.observations
            ),
            reasons: [
                "responds in about \(queueMicroseconds + expectation.latencyMicroseconds) µs\(waiting)",
                "costs about \(expectation.costMicros) millionths",
                "quality about \(Arbiter.percent(expectation.quality)) %, \(Arbiter.percent(expectation.successRate)) % of calls succeed",
                "\(evidence)",
            ], sandboxed: sandboxed)
    }
}
