// Goal: who somebody is comes from the operating system, and what belongs to one agent stays that agent's.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension Service {
    struct IdentityTests {
        @Test func theUidIsThatOfTheSocketAndTheNameOnlyAClaim() async throws {
            let bed = try await TestBed.start(drivers: [])
            let client = try await bed.agent("root")
            let me = try #require(try await client.agents().first { $0.agentID == client.agentID })
            #expect(me.uid == ThisProcess.effectiveUserID && me.name == "root")
            #expect(me.pid == ThisProcess.pid && me.confinement == "unconfined")
            // A name that looks like a driver's makes no driver, and the same name is the same agent.
            _ = try await refusal(.invalidArgument) { _ = try await bed.agent("driver:tester") }
            let impostor = try await bed.agent("driver/tester")
            _ = try await refusal(.permissionDenied) { _ = try await impostor.tune(.drain(TuneNothing())) }
            #expect(try await bed.agent("root").agentID == client.agentID)
        }

        @Test func nobodySpeaksForAnother() async throws {
            let bed = try await TestBed.start()
            let (alice, bob) = (try await bed.agent("alice"), try await bed.agent("bob"))
            let error = try await refusal {
                _ = try await bob.think(
                    ThinkRequest(envelope: Envelope(onBehalfOf: alice.agentID), capability: "test.echo"))
            }
            #expect(error.field == "envelope.on_behalf_of")
            // Somebody else's task is no reason to be somebody else: the value's origin says so.
            let graph = try await alice.commit([.test("t", "test.sleep", "3000")])
            let task = try #require(graph.tasks.first).taskID
            let store = RememberRequest.Store(context: ContextRef(name: "c"), key: "k", value: [1])
            _ = try await bob.remember(RememberRequest(envelope: Envelope(taskID: task), operation: .store(store)))
            let provenance = try #require(try await bob.recall("c", "k").entry?.provenance)
            #expect(provenance.agentID == bob.agentID && provenance.taskID == 0)
        }

        @Test func aTokenResumesItsAgentAndNoForgedOneDoes() async throws {
            let bed = try await TestBed.start(drivers: [])
            let client = try await bed.agent("resumes")
            let token = client.session.token
            let again = try await CAMClient.connect(
                ConnectOptions(socketPath: bed.camd.socketPath, name: "another", resumeToken: token))
            #expect(again.agentID == client.agentID && again.session.resumed)
            var forgeries = [Array(token.dropLast()), token + [0], [UInt8](repeating: 0, count: token.count)]
            for place in stride(from: 0, to: token.count, by: 7) {
                var forged = token
                forged[place] ^= 1
                forgeries.append(forged)
            }
            let camd = bed.camd
            try await onThread { [forgeries] in
                for forged in forgeries {
                    let connection = try camd.raw()
                    try connection.request(
                        .registerAgent, id: 1, RegisterAgentRequest(name: "thief", resumeToken: forged))
                    #expect(try connection.receive()?.status == .unauthenticated)
                }
            }
        }

        @Test func oneAgentSeesNothingOfAnother() async throws {
            let bed = try await TestBed.start()
            let (alice, bob) = (try await bed.agent("alice"), try await bed.agent("bob"))
            try await alice.store("private", "k", Text("alice's").bytes)
            let thought = try await alice.run("test.echo", "alice's thought")
            let graph = try await alice.commit([.test("t", "test.echo", "alice's work")], wait: true)
            let task = try #require(graph.tasks.first).taskID
            let decision = try #require(graph.statuses.first?.decisionID)

            _ = try await refusal(.permissionDenied) { _ = try await bob.recall("private", "k", owner: alice.agentID) }
            _ = try await refusal(.permissionDenied) { _ = try await bob.entries("private", owner: alice.agentID) }
            _ = try await refusal(.notFound) { _ = try await bob.recall("private", "k") }
            let store = RememberRequest.Store(
                context: ContextRef(owner: alice.agentID, name: "private"), key: "k", value: [])
            _ = try await refusal(.permissionDenied) {
                _ = try await bob.remember(RememberRequest(operation: .store(store)))
            }
            for what: ExplainActionRequest.WhatChoice in [
                .decision(decision), .taskID(task), .decision(try #require(thought.decisionID)),
                .decision(try #require(graph.decisionID)),
            ] {
                let request = ExplainActionRequest(what: what, level: .detailed)
                _ = try await refusal(.permissionDenied, "\(what)") { _ = try await bob.explainAction(request) }
                #expect(try await !alice.explainAction(request).text.isEmpty)
            }
            _ = try await refusal(.permissionDenied) { _ = try await bob.status(task: task) }
            _ = try await refusal(.permissionDenied) { _ = try await bob.ended(graph: graph.graphID) }
            let all = try await bob.observe(ObserveRequest(what: .task(ObserveTask())))
            #expect(all.tasks.isEmpty, "\(all.tasks)")
            let query = QueryPolicyRequest(action: "think", resource: "x", subject: alice.agentID)
            _ = try await refusal(.permissionDenied) { _ = try await bob.queryPolicy(query) }
        }

        @Test func eventsShowAnAgentOnlyItsOwn() async throws {
            let bed = try await TestBed.start()
            let (alice, bob) = (try await bed.agent("alice"), try await bed.agent("bob"))
            let events = bob.events(ObserveEvents(kinds: [.task]))
            // Answered in order on one connection: the stream is open when this is answered.
            _ = try await bob.health()
            let hers = try await alice.commit([.test("t", "test.echo", "hers")], wait: true)
            let his = try await bob.commit([.test("t", "test.echo", "his")], wait: true)
            for try await event in events {
                let status = try #require(event.task)
                #expect(status.owner == bob.agentID && status.graphID != hers.graphID, "\(status)")
                if status.graphID == his.graphID, status.state == .succeeded { break }
            }
            events.cancel()
        }

        @Test func administrationIsDeniedOverTheAgentsSocket() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let whats: [TuneSystemRequest.WhatChoice] = [
                .drain(TuneNothing()), .resume(TuneNothing()), .driver(TuneDriver(name: "tester", action: .restart)),
                .policy(TunePolicy(what: .reload(TuneNothing()))),
            ]
            for what in whats {
                let error = try await refusal(.permissionDenied, "\(what)") { _ = try await client.tune(what) }
                #expect(error.denial?.needed.string.contains("admin socket") == true, "\(error)")
                #expect(error.decisionID != nil)
            }
            #expect(try await !client.health().draining)
        }

        @Test(.enabled("only root can be somebody else", { ThisProcess.effectiveUserID == 0 }))
        func anotherUserIsAnotherUser() async throws {
            let bed = try await TestBed.start(
                drivers: [], settings: "\"socket.mode\": \"0666\"",
                policies: ["uids.json": "{\"settings\": {\"register_uids\": [65533]}}"])
            for path in [bed.camd.folder.path, bed.camd.folder.path("run")] { try File.changeMode(path, 0o711) }
            let client = try await bed.agent("shared-name")
            try await client.store("c", "k", [1])
            func camctl(_ uid: Int, _ words: [String]) async throws -> (
                code: Int32, output: String, errors: String
            ) {
                let (tree, _) = try TestTree.require()
                let child = try await ChildProcess.start(
                    "/usr/bin/setpriv",
                    ["--reuid", "\(uid)", "--regid", "65533", "--clear-groups", "\(tree)/bin/camctl"] + words,
                    environment: [
                        "CAM_SOCKET": bed.camd.socketPath, "CAM_ADMIN_SOCKET": bed.camd.adminSocketPath,
                        "HOME": bed.camd.folder.path,
                    ])
                guard case .exited(let code) = try await child.ended().reason else { throw Errno.ECHILD }
                return (code, child.standardOutput, child.standardError)
            }
            let stranger = try await camctl(65532, ["--as", "shared-name", "status"])
            #expect(stranger.code == 4, "\(stranger)")
            let listed = try await camctl(65533, ["--as", "shared-name", "recall", "c", "k"])
            #expect(
                listed.code == 5, "another uid's agent of the same name is another agent: \(listed)")
            #expect(try await camctl(65533, ["drain"]).code == 3, "the admin socket is closed to it")
            let agents = try await client.agents().filter { $0.name == "shared-name" }
            #expect(Set(agents.map(\.uid)) == [0, 65533])
        }
    }
}
