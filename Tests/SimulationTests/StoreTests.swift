// Goal: memory contexts promise nothing that a store and a link which go wrong could break. Method: the real engine over a
// simulated Redis, thousands of seeds, with a ledger that watches from outside whether all results can be true.

import ABI
import Contexts
import Foundation
import ProtobufWire
import Simulator
import Testing

struct StoreTests {
    private static let kinds: [StoreRun.Faults] = [
        .init(), .init(losesData: true), .init(restartsKernel: true),
        .init(losesData: true, restartsKernel: true, putsClockBack: true),
    ]

    /// Fixed seeds, and as many that are new each time.
    private static func seeds(_ count: UInt64) -> [UInt64] {
        let fresh =
            ProcessInfo.processInfo.environment["CAM_STORE_SEED"].flatMap(UInt64.init)
            ?? UInt64.random(in: 0..<(1 << 48))
        print("fresh seeds from \(fresh)")
        return Array(0..<count) + Array(fresh..<fresh + count)
    }

    @Test(arguments: 0..<4)
    func nothingUntrueIsSaidWhateverGoesWrong(kind: Int) {
        var total = StoreCounts()
        for seed in Self.seeds(250) {
            var run = StoreRun(seed: seed, faults: Self.kinds[kind])
            run.run(steps: 300)
            let ledger = run.store.ledger
            if let violation = ledger.violation {
                Issue.record("seed \(seed), faults \(kind): \(violation)")
                return
            }
            #expect(run.store.isIdle && ledger.openCount == 0, "seed \(seed): somebody waits for ever")
            total.add(run.store.counts)
        }
        // What is rare was reached.
        let reached = [
            total.conflicts, total.stale, total.unknown, total.unknownDone, total.unknownNotDone, total.doneLate,
            total.ended, total.swept, total.repeats, total.forgotten, total.full,
        ]
        #expect(reached.allSatisfy { $0 >= 50 }, "\(total)")
        if Self.kinds[kind].losesData { #expect(total.dataLosses >= 50 && total.goneBack >= 50, "\(total)") }
    }

    @Test func theSameSeedIsTheSameRun() {
        for seed in 0..<20 as Range<UInt64> {
            let runs = (0..<2).map { _ in
                var run = StoreRun(seed: seed, faults: Self.kinds[3])
                run.run(steps: 300)
                return run
            }
            #expect(runs[0].news == runs[1].news)
            #expect(runs[0].store.counts == runs[1].store.counts)
        }
    }
}
