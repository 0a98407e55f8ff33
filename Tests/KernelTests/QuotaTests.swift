// The rate limit is exact and its retry_after is the truth.

import Quota
import Testing

@Suite struct QuotaTests {
    @Test func theBurstPassesAtOnceAndTheRateHoldsAfterwards() {
        var bucket = TokenBucket(ratePerSecond: 1_000, burst: 10)
        var now: UInt64 = 5_000_000_000
        var admitted = 0
        for _ in 0..<10_000 {
            if bucket.take(now: now) == nil { admitted += 1 }
            now += 100_000
        }
        // One second at 1,000 a second, and the burst.
        #expect(admitted >= 1_000 && admitted <= 1_010)
    }

    @Test func whoComesBackAfterRetryAfterIsAdmittedAndNotMuchEarlier() {
        for rate: UInt32 in [1, 3, 7, 50, 999, 20_000] {
            var bucket = TokenBucket(ratePerSecond: rate, burst: 3)
            var now: UInt64 = 1_000_000_000
            for _ in 0..<50 {
                guard let wait = bucket.take(now: now) else { continue }
                #expect(wait >= 1)
                var early = bucket
                let tooEarly = early.take(now: now + UInt64(wait - 1) * 1_000_000)
                #expect(wait == 1 || tooEarly != nil)
                now += UInt64(wait) * 1_000_000
                let back = bucket.take(now: now)
                #expect(back == nil)
            }
        }
    }

    @Test func aDebtIsPaidAtTheRate() {
        var bucket = TokenBucket(ratePerSecond: 1_000, burst: 100)
        var now: UInt64 = 1_000_000_000
        let first = bucket.charge(100, now: now)
        #expect(first == nil)
        let second = bucket.charge(50, now: now)
        #expect(second == 50_000_000)
        now += 50_000_000
        // Paid, and nothing over: what comes next waits its own time.
        let third = bucket.charge(1, now: now)
        #expect(third == 1_000_000)
        let long = bucket.charge(100, now: now + 10_000_000_000)
        #expect(long == nil)
    }

    @Test func holdingsNeverPassTheirLimit() {
        var holding = Holding()
        let first = holding.charge(3, limit: 4)
        let second = holding.charge(2, limit: 4)
        let third = holding.charge(limit: 4)
        #expect(first && !second && third)
        holding.release(4)
        #expect(holding.count == 0)
    }
}
