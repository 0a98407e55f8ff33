// Goal: what is due comes once, in order of time and then of arrival; what was called off never comes and holds nothing.

import Containers
import Testing

struct AgendaTests {
    @Test func whatIsDueComesInOrderOfTimeThenOfArrival() {
        var agenda = Agenda<Int>()
        for (number, time) in [(1, 30), (2, 10), (3, 20), (4, 10)] { _ = agenda.insert(number, at: UInt64(time)) }
        #expect(agenda.earliest == 10 && agenda.count == 4)
        #expect(agenda.takeDue(at: 9, upTo: agenda.horizon) == nil)
        var taken: [Int] = []
        while let number = agenda.takeDue(at: 20, upTo: agenda.horizon) { taken.append(number) }
        #expect(taken == [2, 4, 3])
        #expect(agenda.earliest == 30)
    }

    @Test func whatWasCalledOffNeverComesAndIsLetGoOfAtOnce() {
        final class Thing {}
        var agenda = Agenda<Thing>()
        weak var kept: Thing?
        let id: SlotID
        do {
            let thing = Thing()
            kept = thing
            id = agenda.insert(thing, at: 5)
        }
        #expect(kept != nil)
        #expect(agenda.cancel(id) && kept == nil)
        #expect(agenda.cancel(id) == false)
        #expect(agenda.earliest == nil && agenda.count == 0)
        // Its place is another's now, and its name still means nothing.
        let other = agenda.insert(Thing(), at: 1)
        #expect(other.index == id.index && !agenda.cancel(id) && agenda.cancel(other))
    }

    @Test func whatBecomesDueWhileTakingWaitsForTheNextTime() {
        var agenda = Agenda<Int>()
        _ = agenda.insert(0, at: 0)
        let horizon = agenda.horizon
        var taken = 0
        while agenda.takeDue(at: 100, upTo: horizon) != nil {
            taken += 1
            _ = agenda.insert(taken, at: 0)
        }
        #expect(taken == 1)
        #expect(agenda.takeDue(at: 100, upTo: agenda.horizon) == 1)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func byChanceItDoesWhatASortedListWould(seed: UInt64) {
        var random = SplitMix(state: seed)
        var agenda = Agenda<Int>()
        var expected: [(time: UInt64, number: Int, id: SlotID)] = []
        var gone: [SlotID] = []
        var time: UInt64 = 0
        for number in 0..<5_000 {
            switch random.next() % 8 {
            case 0...3:
                let at = time + random.next() % 500
                expected.append((at, number, agenda.insert(number, at: at)))
            case 4...6:
                guard !expected.isEmpty else { continue }
                let entry = expected.remove(at: Int(random.next() % UInt64(expected.count)))
                #expect(agenda.cancel(entry.id) == true)
                gone.append(entry.id)
            default:
                time += random.next() % 200
                expected.sort { ($0.time, $0.number) < ($1.time, $1.number) }
                while let first = expected.first, first.time <= time {
                    #expect(agenda.takeDue(at: time, upTo: agenda.horizon) == first.number, "seed \(seed)")
                    gone.append(expected.removeFirst().id)
                }
                #expect(agenda.takeDue(at: time, upTo: agenda.horizon) == nil)
            }
            #expect(agenda.count == expected.count)
            if let id = gone.last { #expect(agenda.cancel(id) == false) }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood, 2014).
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
