// The engine alone, with a store that says what the test wants.

import ABI
import Contexts
import Crypto
import ProtobufWire
import Testing

struct ContextEngineTests {
    /// An engine whose nonces are counted, and a clock.
    private final class Bench {
        let engine: ContextEngine
        var nowMs: UInt64 = 1_000
        private var lastID: UInt64 = 0

        init() {
            var count: UInt8 = 0
            engine = ContextEngine(
                key: StoreHarness.key(), operationsMax: 10, bytesMax: 1 << 20, versionsRemembered: 10
            ) {
                count &+= 1
                return [UInt8](repeating: count, count: $0)
            }
            engine.cameBack()
        }

        /// Submits and takes the command.
        func ask(_ operation: ContextOperation) throws -> ContextCommand {
            lastID += 1
            engine.submit(ContextRequest(id: lastID, owner: 1, context: "c", operation: operation), nowMs: nowMs)
            return try #require(engine.nextCommand(nowMs: nowMs))
        }

        func result(_ operation: ContextOperation, _ reply: ContextReply) throws -> ContextResult? {
            engine.replied(try ask(operation).number, reply, nowMs: nowMs)
            return engine.nextResult()?.result
        }

        /// The connection breaks and comes back.
        func breakLink() -> [ContextResult] {
            engine.wentAway("gone", retryAfterMs: 20, nowMs: nowMs)
            var results: [ContextResult] = []
            while let (_, result) = engine.nextResult() { results.append(result) }
            engine.cameBack()
            return results
        }
    }

    private let recall = ContextOperation.recall(key: "k", version: nil)

    @Test func aWriteOfUnknownOutcomeThatHasEndedIsNoLossOfTheVersionBeforeIt() throws {
        let bench = Bench()
        #expect(try bench.result(StoreHarness.store("k", "for ever"), .store(.stored)) == .stored(version: 1))
        _ = try bench.ask(StoreHarness.store("k", "short", ttlMs: 500))
        #expect(bench.breakLink() == [.outcomeUnknown(reason: "gone")])
        // Not ended yet, whether it was done or not: whoever has neither has lost something.
        #expect(try bench.result(recall, .none(newest: 0))?.isDataLoss == true)
        bench.nowMs += 500
        #expect(try bench.result(recall, .none(newest: 0)) == .notFound)
        let again = StoreHarness.store("k", "x", ifVersion: 1)
        #expect(try bench.result(again, .store(.conflict(current: 0))) == .conflict(current: 0))
        // A write that was acknowledged comes after all of them.
        #expect(try bench.result(StoreHarness.store("k", "new"), .store(.stored)) == .stored(version: 2))
        #expect(try bench.result(recall, .none(newest: 0))?.isDataLoss == true)
    }

    @Test func theSecondAnswerToAStoreThatHasEndedSaysThatNobodyKnows() throws {
        let bench = Bench()
        let command = try bench.ask(StoreHarness.store("k", "short", ttlMs: 500, ifVersion: 0))
        bench.nowMs += 500
        bench.engine.replied(command.number, .store(.conflict(current: 0)), nowMs: bench.nowMs)
        #expect(bench.engine.nextResult()?.result.isOutcomeUnknown == true)
    }

    @Test func whatHadEndedBeforeTheClockWasPutBackIsNotLost() throws {
        let bench = Bench()
        #expect(try bench.result(StoreHarness.store("k", "v", ttlMs: 500), .store(.stored)) == .stored(version: 1))
        bench.nowMs += 1_000
        #expect(try bench.result(recall, .none(newest: 0)) == .notFound)
        bench.nowMs -= 1_000
        // Swept away meanwhile.
        #expect(try bench.result(recall, .none(newest: 0)) == .notFound)
    }

    @Test func anAcknowledgedVersionThatANewerOneHasReplacedMustStillBeThere() throws {
        let bench = Bench()
        #expect(try bench.result(StoreHarness.store("k", "v"), .store(.stored)) == .stored(version: 1))
        let named = ContextOperation.recall(key: "k", version: 1)
        #expect(try bench.result(named, .none(newest: 2))?.isDataLoss == true)
        #expect(try bench.result(.recall(key: "k", version: 2), .none(newest: 2))?.isDataLoss == true)
    }

    @Test func answersThatBelongToOtherCommandsAreNotBelieved() throws {
        let bench = Bench()
        for reply in [
            .store(.stored), .listed([], last: nil, more: false), .older(record: []), .damaged, .senseless,
            .newest(head: [], record: []), .ended(head: []), .lost(head: []),
        ] as [ContextReply] {
            #expect(try bench.result(recall, reply)?.isDataLoss == true, "\(reply)")
        }
        #expect(try bench.result(StoreHarness.store("k", "v"), .none(newest: 0))?.isDataLoss == true)
        #expect(try bench.result(.list(prefix: "", cursor: "", limit: 0), .store(.stored))?.isDataLoss == true)
    }

    @Test func whatHasToBeGivenAgainKeepsItsPlaceAndItsVersion() throws {
        let bench = Bench()
        let first = try bench.ask(StoreHarness.store("k", "v"))
        bench.engine.submit(.init(id: 9, owner: 1, context: "c", operation: recall), nowMs: bench.nowMs)
        #expect(bench.engine.nextCommand(nowMs: bench.nowMs) == nil)
        bench.engine.replied(first.number, .again, nowMs: bench.nowMs)
        let second = try #require(bench.engine.nextCommand(nowMs: bench.nowMs))
        #expect(second.number == first.number)
        guard case .store(let one) = first.action, case .store(let two) = second.action else {
            Issue.record("no stores")
            return
        }
        #expect(one.version == two.version && one.record != two.record)
        #expect(bench.engine.nextCommand(nowMs: bench.nowMs) == nil)
        bench.engine.replied(second.number, .store(.stored), nowMs: bench.nowMs)
        #expect(bench.engine.nextResult()?.result == .stored(version: 1))
        #expect(bench.engine.nextCommand(nowMs: bench.nowMs)?.action != nil)
    }

    @Test func whatWasNotHandedOverWasNotDone() throws {
        let bench = Bench()
        _ = try bench.ask(StoreHarness.store("k", "sent"))
        bench.engine.submit(
            .init(id: 9, owner: 1, context: "c", operation: StoreHarness.store("k", "waits")), nowMs: bench.nowMs)
        let results = bench.breakLink()
        #expect(results.count == 2 && results[0].isOutcomeUnknown && results[1].isUnavailable)
        #expect(bench.engine.count == 0)
    }
}
