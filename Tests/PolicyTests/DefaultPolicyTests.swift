// The shipped presets: who may do what under solo, as a table, and the Rego tests that come with all of them.

import ABI
import Foundation
import Policy
import PolicyFiles
import ProtobufWire
import Rego
import Testing

/// The folder that is shipped.
let shippedFolder: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/") + "/Policies"
}()

func shippedEngine(_ preset: String = "solo", data: [PolicySource] = []) throws -> PolicyEngine {
    let folder = try PolicyFolder(reading: shippedFolder, preset: preset)
    return try PolicyEngine(
        modules: folder.modules, data: folder.data + data, kernel: PolicyKernelFacts(uid: 1000))
}

/// An agent of camd's own user that may use text.
let agent = PolicySubject(
    agentID: 7, name: "agent", uid: 1000, gid: 1000, groups: [1000], isSameUser: true,
    labels: [Label(name: "use", value: "text")], isRegistered: true)
let stranger = PolicySubject(agentID: 8, name: "stranger", uid: 2000, gid: 2000, isRegistered: true)
let newcomer = PolicySubject(uid: 1000, gid: 1000, isSameUser: true)
let foreigner = PolicySubject(uid: 2000, gid: 2000)
let administrator = PolicySubject(
    agentID: 9, uid: 1000, gid: 1000, socket: .admin, isSameUser: true, isRegistered: true)
let driver = PolicySubject(agentID: 10, uid: 1000, gid: 1000, socket: .driver, isRegistered: true)

