// Granting what a denial refused: exactly that, recorded first, and nothing that was no denial.

import ABI
import Policy
import ProtobufWire
import Testing

@testable import Kernel

@Suite struct PolicyGrantTests {
    private let world: KernelHarness
    private let admin: ConnectionID

    init() throws {
        world = try KernelHarness(
            policy: """
                package cam

                allow if input.caller.socket == "admin"

                allow if input.action in {"agent.register", "policy.query"}

                allow if {
                	input.action == "context.write"
                	input.resource.owner == input.caller.agent_id
                }
                """)
        admin = try world.agent("admin", door: .administration)
    }

    private func read(_ agent: ConnectionID, id: UInt64, _ context: Text, owner: UInt64) throws -> DecisionID {
        let recall = RememberRequest.Recall(context: ContextRef(owner: owner, name: context), key: "k")
        let answer = try #require(world.call(agent, .remember, id: id, RememberRequest(operation: .recall(recall))))
        #expect(answer.status == .permissionDenied)
        return try #require(try answer.decode(CallError.self).decisionID)
    }

    private func grant(_ denial: DecisionID?, seconds: UInt32 = 60, dryRun: Bool = false) -> TuneSystemRequest {
        let policy = TunePolicy(what: .grant(TuneGrant(denial: denial, seconds: seconds)))
        return TuneSystemRequest(dryRun: dryRun, what: .policy(policy))
    }

