// The store attempt as a value: which version is proposed, and when the race is over.

import Contexts
import Testing

struct StoreAttemptTests {
    private func attempt(_ ifVersion: UInt64?, remembered: RememberedVersion? = nil) -> StoreAttempt {
        StoreAttempt(ifVersion: ifVersion, remembered: remembered)
    }

    @Test func theFirstProposalFollowsWhatIsExpectedOrRemembered() {
        let known = RememberedVersion(version: 7, expiryMs: 0)
        #expect(attempt(nil).firstStep(nowMs: 1_000) == .seal(version: 1))
        #expect(attempt(0).firstStep(nowMs: 1_000) == .seal(version: 1))
        #expect(attempt(4).firstStep(nowMs: 1_000) == .seal(version: 5))
        #expect(attempt(nil, remembered: known).firstStep(nowMs: 1_000) == .seal(version: 8))
        #expect(attempt(9, remembered: known).firstStep(nowMs: 1_000) == .seal(version: 10))
    }

    @Test func whatWasAcknowledgedSinceIsAConflictWithoutAsking() {
        let known = RememberedVersion(version: 7, expiryMs: 2_000)
        #expect(attempt(3, remembered: known).firstStep(nowMs: 1_000) == .finish(.conflict(current: 7)))
        // It has ended: the store must say what there is, and the number is still not used again.
        #expect(attempt(0, remembered: known).firstStep(nowMs: 2_000) == .seal(version: 8))
    }

    @Test func aStaleProposalIsSealedAgainForTheFreeVersion() {
        var attempt = attempt(nil)
        #expect(attempt.on(.stale(next: 5), nowMs: 1_000) == .seal(version: 5))
        #expect(attempt.on(.stale(next: 6), nowMs: 1_000) == .seal(version: 6))
        #expect(attempt.on(.stored, nowMs: 1_000) == .finish(.stored(version: 6)))
    }

    @Test func theRaceEndsAfterEightSealsAndWithAStoreThatStandsStill() {
        var racing = attempt(nil)
        for next in 2...8 as ClosedRange<UInt64> {
            #expect(racing.on(.stale(next: next), nowMs: 1_000) == .seal(version: next))
        }
        // No conflict: nobody has said which version the key has, and a store without if_version has none to lose.
        var stuck = attempt(3)
        var lying = attempt(nil)
        for step in [
            racing.on(.stale(next: 9), nowMs: 1_000), stuck.on(.stale(next: 4), nowMs: 1_000),
            lying.on(.stale(next: 0), nowMs: 1_000),
        ] {
            guard case .finish(.unavailable) = step else {
                Issue.record("\(step)")
                continue
            }
        }
    }

    @Test func whatHasEndedIsStillNewerThanWhatCameBeforeIt() {
        let ended = RememberedVersion(version: 7, expiryMs: 1_000)
        // A store that went back would take version 5 for the current one.
        #expect(attempt(5, remembered: ended).firstStep(nowMs: 1_000) == .finish(.conflict(current: 0)))
        var first = attempt(0, remembered: ended)
        guard case .finish(.dataLoss) = first.on(.conflict(current: 5), nowMs: 1_000) else {
            Issue.record("a store that went back went unnoticed")
            return
        }
        // Alive when the attempt began, ended before the store was asked again: nothing is lost.
        var late = attempt(7, remembered: .init(version: 7, expiryMs: 2_000))
        #expect(late.on(.conflict(current: 0), nowMs: 2_000) == .finish(.conflict(current: 0)))
    }

    @Test func aConflictBelowWhatWasAcknowledgedIsDataLoss() {
        var lost = attempt(9, remembered: .init(version: 7, expiryMs: 0))
        guard case .finish(.dataLoss) = lost.on(.conflict(current: 6), nowMs: 1_000) else {
            Issue.record("a lost version went unnoticed")
            return
        }
        var normal = attempt(9, remembered: .init(version: 7, expiryMs: 0))
        #expect(normal.on(.conflict(current: 8), nowMs: 1_000) == .finish(.conflict(current: 8)))
    }

    @Test func versionNumbersEndWhereDoublesStopBeingExact() {
        let last = StoreAttempt.versionMax
        #expect(attempt(last - 1).firstStep(nowMs: 1_000) == .seal(version: last))
        guard case .finish(.storeFull) = attempt(last).firstStep(nowMs: 1_000) else {
            Issue.record("a version beyond \(last) was proposed")
            return
        }
    }
}
