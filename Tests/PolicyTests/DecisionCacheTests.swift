// The cache: a hit is what evaluation would say, it is keyed on all of its key, bounded, and forgets when told.

import ABI
import Policy
import ProtobufWire
import Testing

@Suite struct DecisionCacheTests {
    private func decide(
        _ engine: inout PolicyEngine, _ subject: PolicySubject, principal: UInt32, action: Text, resource: Text = "r",
        owner: UInt64 = 7, call: CallNumber = .think
    ) -> PolicyDecision {
        engine.decide(
            subject: subject, principal: principal, action: action, resource: resource, owner: owner, call: call)
    }

    @Test func aHitIsWhatEvaluationSays() throws {
        var engine = try shippedEngine()
        for row in DefaultPolicyTests.rows {
            let principal = UInt32(row.subject.agentID)
            let first = decide(&engine, row.subject, principal: principal, action: row.action, owner: row.owner)
            let second = decide(&engine, row.subject, principal: principal, action: row.action, owner: row.owner)
            #expect(second.isCached && second.steps == 0)
            #expect(second.allow == first.allow && second.rules == first.rules && second.denial == first.denial)
        }
    }

    @Test func everyPartOfTheKeyCounts() throws {
        var engine = try shippedEngine()
        #expect(decide(&engine, agent, principal: 1, action: "context.read").allow)
        #expect(!decide(&engine, stranger, principal: 2, action: "context.read").allow)
        #expect(!decide(&engine, agent, principal: 1, action: "context.read", owner: 8).isCached)
        #expect(!decide(&engine, agent, principal: 1, action: "context.read", resource: "s").isCached)
        #expect(!decide(&engine, agent, principal: 1, action: "context.read", call: .remember).isCached)
        #expect(!decide(&engine, agent, principal: 1, action: "context.writ").isCached)
        #expect(decide(&engine, agent, principal: 1, action: "context.read").isCached)
    }

    @Test func otherKernelFactsForgetEverything() throws {
        var engine = try shippedEngine()
        _ = decide(&engine, agent, principal: 1, action: "think")
        engine.kernel.isDraining = true
        #expect(!decide(&engine, agent, principal: 1, action: "think").isCached)
    }

    @Test func staysRightUnderMoreKeysThanItHolds() throws {
        var engine = try PolicyEngine(
            modules: [PolicySource(name: "t.rego", text: "package cam\nallow if input.resource.owner % 2 == 0\n")],
            kernel: PolicyKernelFacts(uid: 0))
        for round in 0..<2 {
            for owner in 0..<UInt64(20_000) where round == 0 || owner % 7 == 0 {
                let decision = decide(&engine, agent, principal: 1, action: "a", owner: owner)
                guard decision.allow == (owner % 2 == 0) else {
                    Issue.record("wrong answer for \(owner)")
                    return
                }
            }
        }
    }
}
