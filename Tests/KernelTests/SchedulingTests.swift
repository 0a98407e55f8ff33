// The triple-helix queue: shares, deadlines, age, removal; and nothing lost or given twice.

import Scheduling
import Testing

@Suite struct SchedulingTests {
    static func task(
        _ id: UInt64, latency: UInt64 = 1_000, cost: UInt64 = 10, quality: Double = 0.5, priority: UInt32 = 0,
        deadline: UInt64 = .max, readyAt: UInt64 = 0
    ) -> ReadyTask {
        ReadyTask(
            id: id, priority: priority, deadline: deadline, readyAt: readyAt, latencyMicroseconds: latency,
            costMicros: cost,
            quality: quality)
    }

    /// Tasks where each helix would take another one first: short ones are dear, cheap ones are slow, good ones are both.
    static func mixed(_ count: UInt64) -> [ReadyTask] {
        (1...count).map { id in
            switch id % 3 {
            case 0: task(id, latency: 10, cost: 1_000, quality: 0.1)
            case 1: task(id, latency: 100_000, cost: 1, quality: 0.1)
            default: task(id, latency: 100_000, cost: 1_000, quality: 0.9)
            }
        }
    }

    @Test(arguments: [(1.0, 1.0, 1.0), (2.0, 1.0, 1.0), (6.0, 3.0, 1.0), (0.0, 1.0, 3.0)])
    func strandsTakeTurnsInProportionToTheWeights(_ weights: (Double, Double, Double)) throws {
        let helix = try #require(HelixWeights(performance: weights.0, cost: weights.1, quality: weights.2))
        var queue = TripleHelix(weights: helix)
        for task in Self.mixed(3_000) { queue.insert(task) }
        var taken: [Strand: Int] = [:]
        for _ in 0..<600 {
            let next = queue.next(now: 0)
            taken[try #require(next).strand, default: 0] += 1
        }
        let sum = weights.0 + weights.1 + weights.2
        for (strand, weight) in [(Strand.performance, weights.0), (.cost, weights.1), (.quality, weights.2)] {
            #expect(abs(Double(taken[strand, default: 0]) - 600 * weight / sum) <= 1)
        }
    }

    @Test func eachStrandTakesItsOwnFirst() throws {
        for (weights, expected) in [((1.0, 0.0, 0.0), UInt64(3)), ((0, 1, 0), 1), ((0, 0, 1), 2)] {
            let helix = try #require(HelixWeights(performance: weights.0, cost: weights.1, quality: weights.2))
            var queue = TripleHelix(weights: helix)
            for task in Self.mixed(9) { queue.insert(task) }
            let next = queue.next(now: 0)
            #expect(next?.task.id == expected)
        }
    }

    @Test func aTaskWhoseLatestStartHasComeGoesFirst() throws {
        var queue = TripleHelix()
        queue.insert(Self.task(1, latency: 1))
        queue.insert(Self.task(2, latency: 1_000, deadline: 5_000_000))
        queue.insert(Self.task(3, latency: 1_000, deadline: 4_500_000))
        let next = queue.next(now: 4_000_000)
        let first = try #require(next)
        #expect(first.task.id == 3)
        #expect(first.strand == .deadline)
        let second = queue.next(now: 4_000_000)
        #expect(second?.task.id == 2)
    }

    @Test func nobodyIsOvertakenForLongerThanTheAgeLimit() throws {
        var queue = TripleHelix()
        queue.insert(Self.task(1, latency: 60_000_000, cost: 1_000_000, quality: 0, readyAt: 0))
        for id in 2...100 { queue.insert(Self.task(UInt64(id), readyAt: TripleHelix.ageLimit)) }
        let next = queue.next(now: TripleHelix.ageLimit)
        let first = try #require(next)
        #expect(first.task.id == 1)
        #expect(first.strand == .age)
    }

    @Test func priorityComesFirstWithinAnOrder() {
        var queue = TripleHelix()
        for id in 1...10 { queue.insert(Self.task(UInt64(id), priority: UInt32(id - 1))) }
        for id in (1...10).reversed() {
            let next = queue.next(now: 0)
            #expect(next?.task.id == UInt64(id))
        }
    }

    @Test func everyTaskComesOutExactlyOnceWhateverIsRemovedOrPutBack() throws {
        var queue = TripleHelix()
        var random = SplitMix(seed: 7)
        var inside: Set<UInt64> = []
        var out: [UInt64: Int] = [:]
        var put: [UInt64: Int] = [:]
        for step in 0..<20_000 {
            switch random.next() % 4 {
            case 0, 1:
                let id = random.next() % 500
                guard inside.insert(id).inserted else { continue }
                put[id, default: 0] += 1
                queue.insert(
                    Self.task(
                        id, latency: random.next() % 10_000, cost: random.next() % 100,
                        quality: Double(random.next() % 100) / 100,
                        priority: UInt32(random.next() % 10),
                        deadline: random.next() % 3 == 0 ? UInt64(step) * 1_000 : .max,
                        readyAt: UInt64(step)))
            case 2:
                guard let next = queue.next(now: UInt64(step) * 1_000) else { continue }
                #expect(inside.remove(next.task.id) != nil)
                out[next.task.id, default: 0] += 1
            default:
                let id = random.next() % 500
                if inside.remove(id) != nil { put[id, default: 0] -= 1 }
                queue.remove(id)
            }
            #expect(queue.count == inside.count)
        }
        let rest = queue.removeAll()
        for task in rest { out[task.id, default: 0] += 1 }
        #expect(out.filter { $0.value > 0 } == put.filter { $0.value > 0 })
        #expect(queue.backlogMicroseconds == 0)
    }

    @Test func weightsThatCannotBeUsedAreRefused() {
        #expect(HelixWeights(performance: 0, cost: 0, quality: 0) == nil)
        #expect(HelixWeights(performance: -1, cost: 1, quality: 1) == nil)
        #expect(HelixWeights(performance: .nan, cost: 1, quality: 1) == nil)
        #expect(HelixWeights(performance: .infinity, cost: 1, quality: 1) == nil)
    }
}

/// The SplitMix64 generator (Steele, Lea, Flood 2014): the same numbers in every run.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
