// The cache: a hit is what evaluation would say, it is keyed on all of its key, bounded, and forgets when told.

import ABI
import Policy
import ProtobufWire
import Rego
import Testing

@Suite struct DecisionCacheTests {
    private func decide(
        _ engine: inout PolicyEngine, _ subject: PolicySubject, principal: UInt32, action: Text, resource: Text = "r",
        owner: UInt64 = 7, call: CallNumber = .think, context: Value? = nil, now: Int64 = 0
    ) -> PolicyDecision {
        engine.decide(
            subject: subject, principal: principal, action: action, resource: resource, owner: owner, call: call,
            context: context, now: now)
    }

    private func engine(_ rules: String) throws -> PolicyEngine {
        try PolicyEngine(
            modules: [PolicySource(name: "t.rego", text: "package cam\n\(rules)\n")], kernel: PolicyKernelFacts(uid: 0))
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

    @Test(arguments: ["", "deny_reasons contains \"no\" if input.caller.uid"])
    func everyPartThatIsReadCounts(_ more: String) throws {
        var engine = try engine(
            "allow if { input.caller.uid; input.call; input.resource.name; input.resource.owner == 7 }\n\(more)")
        for owner: UInt64 in [7, 8] {
            let first = decide(&engine, agent, principal: 1, action: "a", owner: owner)
            #expect(first.allow == (owner == 7) && !first.isCached)
            #expect(!decide(&engine, agent, principal: 2, action: "a", owner: owner).isCached)
            #expect(!decide(&engine, agent, principal: 1, action: "b", owner: owner).isCached)
            #expect(!decide(&engine, agent, principal: 1, action: "a", resource: "s", owner: owner).isCached)
            #expect(!decide(&engine, agent, principal: 1, action: "a", owner: owner, call: .remember).isCached)
            #expect(decide(&engine, agent, principal: 1, action: "a", owner: owner).isCached)
        }
    }

    @Test func whatIsNotReadDoesNotCount() throws {
        var engine = try engine(
            "allow if { input.action == \"a\"; input.resource.owner == 7 }\n"
                + "deny_reasons contains input.resource.name if true")
        #expect(decide(&engine, agent, principal: 1, action: "a").allow)
        let other = decide(&engine, stranger, principal: 2, action: "a", resource: "s", call: .remember)
        #expect(other.allow && other.isCached)
        // A denial also says what only its reasons read.
        #expect(decide(&engine, agent, principal: 1, action: "a", owner: 8).denial?.needed == "r")
        let denied = decide(&engine, agent, principal: 1, action: "a", resource: "s", owner: 8)
        #expect(denied.denial?.needed == "s" && !denied.isCached)
        #expect(decide(&engine, stranger, principal: 2, action: "a", resource: "s", owner: 8).isCached)
    }

    @Test func anEmptyNameIsNotTheSameAsOneThatIsNotRead() throws {
        var engine = try engine("allow if input.resource.owner == 7\ndeny_reasons contains input.resource.name if true")
        #expect(decide(&engine, agent, principal: 1, action: "a", resource: "", owner: 8).denial?.needed == "")
        #expect(decide(&engine, agent, principal: 1, action: "a", resource: "r", owner: 8).denial?.needed == "r")
    }

    @Test func aContextThatNoRuleReadsChangesNothing() throws {
        var reading = try engine("allow if input.context.ok")
        var other = try engine("allow if input.action == \"a\"")
        let context = try Value(json: "{\"ok\": true}")
        #expect(decide(&reading, agent, principal: 1, action: "a", context: context).allow)
        #expect(!decide(&reading, agent, principal: 1, action: "a", context: context).isCached)
        #expect(!decide(&reading, agent, principal: 1, action: "a").allow)
        #expect(decide(&other, agent, principal: 1, action: "a").allow)
        #expect(decide(&other, agent, principal: 1, action: "a", context: context).isCached)
    }

    @Test func whatDependsOnTheTimeHoldsUntilTheSecondEnds() throws {
        let second: Int64 = 1_000_000_000
        var engine = try engine(
            "allow if { input.action == \"early\"; time.now_ns() < \(5 * second) }\nallow if input.action == \"always\""
        )
        func ask(_ action: Text, _ now: Int64) -> (Bool, Bool) {
            let decision = decide(&engine, agent, principal: 1, action: action, now: now)
            return (decision.allow, decision.isCached)
        }
        #expect(ask("early", 4 * second) == (true, false))
        #expect(ask("early", 5 * second - 1) == (true, true))
        #expect(ask("early", 5 * second) == (false, false))
        #expect(ask("early", 5 * second + 7) == (false, true))
        // The clock may be set back.
        #expect(ask("early", 4 * second).0)
        #expect(ask("early", -1) == (true, false))
        #expect(ask("always", 4 * second) == (true, false))
        #expect(ask("always", 900 * second) == (true, true))
    }

    @Test func otherKernelFactsForgetEverything() throws {
        var engine = try shippedEngine()
        _ = decide(&engine, agent, principal: 1, action: "think")
        engine.kernel.isDraining = true
        #expect(!decide(&engine, agent, principal: 1, action: "think").isCached)
    }

    @Test func staysRightUnderMoreKeysThanItHolds() throws {
        var engine = try engine("allow if input.resource.owner % 2 == 0")
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
