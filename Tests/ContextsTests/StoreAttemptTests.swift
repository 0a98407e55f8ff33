// The store attempt as a value: which version is proposed, and when the race is over.

import Contexts
import Testing

struct StoreAttemptTests {
    private func attempt(_ ifVersion: UInt64?, remembered: RememberedVersion? = nil, now: UInt64 = 1_000)
        -> StoreAttempt
    {
        StoreAttempt(ifVersion: ifVersion, remembered: remembered, nowMs: now)
    }

    @Test func theFirstProposalFollowsWhatIsExpectedOrRemembered() {
        let known = RememberedVersion(version: 7, expiryMs: 0)
        #expect(attempt(nil).firstStep == .seal(version: 1))
        #expect(attempt(0).firstStep == .seal(version: 1))
        #expect(attempt(4).firstStep == .seal(version: 5))
        #expect(attempt(nil, remembered: known).firstStep == .seal(version: 8))
        #expect(attempt(9, remembered: known).firstStep == .seal(version: 10))
    }

    @Test func whatWasAcknowledgedSinceIsAConflictWithoutAsking() {
        let known = RememberedVersion(version: 7, expiryMs: 2_000)
        #expect(attempt(3, remembered: known).firstStep == .finish(.conflict(current: 7)))
        // It has ended: the store must say what there is, and the number is still not used again.
        #expect(attempt(0, remembered: known, now: 2_000).firstStep == .seal(version: 8))
    }

    @Test func aStaleProposalIsSealedAgainForTheFreeVersion() {
        var attempt = attempt(nil)
        #expect(attempt.on(.stale(next: 5)) == .seal(version: 5))
        #expect(attempt.on(.stale(next: 6)) == .seal(version: 6))
        #expect(attempt.on(.stored) == .finish(.stored(version: 6)))
    }

    @Test func theRaceEndsAfterEightSealsAndWithAStoreThatStandsStill() {
        var racing = attempt(nil)
        for next in 2...8 as ClosedRange<UInt64> { #expect(racing.on(.stale(next: next)) == .seal(version: next)) }
        #expect(racing.on(.stale(next: 9)) == .finish(.conflict(current: 8)))
        var stuck = attempt(3)
        #expect(stuck.on(.stale(next: 4)) == .finish(.conflict(current: 3)))
        var lying = attempt(nil)
        #expect(lying.on(.stale(next: 0)) == .finish(.conflict(current: 0)))
    }

    @Test func aConflictBelowWhatWasAcknowledgedIsDataLoss() {
        var lost = attempt(9, remembered: .init(version: 7, expiryMs: 0))
        guard case .finish(.dataLoss) = lost.on(.conflict(current: 6)) else {
            Issue.record("a lost version went unnoticed")
            return
        }
        var normal = attempt(9, remembered: .init(version: 7, expiryMs: 0))
        #expect(normal.on(.conflict(current: 8)) == .finish(.conflict(current: 8)))
    }

    @Test func versionNumbersEndWhereDoublesStopBeingExact() {
        let last = StoreAttempt.versionMax
        #expect(attempt(last - 1).firstStep == .seal(version: last))
        guard case .finish(.storeFull) = attempt(last).firstStep else {
            Issue.record("a version beyond \(last) was proposed")
            return
        }
    }
}
