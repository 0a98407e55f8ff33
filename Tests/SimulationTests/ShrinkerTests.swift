// The shortest run that fails: on lists whose answer is known.

import Simulator
import Testing

@Suite struct ShrinkerTests {
    @Test func onlyWhatIsNeededIsLeft() {
        let needed: Set<Int> = [3, 250, 251, 999]
        let left = Shrinker().shrink(Array(0..<1_000)) { Set($0).isSuperset(of: needed) }
        #expect(left == [3, 250, 251, 999])
    }

    @Test func nothingIsLeftWhereNothingIsNeeded() {
        #expect(Shrinker().shrink(Array(0..<100)) { _ in true }.isEmpty)
    }

    @Test func theOrderIsKept() {
        let left = Shrinker().shrink([5, 1, 4, 2, 3]) { steps in
            guard let two = steps.firstIndex(of: 2), let four = steps.firstIndex(of: 4) else { return false }
            return four < two
        }
        #expect(left == [4, 2])
    }

    @Test func theNumberOfAttemptsIsBounded() {
        var attempts = 0
        var shrinker = Shrinker()
        shrinker.attemptsMax = 50
        _ = shrinker.shrink(Array(0..<10_000)) { steps in
            attempts += 1
            return steps.count > 5_000
        }
        #expect(attempts == 50)
    }
}
