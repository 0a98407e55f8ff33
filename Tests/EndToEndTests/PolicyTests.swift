// Goal: camd never runs without a policy that it understood whole, and a change of policy is all or nothing.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension Service {
    struct PolicyTests {
        /// The mistake is in line 4, at the name that nothing defines.
        private static let bad = "package cam\n\nallow if {\n\tinput.caller.uid == no_such_rule\n}\n"
        private static var place: Regex<Substring> { /broken\.rego:4:\d+/ }

        private static let forbidsEcho = """
            package cam

            excluded_executors contains "tester" if input.resource.name == "test.echo"

            """

        @Test func camdDoesNotStartWithABadPolicyAndSaysWhere() async throws {
            let failure = try await #require(throws: CamdFailure.self) {
                _ = try await TestBed.start(drivers: [], policies: ["broken.rego": Self.bad])
            }
            #expect(failure.what.contains("exited with code") && !failure.what.contains("code 0"), "\(failure.what)")
            #expect(failure.standardError.contains(Self.place), "\(failure.standardError)")
        }

        @Test func aFolderWithoutPoliciesIsRefusedToo() async throws {
            let folder = try TemporaryFolder("policies")
            var configuration = CamdConfiguration()
            configuration.policiesFolder = folder.path
            let failure = try await #require(throws: CamdFailure.self) {
                _ = try await CamdProcess.start(configuration)
            }
            #expect(failure.standardError.contains("holds no .rego file"), "\(failure.standardError)")
        }

        @Test func aBadPolicyOnReloadLeavesTheOldOneAndAGoodOneTakesItsPlace() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let administrator = try await bed.camd.administrator()
            let before = try #require(try await client.health().kernel).policyVersion
            let reload = TuneSystemRequest.WhatChoice.policy(TunePolicy(what: .reload(TuneNothing())))

            try bed.folder.file("policies/broken.rego", Self.bad)
            let error = try await refusal(.failedPrecondition) { _ = try await administrator.tune(reload) }
            #expect(error.message.string.contains(Self.place), "\(error.message)")
            bed.camd.signal(.hangUp)
            try await eventually("the refusal's being logged") {
                let refusals = bed.camd.standardError.split(separator: "\n").filter {
                    $0.contains("event=policy_refused")
                }
                return refusals.count == 2 && refusals.allSatisfy { $0.contains(Self.place) }
            }
            #expect(try await client.say("test.echo", "as before") == "as before")
            #expect(try #require(try await client.health().kernel).policyVersion == before)

            try File.unlink(bed.folder.path("policies/broken.rego"))
            try bed.folder.file("policies/routing.rego", Self.forbidsEcho)
            let tuned = try await administrator.tune(reload)
            #expect(tuned.before == before && tuned.after != before)
            let excluded = try await refusal(.failedPrecondition) { _ = try await client.run("test.echo", "x") }
            #expect(excluded.message.string.contains("excluded by policy"), "\(excluded.message)")
            #expect(try await client.say("test.sleep", "1") == "slept 1")

            try File.unlink(bed.folder.path("policies/routing.rego"))
            bed.camd.signal(.hangUp)
            try await eventually("the first policies' return") {
                try #require(try await client.health().kernel).policyVersion == before
            }
            #expect(try await client.say("test.echo", "again") == "again")
        }

        /// A reload must not leave anyone with what the old policy allowed: decisions are cached.
        @Test func whatWasAllowedBeforeIsDecidedAnew() async throws {
            let bed = try await TestBed.start(policies: [
                "open.rego": "package cam\n\nallow if input.action == \"observe.drivers\"\n"
            ])
            let client = try await bed.agent()
            let administrator = try await bed.camd.administrator()
            try bed.folder.file(
                "policies/cam.rego",
                """
                package cam

                default allow := false

                allow if input.action in {"agent.register", "observe.health"}

                allow if input.caller.socket in {"admin", "driver"}

                """)
            #expect(try await client.say("test.echo", "allowed") == "allowed")
            _ = try await administrator.tune(.policy(TunePolicy(what: .reload(TuneNothing()))))
            let error = try await refusal(.permissionDenied) { _ = try await client.run("test.echo", "x") }
            #expect(error.denial?.action == "think")
            #expect(try await !client.drivers().isEmpty)
        }
    }
}