    @Test func whatIsGrantedIsWhatTheDenialsRecordSays() throws {
        let agent = try world.agent("worker", uid: 7)
        let denial = try read(agent, id: 1, "notes \"of\"\n{}", owner: 1)
        #expect(world.call(admin, .tuneSystem, id: 1, grant(denial)) == nil)
        let granted = try #require(world.grants.last)
        let expected = Grant(
            uid: 7, agentName: "worker", socket: "agent", action: "context.read", resource: "notes \"of\"\n{}",
            owner: 1,
            expiresNs: world.now.wall + 60_000_000_000, denial: denial)
        #expect(granted == expected)
        // The record is there before the directive leaves.
        let sequence = try #require(world.journal.last).sequence
        let record = try world.record(sequence)
        #expect(record.effect == .policyGranted(expected))
        #expect(record.decision?.cause == denial && record.decision?.agentName == "admin")
        #expect(world.journal.last?.durable == true)

        let next = try PolicyEngine(
            modules: [PolicySource(name: "n.rego", text: "package cam\nallow if true\n")],
            kernel: PolicyKernelFacts(uid: 0))
        world.feed(.completed(.policies(token: try #require(world.policyLoads.last), .loaded(next))))
        let answer: TuneSystemResponse = try #require(world.answer(admin, 1)).decode()
        #expect(answer.granted == expected && answer.after == next.version && answer.before != next.version)
        let activated = try world.record(try #require(world.journal.last).sequence)
        #expect(activated.effect == .policyActivated(PolicyActivated(version: next.version, files: ["n.rego"])))
        #expect(activated.decision?.cause?.sequence == sequence)
    }

    @Test func dryRunShowsItAndChangesNothing() throws {
        let agent = try world.agent("worker", uid: 7)
        let denial = try read(agent, id: 1, "notes", owner: 1)
        let answer: TuneSystemResponse = try #require(
            world.call(admin, .tuneSystem, id: 1, grant(denial, dryRun: true))
        ).decode()
        #expect(answer.granted?.resource == "notes" && answer.before == answer.after)
        #expect(world.policyLoads.isEmpty)
        let record = try world.record(try #require(world.journal.last).sequence)
        #expect(record.effect == nil && record.decision?.action == "tune.policy")
    }

    /// Policies see whole seconds: an end within one would let its rest through.
    @Test func endsWithASecond() throws {
        world.now.wall += 999_999_999
        let agent = try world.agent("worker", uid: 7)
        _ = world.call(admin, .tuneSystem, id: 1, grant(try read(agent, id: 1, "notes", owner: 1), seconds: 1))
        let granted = try #require(world.grants.last)
        #expect(granted.expiresNs % 1_000_000_000 == 0)
        #expect(granted.expiresNs <= world.now.wall + 1_000_000_000)
    }

    @Test func whatIsNoDenialIsNotGranted() throws {
        let agent = try world.agent("worker", uid: 7)
        let allowed = try #require(world.journal.last).sequence
        let query = QueryPolicyRequest(action: "context.read", resource: "notes", owner: 1)
        let asked: QueryPolicyResponse = try #require(world.call(agent, .queryPolicy, id: 5, query)).decode()
        #expect(!asked.allow)
        let denial = try read(agent, id: 6, "notes", owner: 1)
        #expect(try read(agent, id: 7, "notes", owner: 1) == denial)
        world.advance(milliseconds: 2_000)
        let folded = try #require(world.journal.last).sequence
        #expect(try world.record(folded).folded == 1)
        for (place, sequence) in [allowed, asked.decisionID?.sequence ?? 0, folded, denial.sequence + 99].enumerated() {
            let answer = world.call(
                admin, .tuneSystem, id: UInt64(place) + 1, grant(DecisionID(epoch: 1, sequence: sequence)))
            #expect(answer?.status == .notFound || answer?.status == .invalidArgument, "\(sequence)")
        }
        let other = grant(DecisionID(epoch: 2, sequence: denial.sequence))
        #expect(world.call(admin, .tuneSystem, id: 20, other)?.status == .notFound)
        for (place, request) in [grant(nil), grant(denial, seconds: 0), grant(denial, seconds: .max)].enumerated() {
            #expect(world.call(admin, .tuneSystem, id: 30 + UInt64(place), request)?.status == .invalidArgument)
        }
        #expect(world.grants.isEmpty)
    }

    @Test func onlyWhomPolicyLetsMayGrant() throws {
        let agent = try world.agent("worker", uid: 7)
        let denial = try read(agent, id: 1, "notes", owner: 1)
        #expect(world.call(agent, .tuneSystem, id: 2, grant(denial))?.status == .permissionDenied)
        #expect(world.call(agent, .tuneSystem, id: 3, grant(denial, dryRun: true))?.status == .permissionDenied)
        #expect(world.grants.isEmpty)
    }

    /// Repeats share a record; what would be another grant must not, or one would be granted for the other.
    @Test func denialsOfOthersShareNoRecord() throws {
        let agent = try world.agent("worker", uid: 7)
        let namesake = try world.agent("worker", uid: 8)
        let first = try read(agent, id: 1, "notes", owner: 1)
        #expect(try read(agent, id: 2, "notes", owner: 1) == first)
        #expect(try read(agent, id: 3, "notes", owner: 99) != first)
        #expect(try read(namesake, id: 1, "notes", owner: 1) != first)
        let world = try KernelHarness(policy: "package cam\ndefault allow := false")
        var denials: Set<UInt64> = []
        for uid in [5, 6] as [UInt32] {
            let stranger = world.connect(uid: uid)
            let answer = try #require(world.call(stranger, .registerAgent, RegisterAgentRequest(name: "x")))
            let denial = try #require(try answer.decode(CallError.self).decisionID)
            #expect(try world.record(denial.sequence).decision?.uid == uid)
            denials.insert(denial.sequence)
        }
        #expect(denials.count == 2)
    }

    @Test func policiesThatAreRefusedLeaveTheAskerWithoutIt() throws {
        let agent = try world.agent("worker", uid: 7)
        let version = world.kernel.policy.version
        _ = world.call(admin, .tuneSystem, id: 1, grant(try read(agent, id: 1, "notes", owner: 1)))
        world.feed(.completed(.policies(token: try #require(world.policyLoads.last), .refused("disk full"))))
        #expect(world.answer(admin, 1)?.status == .failedPrecondition)
        #expect(world.kernel.policy.version == version)
    }

    /// A watched folder in which nothing changed is no new version.
    @Test func theSameContentIsNotActivatedAgain() throws {
        let before = world.journal.count
        world.feed(.request(.reloadPolicies))
        world.feed(.completed(.policies(token: 0, .loaded(world.kernel.policy))))
        #expect(world.journal.count == before)
    }

    /// Who could grant over the agent socket could grant itself everything.
    @Test(arguments: ["tune.policy", "tune.drain"])
    func administrationIsNotGrantedOutsideItsSocket(action: String) throws {
        let agent = try world.agent("worker", uid: 7)
        let what: TuneSystemRequest.WhatChoice =
            action == "tune.drain" ? .drain(TuneNothing()) : .policy(TunePolicy(what: .reload(TuneNothing())))
        let refused = try #require(world.call(agent, .tuneSystem, id: 1, TuneSystemRequest(what: what)))
        let error = try refused.decode(CallError.self)
        #expect(error.denial?.ask.string.contains("admin socket") == true)
        for (place, isDryRun) in [true, false].enumerated() {
            let answer = try #require(
                world.call(admin, .tuneSystem, id: 1 + UInt64(place), grant(error.decisionID, dryRun: isDryRun)))
            #expect(answer.status == .failedPrecondition)
            #expect(try answer.decode(CallError.self).message.string.contains("\(action) is administration"))
        }
        #expect(world.grants.isEmpty)
    }

    @Test func onlyTheAdminSocketGrantsWhateverPolicySays() throws {
        let world = try KernelHarness(
            policy: """
                package cam

                allow if input.action in {"agent.register", "tune.policy"}
                """)
        let agent = try world.agent("worker", uid: 7)
        for (place, isDryRun) in [true, false].enumerated() {
            let answer = try #require(
                world.call(
                    agent, .tuneSystem, id: 2 + UInt64(place),
                    grant(DecisionID(epoch: 1, sequence: 1), dryRun: isDryRun)))
            #expect(answer.status == .failedPrecondition)
            #expect(try answer.decode(CallError.self).message.string.contains("only the admin socket grants"))
        }
        #expect(world.grants.isEmpty)
    }

    /// The room for all of it is asked for before the file is replaced; what was replaced is in force, with its cause.
    @Test func whatWasWrittenIsNotRefused() throws {
        let agent = try world.agent("worker", uid: 7)
        let denial = try read(agent, id: 1, "notes", owner: 1)
        world.feed(.completed(.journalRoom(60 << 10)))
        #expect(world.call(admin, .tuneSystem, id: 1, grant(denial))?.status == .unavailable)
        #expect(world.grants.isEmpty)
        world.feed(.completed(.journalRoom(1 << 30)))
        #expect(world.call(admin, .tuneSystem, id: 2, grant(denial)) == nil)
        let granted = try #require(world.journal.last).sequence
        let token = try #require(world.policyLoads.last)
        world.feed(.completed(.journalRoom(60 << 10)))
        world.feed(.disconnected(admin))
        let next = try PolicyEngine(
            modules: [PolicySource(name: "n.rego", text: "package cam\nallow if true\n")],
            kernel: PolicyKernelFacts(uid: 0))
        world.feed(.completed(.policies(token: token, .loaded(next))))
        #expect(world.kernel.policy.version == next.version)
        let activated = try #require(
            try world.journal.map { try world.record($0.sequence) }.last { $0.decision?.cause?.sequence == granted })
        #expect(activated.effect == .policyActivated(PolicyActivated(version: next.version)))
    }
}
