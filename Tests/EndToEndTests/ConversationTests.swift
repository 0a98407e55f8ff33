// Goal: what clients and drivers say to each other through the kernel arrives: streams, graphs, events, cancels, nested calls.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension Service {
    struct ConversationTests {
        @Test(arguments: [UInt32(1), 3, 64])
        func aThoughtStreamsItsItemsAndThenItsAnswer(window: UInt32) async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let lines = (0..<300).map { "line \($0)" }
            let input = Text(lines.joined(separator: "\n")).bytes
            let stream = client.thinkStream(
                ThinkRequest(capability: "test.echo", input: input), window: window, timeout: .seconds(30))
            var items: [String] = []
            for try await item in stream { items.append(String(decoding: item.output, as: UTF8.self)) }
            #expect(items == lines)
            let answer = try await stream.response()
            #expect(answer.output == input && answer.executor == "tester")
            #expect(try #require(answer.usage).costMicros == 10)
        }

        @Test func aGraphRunsInOrderAndItsEventsTellIt() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let events = client.events(ObserveEvents(kinds: [.task]))
            _ = try await client.health()
            var join = TaskSpec.test("join", "test.echo", "joined: ")
            join.inputFrom = ["left", "right"]
            let graph = try await client.commit(
                [
                    .test("source", "test.sleep", "50"), .test("left", "test.echo", "L", after: ["source"]),
                    .test("right", "test.echo", "R", after: ["source"]), join,
                ], wait: true)
            #expect(graph.statuses.map(\.state) == [.succeeded, .succeeded, .succeeded, .succeeded])
            #expect(String(decoding: graph.statuses[3].output, as: UTF8.self) == "joined: LR")
            var seen: [(Text, TaskState)] = []
            for try await event in events {
                let status = try #require(event.task)
                #expect(status.output.isEmpty && event.missed == 0)
                seen.append((status.localID, status.state))
                if status.localID == "join", status.state == .succeeded { break }
            }
            func place(_ name: Text, _ state: TaskState) throws -> Int {
                try #require(seen.firstIndex { $0 == (name, state) }, "\(name) \(state) is not in \(seen)")
            }
            for name in ["left", "right"] as [Text] {
                #expect(try place("source", .succeeded) < place(name, .running))
                #expect(try place(name, .succeeded) < place("join", .running))
            }
            #expect(seen.count == 8, "\(seen)")
        }

        @Test func aCancelledCallEndsAtOnceAndFreesTheDriver() async throws {
            let bed = try await TestBed.start(drivers: [TestDriver(slots: 1)])
            let client = try await bed.agent()
            let start = Clock.monotonic()
            let work = Task { try await client.run("test.sleep", "20000") }
            try await eventually("its being at work") { try await client.stats().tasksRunning == 1 }
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
            // One slot: this can only be served when the cancelled work has stopped.
            #expect(try await client.say("test.echo", "next") == "next")
            #expect(Clock.monotonic() - start < 10_000_000_000)
            #expect(try await client.stats().openRequests == 0)
        }

        @Test func aDeadlineEndsTheCallOnTime() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let start = Clock.monotonic()
            _ = try await refusal(.deadlineExceeded) {
                _ = try await client.run("test.sleep", "20000", timeout: .milliseconds(300))
            }
            let milliseconds = (Clock.monotonic() - start) / 1_000_000
            #expect((290...3_000).contains(milliseconds), "after \(milliseconds) ms")
            // A graph that its caller does not wait for any longer goes on.
            let error = try await refusal(.deadlineExceeded) {
                _ = try await client.commit(
                    [.test("t", "test.sleep", "900")], key: "patient", wait: true, timeout: .milliseconds(200))
            }
            #expect(error.message.string.contains("goes on"), "\(error.message)")
            let later = try await client.commit([.test("t", "test.sleep", "900")], key: "patient", wait: true)
            #expect(later.statuses.map(\.state) == [.succeeded] && later.statuses[0].attempts == 1)
        }

        @Test func aDriverCallsTheKernelFromInsideItsWorkDownToTheLimit() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            #expect(try await client.say("test.nest", "3") == "bottom at depth 4")
            let bottom = try await client.say("test.nest", "12")
            #expect(bottom.hasPrefix("stopped at depth") && bottom.hasSuffix("FAILED_PRECONDITION"), "\(bottom)")
            #expect(try await client.stats().tasksRunning == 0)
        }

        @Test func theSameKeyIsTheSameGraphAndAnotherPayloadIsRefused() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let tasks = [TaskSpec.test("t", "test.mark", "same 100")]
            let graphs = try await withThrowingTaskGroup(of: UInt64.self) { group in
                for number in 0..<20 {
                    group.addTask { try await client.commit(tasks, key: "k", wait: number.isMultiple(of: 2)).graphID }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(graphs.count == 1)
            _ = try await refusal(.alreadyExists) {
                _ = try await client.commit([.test("t", "test.echo", "another")], key: "k")
            }
            let other = try await bed.agent("other")
            #expect(try await other.commit(tasks, key: "k", wait: true).graphID != graphs.first)
            let administrator = try await bed.camd.administrator()
            let driver = try #require(try await administrator.agents().first { $0.name == "driver:tester" })
            let marks = try await administrator.entries("marks", owner: driver.agentID)
            #expect(marks["same"]?.version == 2, "once for each of the two agents")
        }

        @Test func agentsCanOfferCapabilitiesWherePolicyLetsThem() async throws {
            let offers =
                "package cam\n\nallow if {\n\tinput.action == \"capability.offer\"\n\tinput.caller.same_user\n}\n"
            let bed = try await TestBed.start(drivers: [], policies: ["offers.rego": offers])
            let executor = try await CAMClient.connect(
                ConnectOptions(
                    socketPath: bed.camd.socketPath, name: "helpful",
                    offers: [Capability(name: "test.greet", quality: 0.5, idempotent: true)], slots: 2
                ) { upcall in InvokeResult(output: Text("hello ").bytes + upcall.input) })
            let client = try await bed.agent()
            let answer = try await client.run("test.greet", "world")
            #expect(String(decoding: answer.output, as: UTF8.self) == "hello world")
            #expect(answer.executor == "agent:helpful")
            let ranking = try await client.arbitrate(ArbitrateRequest(capability: "test.greet")).ranking
            #expect(ranking.map(\.sandboxed) == [false])
            await executor.close()
            try await eventually("its being gone") {
                do {
                    _ = try await client.run("test.greet", "nobody", timeout: .seconds(5))
                    return false
                } catch let failure as CallFailure {
                    return [.failedPrecondition, .notFound].contains(failure.status)
                }
            }
        }
    }
}
