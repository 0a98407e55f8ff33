// Ranking and learning: who is preferred, why, and how fast a declaration that lies is found out.

import ABI
import Arbitration
import ProtobufWire
import Testing

@Suite struct ArbitrationTests {
    static func candidate(
        _ name: Text, latency: UInt64 = 1_000, cost: UInt64 = 100, quality: Double = 0.5, queue: UInt64 = 0,
        exclusion: Text? = nil, track: Track = Track()
    ) -> Candidate {
        Candidate(
            index: 0, name: name, sandboxed: true, exclusion: exclusion,
            capability: Capability(name: "x", latencyUs: latency, costMicros: cost, quality: quality), track: track,
            queueMicroseconds: queue)
    }

    static func demand(
        _ shares: (performance: Double, cost: Double, quality: Double) = (1 / 3, 1 / 3, 1 / 3),
        constraints: Constraints = Constraints()
    ) -> Demand {
        Demand(constraints: constraints, shares: shares, inputBytes: 0)
    }

    @Test func theOrderDoesNotDependOnTheOrderOfTheCandidates() {
        let candidates = (1...8).map {
            Self.candidate("e\($0)", latency: UInt64($0 % 3 + 1) * 100, cost: UInt64($0 % 2) * 50)
        }
        let forward = Arbiter.rank(candidates, Self.demand()).ranked.map(\.name)
        let backward = Arbiter.rank(candidates.reversed(), Self.demand()).ranked.map(\.name)
        #expect(forward == backward)
    }

    @Test func aLongQueueMakesTheNextBestFirst() {
        let fast = Self.candidate("fast", latency: 100, queue: 50_000)
        let slow = Self.candidate("slow", latency: 5_000)
        let ranking = Arbiter.rank([fast, slow], Self.demand((1, 0, 0)))
        #expect(ranking.ranked.map(\.name) == ["slow", "fast"])
    }

    @Test func constraintsExcludeWithAReason() {
        var constraints = Constraints(maxCostMicros: 50, minQuality: 0.6)
        constraints.deadlineMs = 1
        let ranking = Arbiter.rank(
            [
                Self.candidate("dear", cost: 51, quality: 0.9), Self.candidate("poor", cost: 1, quality: 0.5),
                Self.candidate("slow", latency: 2_000, cost: 1, quality: 0.9),
                Self.candidate("away", exclusion: "is away"),
            ], Self.demand(constraints: constraints))
        #expect(ranking.ranked.isEmpty)
        #expect(ranking.excluded.map(\.executor) == ["away", "dear", "poor", "slow"])
        #expect(ranking.excluded[1].why.string.contains("max_cost_micros 50"))
    }

    @Test func failuresLowerTheQualityThatIsExpected() {
        var track = Track()
        let declared = Declared(Capability(name: "x", latencyUs: 100, costMicros: 1, quality: 0.9), inputBytes: 0)
        for _ in 0..<20 { track.observe(Outcome(success: false), declared: declared) }
        #expect(track.predict(declared).successRate < 0.25)
        let ranking = Arbiter.rank(
            [Self.candidate("bad", quality: 0.9, track: track), Self.candidate("modest", quality: 0.5)],
            Self.demand((0, 0, 1)))
        #expect(ranking.ranked.first?.name == "modest")
    }

    @Test func quantilesAreRightWithinABucket() {
        var track = Track()
        let declared = Declared(Capability(name: "x", latencyUs: 100), inputBytes: 0)
        for latency in 1...1_000 {
            track.observe(Outcome(success: true, latencyUs: UInt64(latency) * 100), declared: declared)
        }
        let median = track.latencyMedian ?? 0
        #expect(median >= 50_000 && median <= 62_000)
    }

    @Test func numbersAtTheEdgeDoNotTrap() {
        let huge = Capability(
            name: "x", latencyUs: .max, costMicros: .max, quality: .nan, latencyUsPerKib: .max, costMicrosPerKib: .max)
        let declared = Declared(huge, inputBytes: .max)
        var track = Track()
        track.observe(Outcome(success: true, quality: .nan, latencyUs: .max, costMicros: .max), declared: declared)
        track.observe(
            Outcome(success: true, quality: 5, latencyUs: 0, costMicros: 0),
            declared: Declared(Capability(), inputBytes: 0))
        let expectation = track.predict(declared)
        #expect(expectation.quality >= 0 && expectation.quality <= 1)
    }
}
