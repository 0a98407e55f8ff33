// Goal: the map keeps within its bound, and what is used outlives what is not.

import Containers
import Testing

struct SecondChanceMapTests {
    @Test func theBoundHoldsAndTheNewestIsThere() {
        var map = SecondChanceMap<Int, String>(capacity: 3)
        for number in 0..<100 {
            map.insert("\(number)", for: number)
            #expect(map[number] == "\(number)")
            #expect(map.count <= 3)
        }
        map.insert("changed", for: 99)
        #expect(map[99] == "changed" && map.count == 3)
    }

    @Test func whatIsUsedStays() {
        var map = SecondChanceMap<Int, Int>(capacity: 4)
        map.insert(0, for: 0)
        for number in 1..<50 {
            map.insert(number, for: number)
            #expect(map[0] == 0)
        }
        #expect(map[1] == nil)
    }
}