@Suite struct DefaultPolicyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let subject: PolicySubject
        let action: Text
        let owner: UInt64
        let may: Bool

        init(_ name: String, _ subject: PolicySubject, _ action: Text, owner: UInt64 = 0, _ may: Bool) {
            self.name = name
            self.subject = subject
            self.action = action
            self.owner = owner
            self.may = may
        }

        var testDescription: String { "\(name) \(may ? "may" : "may not") \(action)" }
    }

    static let rows: [Row] = [
        Row("own user's newcomer", newcomer, "agent.register", true),
        Row("other user's newcomer", foreigner, "agent.register", false),
        Row("driver", driver, "agent.register", true),
        Row("driver", driver, "capability.offer", true),
        Row("agent", agent, "capability.offer", false),
        Row("administrator", administrator, "capability.offer", false),
        Row("newcomer", newcomer, "think", false),
        Row("agent", agent, "think", true),
        Row("agent", agent, "decide", true),
        Row("agent", agent, "learn", true),
        Row("agent", agent, "arbitrate", true),
        Row("agent", agent, "task.commit", true),
        Row("agent, own task", agent, "task.rollback", owner: 7, true),
        Row("agent, other's task", agent, "task.rollback", owner: 8, false),
        Row("agent", agent, "capability.text.summarize", true),
        Row("agent", agent, "capability.image.label", false),
        Row("agent, family that only begins alike", agent, "capability.textual.x", false),
        Row("agent without label", stranger, "capability.text.summarize", false),
        Row("administrator", administrator, "capability.text.summarize", true),
        Row("agent, own context", agent, "context.write", owner: 7, true),
        Row("agent, own context", agent, "context.read", owner: 7, true),
        Row("agent, own context", agent, "context.forget", owner: 7, true),
        Row("agent, other's context", agent, "context.read", owner: 8, false),
        Row("administrator, other's context", administrator, "context.write", owner: 7, false),
        Row("agent", agent, "observe.health", true),
        Row("agent, own events", agent, "observe.events", owner: 7, true),
        Row("agent, events of everybody", agent, "observe.events", owner: 0, false),
        Row("agent, own tasks", agent, "observe.task", owner: 7, true),
        Row("agent, other's tasks", agent, "observe.task", owner: 8, false),
        Row("administrator, other's tasks", administrator, "observe.task", owner: 8, true),
        Row("own user's agent", agent, "observe.drivers", true),
        Row("other user's agent", stranger, "observe.drivers", false),
        Row("own user's agent", agent, "observe.driver_logs", false),
        Row("administrator", administrator, "observe.driver_logs", true),
        Row("agent, own decision", agent, "explain", owner: 7, true),
        Row("agent, other's decision", agent, "explain", owner: 8, false),
        Row("administrator, other's decision", administrator, "explain", owner: 7, true),
        Row("agent", agent, "tune.drain", false),
        Row("driver", driver, "tune.drain", false),
        Row("administrator", administrator, "tune.drain", true),
        Row("agent, about itself", agent, "policy.query", owner: 7, true),
        Row("agent, about another", agent, "policy.query", owner: 8, false),
        Row("administrator, about another", administrator, "policy.query", owner: 8, true),
        Row("agent", agent, "nonsense", false),
    ]

    @Test(arguments: rows)
    func decides(_ row: Row) throws {
        var engine = try shippedEngine()
        let decision = engine.decide(
            subject: row.subject, principal: 1, action: row.action, resource: "r", owner: row.owner, call: .think,
            now: 0)
        #expect(decision.allow == row.may, "\(decision)")
        #expect(decision.allow == (decision.denial == nil))
        #expect(!decision.allow || decision.rules.first?.string.contains(".rego:") == true)
    }

    @Test func listedUsersMayRegister() throws {
        var engine = try shippedEngine(
            data: [PolicySource(name: "settings.json", text: #"{"settings": {"register_uids": [2000]}}"#)])
        let decision = engine.decide(
            subject: foreigner, principal: 1, action: "agent.register", resource: "x", owner: 0, call: .registerAgent,
            now: 0)
        #expect(decision.allow)
    }

    @Test func labelsCountOnlyFromCamdsOwnUserAndNeverTheKernels() throws {
        let engine = try shippedEngine()
        var claiming = newcomer
        claiming.labels = [
            Label(name: "use", value: "text"), Label(name: "cam.executor", value: "x"),
            Label(name: "data", value: "private"),
        ]
        #expect(engine.effectiveLabels(claiming, now: 0) == ["data", "use"])
        claiming.isSameUser = false
        #expect(engine.effectiveLabels(claiming, now: 0) == [])
    }

    @Test func excludesNoExecutorByDefault() throws {
        #expect(try shippedEngine().excludedExecutors(agent, capability: "text.summarize", now: 0).names == [])
    }

    @Test func aDenialSaysWhatIsNeeded() throws {
        var engine = try shippedEngine()
        func needed(_ subject: PolicySubject, _ action: Text, owner: UInt64 = 0) -> String {
            engine.decide(
                subject: subject, principal: 1, action: action, resource: "notes", owner: owner, call: .think, now: 0
            )
            .denial?.needed.string ?? ""
        }
        #expect(needed(agent, "capability.image.label").contains("use=image"))
        #expect(needed(agent, "tune.drain").contains("admin socket"))
        #expect(needed(agent, "context.write", owner: 8) == "context notes belongs to agent 8, not to agent 7")
        #expect(needed(newcomer, "think").contains("register first"))
    }

    /// Each preset with what is common to all: every test passes, and together they run nearly every line.
    @Test(arguments: ["solo", "team", "locked"])
    func theirOwnTestsPass(_ preset: String) throws {
        let folder = try PolicyFolder(reading: shippedFolder, preset: preset)
        var modules = try folder.modules.map { try Module(parsing: $0.text, file: $0.name.string) }
        for path in folder.folders {
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            where name.hasSuffix("_test.rego") {
                let source = try PolicyFolder.read(path + "/" + name, as: PolicyFolder.name(of: name, in: path))
                modules.append(try Module(parsing: source.text, file: source.name.string))
            }
        }
        #expect(modules.count == folder.modules.count * 2, "each module has tests of its own")
        let runner = try TestRunner(modules: modules)
        let observer = Observer()
        let outcomes = runner.run(observer: observer)
        #expect(outcomes.count > 10)
        for outcome in outcomes {
            #expect(outcome.result == .passed, "\(outcome.name) at \(outcome.location): \(outcome.attempts)")
        }
        // What is common is not all used by a preset that lets nobody work.
        let coverage = runner.coverage(by: observer).filter {
            !$0.hasSuffix("_test.rego") && (preset == "solo" || $0.hasPrefix(preset))
        }
        #expect(coverage.share > 0.9, "\(coverage.files.map { "\($0.name): \($0.uncovered)" })")
    }
}
