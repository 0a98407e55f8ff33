// Goal: an id finds its own value and, once that is gone, nothing for ever.

import Containers
import Testing

struct SlotTableTests {
    @Test func anIDOfThePastFindsNothing() {
        var ids = SlotIDs()
        var table = SlotTable<String>()
        let first = ids.make()
        table.insert("first", at: first)
        #expect(table[first] == "first" && table.count == 1)
        #expect(table.remove(first) == "first")
        #expect(table.remove(first) == nil && table[first] == nil && table.count == 0)
        ids.giveBack(first)
        let second = ids.make()
        #expect(second.index == first.index && second.generation != first.generation)
        table.insert("second", at: second)
        table.update(first) { $0 = "changed" }
        #expect(table[first] == nil && table[second] == "second")
        table.update(second) { $0 += "!" }
        #expect(table[second] == "second!")
    }

    @Test func placesAreUsedAgainAndListedInOrder() {
        var ids = SlotIDs()
        var table = SlotTable<Int>()
        let made = (0..<10).map { _ in ids.make() }
        for (number, id) in made.enumerated() { table.insert(number, at: id) }
        for id in made where id.index % 2 == 0 {
            table.remove(id)
            ids.giveBack(id)
        }
        #expect(table.all == [1, 3, 5, 7, 9])
        #expect(Set((0..<5).map { _ in ids.make().index }) == [0, 2, 4, 6, 8])
        #expect(ids.make().index == 10)
    }

    @Test func whatWasNeverThereIsNotFound() {
        let table = SlotTable<Int>()
        #expect(table[SlotID(index: 7, generation: 0)] == nil)
        #expect(table[SlotID(index: .max, generation: 1)] == nil)
    }

    @Test func slotsMakeTheirOwnIds() {
        var slots = Slots<String>()
        let first = slots.insert("first")
        let second = slots.insert { "second at \($0.index)" }
        #expect(second == "second at 1" && slots.count == 2 && slots.all == ["first", "second at 1"])
        let removed = [slots.remove(first), slots.remove(first)]
        #expect(removed == ["first", nil])
        let third = slots.insert("third")
        #expect(third.index == first.index && third != first && slots[first] == nil && slots[third] == "third")
    }
}
