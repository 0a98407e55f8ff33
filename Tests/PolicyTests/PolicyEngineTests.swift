// The engine: deny unless policy says true, each kind of "no" told apart, the cache never changes an answer.

import ABI
import Policy
import ProtobufWire
import Rego
import Testing

private func engine(_ text: String, name: Text = "test.rego") throws(PolicyLoadErrors) -> PolicyEngine {
    try PolicyEngine(modules: [PolicySource(name: name, text: text)], kernel: PolicyKernelFacts(uid: 1000))
}

private func decide(_ engine: inout PolicyEngine, action: Text = "think", context: Value? = nil) -> PolicyDecision {
    engine.decide(
        subject: agent, principal: 1, action: action, resource: "r", owner: 7, call: .think, context: context, now: 0)
}

@Suite struct PolicyEngineTests {
    @Test func aBadPolicyIsRefusedWithFileLineAndColumn() throws {
        let error = #expect(throws: PolicyLoadErrors.self) {
            try engine("package cam\n\nallow if {\n\tuser_is_admin\n}\nallow { input.x }\n", name: "Policies/bad.rego")
        }
        let item = try #require(error?.items.first)
        #expect(item.description.hasPrefix("Policies/bad.rego:6:7: rego_parse_error: "))
    }

    @Test func allErrorsOfAllModulesAreReported() throws {
        let error = #expect(throws: PolicyLoadErrors.self) {
            try PolicyEngine(
                modules: [
                    PolicySource(name: "a.rego", text: "package cam\nallow if misspelt\nallow if nothing(1)\n"),
                    PolicySource(name: "b.rego", text: "package b\np := x\n"),
                ], kernel: PolicyKernelFacts(uid: 0))
        }
        #expect(
            error?.items.map { "\($0.file):\($0.line):\($0.column) \($0.code)" } == [
                "a.rego:2:10 rego_unsafe_var_error", "a.rego:3:10 rego_type_error", "b.rego:2:6 rego_unsafe_var_error",
            ])
    }

    @Test func aPolicyWithoutEntryIsRefused() {
        #expect(throws: PolicyLoadErrors.self) { try engine("package other\nallow := true\n") }
    }

    @Test func theNetworkIsRefused() throws {
        let error = #expect(throws: PolicyLoadErrors.self) { try engine("package cam\nallow if http.send({}).ok\n") }
        #expect(error?.items.first?.message.string.contains("http.send") == true)
    }

    @Test func badDataIsRefusedWithItsPlace() throws {
        let error = #expect(throws: PolicyLoadErrors.self) {
            try PolicyEngine(
                modules: [PolicySource(name: "a.rego", text: "package cam\nallow := true\n")],
                data: [PolicySource(name: "d.json", text: "{\n  \"a\": tru\n}")], kernel: PolicyKernelFacts(uid: 0))
        }
        #expect(error?.items.first.map { "\($0.file):\($0.line):\($0.column)" } == "d.json:2:8")
    }

    @Test(
        arguments: [
            (
                "{\"cam\": {\"granted\": true}}",
                "data.cam.granted is also given by the rule data.cam.granted (a.rego:3:1)"
            ),
            ("{\"cam\": {\"x\": {\"y\": {}}}}", "data.cam.x.y is also given by the rule data.cam.x.y (a.rego:4:1)"),
            ("{\"cam\": {\"x\": 1}}", "data.cam.x is no object, but above the rule data.cam.x.y (a.rego:4:1)"),
            ("{\"cam\": true}", "data.cam is no object, but above the rule data.cam.allow (a.rego:2:1)"),
        ])
    func dataWhereARuleIsAreRefused(text: String, said: Text) throws {
        let module = PolicySource(
            name: "a.rego", text: "package cam\nallow if granted\ngranted if input.x\nx.y contains 1 if input.y\n")
        let error = #expect(throws: PolicyLoadErrors.self) {
            try PolicyEngine(
                modules: [module],
                data: [PolicySource(name: "b.json", text: "{\"b\": 1}"), PolicySource(name: "d.json", text: text)],
                kernel: PolicyKernelFacts(uid: 0))
        }
        #expect(error?.items.map { "\($0.file) \($0.code)" } == ["d.json policy_data_error"])
        #expect(error?.items.first?.message == said)
        let beside = PolicySource(
            name: "d.json", text: "{\"cam\": {\"x\": {\"z\": 1}, \"limits\": 2}, \"other\": true}")
        _ = try PolicyEngine(modules: [module], data: [beside], kernel: PolicyKernelFacts(uid: 0))
    }

    @Test func theVersionFollowsTheContent() throws {
        let first = try engine("package cam\nallow := true\n")
        #expect(first.version == (try engine("package cam\nallow := true\n")).version)
        #expect(first.version != (try engine("package cam\nallow := false\n")).version)
        #expect(first.version.utf8Count == 12)
        #expect(first.contentHash.string.hasPrefix(first.version.string))
    }

    @Test func aContextIsSeenAndNeverCached() throws {
        var engine = try engine("package cam\nallow if input.context.ok\n")
        #expect(!decide(&engine).allow)
        #expect(decide(&engine, context: .object(members: [("ok", .bool(true))])).allow)
        #expect(!decide(&engine, context: .object(members: [("ok", .bool(true))])).isCached)
        #expect(!decide(&engine).allow)
    }

    @Test func routingRulesThatAskForTheTimeHoldForOneSecond() throws {
        let always = try engine("package cam\nallow := true\nexcluded_executors contains \"a\"\n")
        #expect(always.excludedExecutors(agent, capability: "text.x", now: 0).hold(at: .max))
        let daytime = try engine(
            "package cam\nallow := true\nexcluded_executors contains \"a\" if time.now_ns() < 5000000000\n")
        let excluded = daytime.excludedExecutors(agent, capability: "text.x", now: 4_100_000_000)
        #expect(excluded.names == ["a"])
        #expect(excluded.hold(at: 4_999_999_999))
        #expect(!excluded.hold(at: 5_000_000_000))
        #expect(!excluded.hold(at: 3_999_999_999))
        #expect(daytime.excludedExecutors(agent, capability: "text.x", now: 5_000_000_000).names == [])
    }

    @Test func excludedExecutorsAreNilWhenPolicyFails() throws {
        let broken = try engine("package cam\nallow := true\nexcluded_executors contains 1\n")
        #expect(broken.excludedExecutors(agent, capability: "text.x", now: 0).names == nil)
        let working = try engine(
            "package cam\nallow := true\nexcluded_executors contains \"b\" if input.resource.name == \"text.x\"\n"
                + "excluded_executors contains \"a\"\n")
        #expect(working.excludedExecutors(agent, capability: "text.x", now: 0).names == ["a", "b"])
    }
}
