// Goal: order is kept and memory goes back, however far the front runs ahead.

import Containers
import Testing

struct FirstInFirstOutTests {
    @Test func elementsLeaveInTheirOrder() {
        var queue = FirstInFirstOut<Int>()
        var next = 0
        // Two in, one out: the front is cut off many times while the queue is never empty.
        for number in 0..<10_000 {
            queue.append(number)
            guard number % 2 == 1 else { continue }
            #expect(queue.first == next)
            #expect(queue.popFirst() == next)
            next += 1
        }
        #expect(queue.count == 5_000)
        while let element = queue.popFirst() {
            #expect(element == next)
            next += 1
        }
        #expect(next == 10_000 && queue.isEmpty && queue.popFirst() == nil)
    }

    @Test func removeAllLeavesNothing() {
        var queue = FirstInFirstOut<Int>()
        for number in 0..<100 { queue.append(number) }
        _ = queue.popFirst()
        queue.removeAll()
        #expect(queue.isEmpty && queue.first == nil)
        queue.append(7)
        #expect(queue.popFirst() == 7)
    }

    @Test func equalIsWhatStillWaits() {
        var one = FirstInFirstOut<Int>()
        var other = FirstInFirstOut<Int>()
        for number in 0..<5 { one.append(number) }
        for number in 3..<5 { other.append(number) }
        #expect(one != other)
        for _ in 0..<3 { _ = one.popFirst() }
        #expect(one == other)
    }

    @Test func whatHasLeftIsLetGo() {
        final class Thing {}
        var queue = FirstInFirstOut<Thing>()
        weak var first: Thing?
        do {
            let thing = Thing()
            first = thing
            queue.append(thing)
        }
        for _ in 0..<200 { queue.append(Thing()) }
        for _ in 0..<150 { _ = queue.popFirst() }
        #expect(first == nil)
    }
}
