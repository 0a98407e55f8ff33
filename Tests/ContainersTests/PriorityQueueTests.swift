// Goal: the queue gives what a stable sort would give, whatever happens in between. Method: a seeded stream of
// insertions and removals against a sorted array.

import Containers
import Testing

struct PriorityQueueTests {
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64 (Steele, Lea, Flood, 2014).
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    @Test func smallestKeysLeaveFirst() {
        var queue = PriorityQueue<String>()
        for (key, name) in [(3, "c"), (1, "a"), (2, "b")] { queue.insert(name, key: UInt64(key)) }
        #expect(queue.first?.payload == "a")
        #expect((0..<3).compactMap { _ in queue.removeFirst()?.payload } == ["a", "b", "c"])
        #expect(queue.removeFirst() == nil && queue.isEmpty)
    }

    @Test func equalKeysLeaveInOrderOfArrival() {
        var queue = PriorityQueue<Int>()
        for number in 0..<1_000 { queue.insert(number, key: 7) }
        #expect((0..<1_000).compactMap { _ in queue.removeFirst()?.payload } == Array(0..<1_000))
    }

    @Test func nothingAboveTheLimitLeaves() {
        var queue = PriorityQueue<Int>()
        queue.insert(1, key: 10)
        queue.insert(2, key: 20)
        #expect(queue.removeFirst(upTo: 9) == nil)
        #expect(queue.removeFirst(upTo: 10) == 1)
        #expect(queue.removeFirst(upTo: 19) == nil)
        #expect(queue.removeFirst(upTo: .max) == 2)
        #expect(queue.removeFirst(upTo: .max) == nil)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func agreesWithASortedArray(seed: UInt64) {
        var random = Seeded(state: seed)
        var queue = PriorityQueue<UInt64>()
        var model: [(key: UInt64, payload: UInt64)] = []
        for step in 0..<2_000 as Range<UInt64> {
            switch UInt8.random(in: 0..<100, using: &random) {
            case 0..<60:
                let key = UInt64.random(in: 0..<50, using: &random)
                queue.insert(step, key: key)
                model.insert((key, step), at: model.firstIndex { $0.key > key } ?? model.count)
            case 60..<99:
                let expected = model.isEmpty ? nil : model.removeFirst()
                let taken = queue.removeFirst()
                #expect(taken?.key == expected?.key && taken?.payload == expected?.payload)
            default:
                queue.filter { $0.payload % 3 != 0 }
                model.removeAll { $0.payload % 3 == 0 }
            }
            #expect(queue.count == model.count && queue.first?.payload == model.first?.payload)
        }
    }
}
