// Generated policies and inputs against a naive evaluator, a few of them: Deploy/test.sh runs 100,000 in a release build.

import RegoOracle
import Testing

@Suite struct PropertyTests {
    private static let policiesPerPart: UInt64 = 250

    @Test(arguments: 0..<UInt64(8))
    func generatedPoliciesAreAnsweredAsANaiveEvaluatorAnswersThem(part: UInt64) {
        var tally = PropertyTally()
        for seed in (part * Self.policiesPerPart)..<((part + 1) * Self.policiesPerPart) {
            do throws(PropertyFailure) {
                tally += try PropertyCheck.run(seed: seed)
            } catch {
                Issue.record("\(error)")
            }
        }
        // Policies that are all refused or undefined would prove nothing.
        #expect(tally.answers > 100 && tally.conflicts > 10 && tally.undefined > 50 && tally.cacheHits > 20, "\(tally)")
    }
}
