// Graphs of tasks: admission, order, inputs, retries, crashes.

import ABI
import DriverLifecycle
import Framing
import ProtobufWire
import Quota
import Testing

@testable import Kernel

@Suite struct TaskTests {
    static func spec(_ id: Text, input: String = "", from: [Text] = [], after: [Text] = [], retries: UInt32 = 0)
        -> TaskSpec
    {
        TaskSpec(
            localID: id, capability: "text.work", input: Array(input.utf8), inputFrom: from, dependsOn: after,
            retries: retries)
    }

    static func world(_ drivers: DriverManifest...) throws -> KernelHarness {
        try KernelHarness(settings: KernelHarness.settings(drivers: drivers))
    }

    @Test func aGraphRunsInTheOrderOfItsDependenciesAndPassesOutputsOn() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        let graph = CommitTaskRequest(
            tasks: [
                Self.spec("join", input: "title", from: ["b", "a"]), Self.spec("a", input: "A"),
                Self.spec("b", input: "B"),
            ],
            wait: true)
        #expect(world.call(agent, .commitTask, graph) == nil)
        var done = 0
        while let next = try world.upcalls(driver).dropFirst(done).first {
            if done < 2 { #expect(next.upcall.parts.isEmpty) }
            let input = String(decoding: next.upcall.input, as: UTF8.self)
            let parts = next.upcall.parts.map { "\($0.localID)=\(String(decoding: $0.data, as: UTF8.self))" }
            world.respond(driver, next.id, input.lowercased() + parts.joined(separator: ","))
            done += 1
        }
        #expect(done == 3)
        let response: CommitTaskResponse = try #require(world.answer(agent, 1)).decode()
        #expect(response.statuses.map(\.state) == [.succeeded, .succeeded, .succeeded])
        #expect(String(decoding: response.statuses[0].output, as: UTF8.self) == "titleb=b,a=a")
    }

    @Test func admissionIsAllOrNothing() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        try world.startDriver(0)
        let agent = try world.agent()
        let bad: [(CommitTaskRequest, Status)] = [
            (CommitTaskRequest(), .invalidArgument),
            (CommitTaskRequest(tasks: [Self.spec("a"), Self.spec("a")]), .invalidArgument),
            (CommitTaskRequest(tasks: [Self.spec("a", after: ["b"]), Self.spec("b", after: ["a"])]), .invalidArgument),
            (CommitTaskRequest(tasks: [Self.spec("a", after: ["a"])]), .invalidArgument),
            (CommitTaskRequest(tasks: [Self.spec("a", after: ["nowhere"])]), .invalidArgument),
            (CommitTaskRequest(tasks: [Self.spec("a"), TaskSpec(localID: "b", capability: "no.such")]), .notFound),
            (CommitTaskRequest(tasks: [Self.spec("a", retries: 11)]), .invalidArgument),
            (
                CommitTaskRequest(tasks: [Self.spec("a"), TaskSpec(localID: "b", capability: "forbidden")]),
                .permissionDenied
            ),
        ]
        for (place, (request, status)) in bad.enumerated() {
            #expect(world.call(agent, .commitTask, id: UInt64(place + 1), request)?.status == status)
        }
        #expect(world.kernel.state.tasks.isEmpty)
        #expect(world.kernel.works.isEmpty)
    }

    @Test func theSameKeyJoinsAndAnotherPayloadIsRefused() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        try world.startDriver(0)
        let agent = try world.agent()
        let envelope = Envelope(idempotencyKey: "once")
        let request = CommitTaskRequest(envelope: envelope, tasks: [Self.spec("a")])
        let first: CommitTaskResponse = try #require(world.call(agent, .commitTask, id: 1, request)).decode()
        let again: CommitTaskResponse = try #require(world.call(agent, .commitTask, id: 2, request)).decode()
        #expect(again.graphID == first.graphID)
        #expect(again.decisionID == first.decisionID)
        let other = CommitTaskRequest(envelope: envelope, tasks: [Self.spec("b")])
        #expect(world.call(agent, .commitTask, id: 3, other)?.status == .alreadyExists)
        let another = try world.agent("another")
        let theirs: CommitTaskResponse = try #require(world.call(another, .commitTask, id: 1, request)).decode()
        #expect(theirs.graphID != first.graphID)
        let later = try world.restarted()
        let back = try later.agent()
        let joined: CommitTaskResponse = try #require(later.call(back, .commitTask, id: 1, request)).decode()
        #expect(joined.graphID == first.graphID)
    }

    @Test func theAnswerToACommitWaitsForItsRecord() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        try world.startDriver(0)
        let agent = try world.agent()
        let answer = try #require(world.call(agent, .commitTask, CommitTaskRequest(tasks: [Self.spec("a")])))
        let response: CommitTaskResponse = try answer.decode()
        #expect(answer.after == response.decisionID?.sequence)
        #expect(world.journal.first { $0.sequence == answer.after }?.durable == true)
    }

    @Test func aDriverThatDiesInTheMiddleLosesItsTaskToAnother() throws {
        let world = try Self.world(KernelHarness.driver("first", cost: 1), KernelHarness.driver("second", cost: 100))
        let first = try world.startDriver(0)
        let second = try world.startDriver(1)
        let agent = try world.agent()
        world.call(agent, .commitTask, CommitTaskRequest(tasks: [Self.spec("a")], wait: true))
        #expect(try world.upcalls(first).count == 1)
        world.disconnect(first)
        #expect(try world.upcalls(second).count == 1)
        world.respond(second, try world.upcalls(second)[0].id, "done")
        let response: CommitTaskResponse = try #require(world.answer(agent, 1)).decode()
        #expect(response.statuses[0].state == .succeeded)
        #expect(response.statuses[0].executor == "second")
        #expect(response.statuses[0].attempts == 2)
    }

    @Test func workThatMustNotBeDoneTwiceIsStartedOnDiskAndNeverRepeated() throws {
        let world = try Self.world(
            KernelHarness.driver("one", idempotent: false), KernelHarness.driver("two", idempotent: false))
        let one = try world.startDriver(0)
        let two = try world.startDriver(1)
        let agent = try world.agent()
        world.call(agent, .commitTask, CommitTaskRequest(tasks: [Self.spec("a", retries: 5)], wait: true))
        let driver = try world.upcalls(one).isEmpty ? two : one
        let upcall = try #require(world.sent[driver]?.last { $0.header.kind == .upcall })
        let started = try world.record(upcall.after)
        guard case .taskStarted(let task)? = started.effect else {
            Issue.record("the upcall depends on \(started)")
            return
        }
        #expect(!task.idempotent)
        // A crash finds it started.
        let later = try world.restarted()
        try later.startDriver(0)
        try later.startDriver(1)
        #expect(later.kernel.state.tasks[1]?.state == .outcomeUnknown)
        #expect(later.kernel.works.isEmpty)
        // And so does the death of the driver.
        world.disconnect(driver)
        let response: CommitTaskResponse = try #require(world.answer(agent, 1)).decode()
        #expect(response.statuses[0].state == .outcomeUnknown)
    }

    @Test func afterACrashAcknowledgedGraphsAreThereAndFinishedTasksDoNotRunAgain() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        let graph = CommitTaskRequest(tasks: [Self.spec("a", input: "A"), Self.spec("b", from: ["a"])])
        world.call(agent, .commitTask, graph)
        world.respond(driver, try world.upcalls(driver)[0].id, "done")
        let later = try world.restarted()
        let again = try later.startDriver(0)
        let upcalls = try later.upcalls(again)
        #expect(upcalls.map(\.upcall.parts.first?.localID) == ["a"])
        later.respond(again, upcalls[0].id, "all")
        #expect(later.kernel.state.tasks.values.allSatisfy { $0.state == .succeeded })
    }

    @Test func replayingTheJournalGivesTheSameState() throws {
        let world = try Self.world(KernelHarness.driver("one", slots: 2), KernelHarness.driver("two"))
        let one = try world.startDriver(0)
        let two = try world.startDriver(1)
        let agent = try world.agent()
        for id in 1...20 {
            let tasks = [Self.spec("a"), Self.spec("b", from: ["a"]), Self.spec("c", after: ["a"], retries: 2)]
            world.call(agent, .commitTask, id: UInt64(id), CommitTaskRequest(tasks: tasks))
        }
        var answered: Set<UInt64> = []
        for round in 0..<200 {
            for driver in [one, two] {
                for (id, _) in try world.upcalls(driver) where answered.insert(id).inserted {
                    if (round + Int(id)) % 7 == 0 {
                        world.respond(driver, id, failing: .unavailable)
                    } else {
                        world.respond(driver, id, "r\(id)")
                    }
                }
            }
        }
        var replayed = DurableState()
        for entry in world.journal {
            replayed.apply(
                try JournalRecord(decoding: entry.bytes, limits: .stored), epoch: entry.epoch, sequence: entry.sequence)
        }
        #expect(replayed == world.kernel.state)
        let open = world.kernel.state.tasks.values.filter { !$0.state.isEnded }
        #expect(open.isEmpty)
        #expect(world.kernel.activities.allSatisfy { $0.account.openTasks.count == 0 })
    }

    @Test func aTaskWhoseDependencyFailsFailsWithTheReason() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        let tasks = [Self.spec("a"), Self.spec("b", after: ["a"]), Self.spec("c", after: ["b"])]
        world.call(agent, .commitTask, CommitTaskRequest(tasks: tasks, wait: true))
        world.respond(driver, try world.upcalls(driver)[0].id, failing: .invalidArgument, "bad text")
        let response: CommitTaskResponse = try #require(world.answer(agent, 1)).decode()
        #expect(response.statuses.map(\.state) == [.failed, .failed, .failed])
        #expect(response.statuses[0].reason == "the executor says: bad text")
        #expect(response.statuses[2].reason.string.contains("task b"))
    }

    @Test func aDriverThatHangsIsToldThenKilled() throws {
        let world = try Self.world(KernelHarness.driver("one", timeout: 100))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .think, ThinkRequest(capability: "text.work"))
        world.advance(milliseconds: 150)
        #expect(world.answer(agent, 1)?.status == .deadlineExceeded)
        #expect(world.sent[driver]?.contains { $0.header.kind == .cancel } == true)
        #expect(world.killed.isEmpty)
        world.advance(milliseconds: 2_500)
        #expect(world.killed == [1])
    }

    @Test func aTaskWaitsForADriverThatIsStartingAndFailsWithOneThatNeverComes() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        let agent = try world.agent()
        world.call(agent, .commitTask, CommitTaskRequest(tasks: [Self.spec("a")]))
        #expect(world.kernel.works[1]?.stage == .queued(executor: 0))
        let driver = try world.startDriver(0)
        #expect(try world.upcalls(driver).count == 1)
        let hopeless = try Self.world(KernelHarness.driver("one"))
        let waiting = try hopeless.agent()
        hopeless.call(waiting, .commitTask, CommitTaskRequest(tasks: [Self.spec("a")], wait: true))
        hopeless.feed(.completed(.spawnRefused(instance: 1, "no sandbox")))
        let response: CommitTaskResponse = try #require(hopeless.answer(waiting, 1)).decode()
        #expect(response.statuses[0].state == .failed)
    }

    @Test func aFullJournalRefusesChangesAndReadsGoOn() throws {
        let world = try Self.world(KernelHarness.driver("one"))
        try world.startDriver(0)
        let agent = try world.agent()
        world.feed(.completed(.journalRoom(world.settings.journalReserveBytes)))
        #expect(
            world.call(agent, .commitTask, id: 1, CommitTaskRequest(tasks: [Self.spec("a")]))?.status == .unavailable)
        let recall = RememberRequest(
            operation: .recall(RememberRequest.Recall(context: ContextRef(name: "c"), key: "k")))
        world.call(agent, .remember, id: 2, recall)
        #expect(world.contexts.count == 1)
        #expect(world.call(agent, .observe, id: 3, ObserveRequest(what: .health(Nothing())))?.status == .ok)
        let forbidden = RememberRequest(
            operation: .recall(RememberRequest.Recall(context: ContextRef(name: "forbidden"), key: "k")))
        #expect(world.call(agent, .remember, id: 4, forbidden)?.status == .permissionDenied)
        world.feed(.completed(.journalRoom(1 << 30)))
        #expect(world.call(agent, .commitTask, id: 5, CommitTaskRequest(tasks: [Self.spec("a")]))?.status == .ok)
        let effects = try world.journal.map { try JournalRecord(decoding: $0.bytes).effect }
        #expect(effects.contains(.recordsOmitted(RecordsOmitted(count: 2))))
    }
}

@Suite struct ExecutorHealthTests {
    @Test func aDriverThatDoesNotAnswerAPingIsKilledAndOneThatDoesIsNot() throws {
        let world = try TaskTests.world(KernelHarness.driver("one"), KernelHarness.driver("two"))
        let one = try world.startDriver(0)
        let two = try world.startDriver(1)
        var answered: Set<UInt64> = []
        for _ in 0..<10 {
            world.advance(milliseconds: 3_000)
            for frame in world.sent[two] ?? []
            where frame.header.kind == .upcall && answered.insert(frame.header.requestID).inserted {
                world.send(two, CallNumber.observe.rawValue, id: frame.header.requestID, [], kind: .upcallResponse)
            }
        }
        #expect(world.killed == [1])
        #expect(world.sent[one]?.contains { $0.header.kind == .upcall } == true)
    }

    @Test func aStoppingKernelLetsWhatRunsFinish() throws {
        let world = try TaskTests.world(KernelHarness.driver("one"))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .think, ThinkRequest(capability: "text.work"))
        world.feed(.request(.drain))
        #expect(world.call(agent, .think, id: 2, ThinkRequest(capability: "text.work"))?.status == .unavailable)
        #expect(world.closed.isEmpty)
        world.respond(driver, try world.upcalls(driver)[0].id, "done")
        #expect(world.answer(agent, 1)?.status == .ok)
        #expect(world.closed.contains(agent))
    }
}

@Suite struct SizeLimitTests {
    @Test func whatCannotFitIntoAFrameIsRefusedInsteadOfSent() throws {
        let world = try TaskTests.world(KernelHarness.driver("one", slots: 64))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        let huge = CommitTaskRequest(tasks: [
            TaskSpec(localID: "a", capability: "text.work", input: [UInt8](repeating: 0, count: 9 << 20))
        ])
        #expect(world.call(agent, .commitTask, id: 1, huge)?.status == .invalidArgument)
        let tasks = (1...20).map { TaskTests.spec("t\($0)") } + [TaskTests.spec("all", from: (1...20).map { "t\($0)" })]
        world.call(agent, .commitTask, id: 2, CommitTaskRequest(tasks: tasks, wait: true))
        for (id, _) in try world.upcalls(driver) { world.respond(driver, id, String(repeating: "x", count: 1 << 20)) }
        let answer: CommitTaskResponse = try #require(world.answer(agent, 2)).decode()
        #expect(answer.statuses.last?.state == .failed)
        #expect(answer.statuses.last?.reason.string.contains("more than one call can carry") == true)
        #expect(answer.statuses[0].outputOmitted)
        #expect(answer.statuses[0].output.isEmpty)
        let one = ObserveRequest(what: .task(ObserveTask(taskID: answer.statuses[0].taskID)))
        let observed: ObserveResponse = try #require(world.call(agent, .observe, id: 3, one)).decode()
        #expect(observed.tasks[0].output.count == 1 << 20)
    }

    @Test func aUserThatRegistersTooOftenIsSlowedDown() throws {
        var settings = KernelSettings()
        settings.registrationsPerSecond = 10
        settings.registrationBurst = 3
        let world = try KernelHarness(settings: settings)
        for number in 1...3 { _ = try world.agent("a\(number)", uid: 7) }
        let fourth = world.connect(uid: 7)
        let answer = try #require(world.call(fourth, .registerAgent, RegisterAgentRequest(name: "a4")))
        #expect(answer.status == .resourceExhausted)
        _ = try world.agent("other", uid: 8)
    }

    @Test func whatASessionHeldWhenItWasSentAwayIsGivenBack() throws {
        let world = try TaskTests.world()
        let agent = try world.agent()
        world.call(agent, .observe, id: 1, ObserveRequest(what: .events(ObserveEvents())))
        world.send(agent, 99, id: 2, [])
        #expect(world.closed.contains(agent))
        world.disconnect(agent)
        #expect(world.kernel.activities[0].account.isEmpty)
        #expect(world.kernel.calls.isEmpty)
    }
}

@Suite struct StartingExecutorTests {
    @Test func workThatWantsQualityWaitsForABetterDriverThatIsStarting() throws {
        let world = try TaskTests.world(
            KernelHarness.driver("modest", quality: 0.2), KernelHarness.driver("better", quality: 0.9))
        let modest = try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .think, ThinkRequest(capability: "text.work", weights: Weights(quality: 1)))
        #expect(try world.upcalls(modest).isEmpty)
        let better = try world.startDriver(1)
        #expect(try world.upcalls(better).count == 1)
    }

    @Test func workThatWaitedForAStartThatFailedGoesElsewhere() throws {
        let world = try TaskTests.world(
            KernelHarness.driver("modest", quality: 0.2), KernelHarness.driver("better", quality: 0.9))
        let modest = try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .think, ThinkRequest(capability: "text.work", weights: Weights(quality: 1)))
        world.feed(.completed(.driverExited(instance: 2, .exited(code: 1))))
        #expect(try world.upcalls(modest).count == 1)
    }
}

@Suite struct DeadlineTests {
    @Test func aTaskWhoseDeadlineHasPassedIsNotStartedWhenASlotComesFreeBeforeItsReminder() throws {
        let world = try TaskTests.world(KernelHarness.driver("one"))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .think, id: 1, ThinkRequest(capability: "text.work"))
        world.call(
            agent, .think, id: 2, ThinkRequest(envelope: Envelope(deadlineMs: 10), capability: "text.work"))
        // The driver answers a moment after the deadline, before any timer has run.
        world.now.monotonic += 10_000_001
        world.respond(driver, try world.upcalls(driver)[0].id, "done")
        #expect(world.answer(agent, 2)?.status == .deadlineExceeded)
        #expect(try world.upcalls(driver).count == 1)
    }

    @Test func aTaskThatRanBeforeACrashAndExpiresWithoutRunningAgainIsRecorded() throws {
        let world = try TaskTests.world(KernelHarness.driver("one"))
        try world.startDriver(0)
        let agent = try world.agent()
        var task = TaskTests.spec("a")
        task.constraints = Constraints(deadlineMs: 14)
        world.call(agent, .commitTask, CommitTaskRequest(tasks: [task]))
        // Something durable after the start, so that the start survives the crash.
        _ = try world.agent("later")
        let later = try world.restarted()
        #expect(later.kernel.state.tasks[1]?.attempts == 1)
        later.advance(milliseconds: 50)
        #expect(later.kernel.state.tasks[1]?.state == .expired)
        #expect(try later.restarted().kernel.works.isEmpty)
    }

    @Test func workThatMustNotBeDoneTwiceAndTimesOutIsUnknown() throws {
        let world = try TaskTests.world(KernelHarness.driver("one", idempotent: false, timeout: 100))
        try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .commitTask, CommitTaskRequest(tasks: [TaskTests.spec("a", retries: 3)], wait: true))
        world.advance(milliseconds: 150)
        let response: CommitTaskResponse = try #require(world.answer(agent, 1)).decode()
        #expect(response.statuses[0].state == .outcomeUnknown)
    }

    @Test func anAnswerWaitsForTheStartItNamesAlsoWhereThereIsNoRoomToRecordTheEnd() throws {
        let world = try TaskTests.world(KernelHarness.driver("one", idempotent: false))
        let driver = try world.startDriver(0)
        let agent = try world.agent()
        world.call(agent, .think, ThinkRequest(capability: "text.work", input: [1]))
        let upcall = try #require(world.sent[driver]?.last { $0.header.kind == .upcall })
        world.feed(.completed(.journalRoom(0)))
        world.disconnect(driver)
        let answer = try #require(world.answer(agent, 1))
        #expect(answer.status == .unknown)
        #expect(answer.after >= upcall.after)
    }

    @Test func aFrameThatIsNoRequestFromAStrangerEndsTheConnection() throws {
        let world = try TaskTests.world()
        for kind in [FrameKind.cancel, .credit, .streamItem, .upcallResponse] {
            let stranger = world.connect()
            world.send(stranger, 0, id: 1, Credit(more: 1).encoded(), kind: kind)
            #expect(world.closed.contains(stranger))
        }
    }

    @Test func aCrashBetweenAnEndAndItsConsequencesLosesNoTask() throws {
        let harness = try KernelHarness(settings: KernelHarness.settings(drivers: [KernelHarness.driver("one")]))
        let driver = try harness.startDriver(0)
        let agent = try harness.agent()
        let graph = CommitTaskRequest(tasks: [
            TaskSpec(localID: "a", capability: "text.work"),
            TaskSpec(localID: "b", capability: "text.work", dependsOn: ["a"]),
            TaskSpec(localID: "c", capability: "text.work", dependsOn: ["b"]),
        ])
        harness.call(agent, .commitTask, graph)
        harness.respond(driver, try #require(harness.upcalls(driver).first).id, failing: .invalidArgument)
        let ends = try harness.journal.filter {
            if case .taskEnded = try JournalRecord(decoding: $0.bytes, limits: .stored).effect { true } else { false }
        }
        #expect(ends.count == 3)
        let cut = try #require(ends.first?.sequence)
        let again = try KernelHarness(
            settings: harness.settings, journal: harness.journal.filter { $0.sequence <= cut })
        #expect(again.kernel.taskState(2) == .failed)
        #expect(again.kernel.taskState(3) == .failed)
        #expect(again.kernel.census.openTasks == 0)
    }

    @Test func endsWaitForRoomInTheJournal() throws {
        let harness = try KernelHarness(settings: KernelHarness.settings(drivers: [KernelHarness.driver("one")]))
        let driver = try harness.startDriver(0)
        let agent = try harness.agent()
        let graph = CommitTaskRequest(
            tasks: [
                TaskSpec(localID: "a", capability: "text.work"),
                TaskSpec(localID: "b", capability: "text.work", dependsOn: ["a"]),
            ], wait: true)
        harness.call(agent, .commitTask, id: 5, graph)
        harness.feed(.completed(.journalRoom(harness.settings.journalReserveBytes / 2)))
        let before = harness.journal.count
        harness.respond(driver, try #require(harness.upcalls(driver).first).id, "done")
        #expect(harness.journal.count == before)
        #expect(try harness.upcalls(driver).count == 1)
        harness.feed(.completed(.journalRoom(1 << 20)))
        let second = try #require(try harness.upcalls(driver).last)
        harness.feed(.completed(.journalRoom(0)))
        harness.respond(driver, second.id, "done")
        #expect(harness.answer(agent, 5) == nil)
        harness.feed(.completed(.journalRoom(1 << 20)))
        #expect(harness.answer(agent, 5)?.status == .ok)
        #expect(harness.kernel.census.openTasks == 0)
    }

    @Test func anAnswerWaitsForTheRecordItNames() throws {
        let once = KernelHarness.driver("one", idempotent: false)
        let harness = try KernelHarness(settings: KernelHarness.settings(drivers: [once]))
        let driver = try harness.startDriver(0)
        let agent = try harness.agent()
        harness.call(agent, .think, id: 3, ThinkRequest(capability: "text.work"))
        let start = try #require(harness.journal.last)
        #expect(start.durable)
        harness.feed(.completed(.journalRoom(0)))
        harness.disconnect(driver)
        let answer = try #require(harness.answer(agent, 3))
        #expect(answer.status == .unknown)
        #expect(try answer.decode(CallError.self).decisionID?.sequence == start.sequence)
        #expect(answer.after >= start.sequence)
    }
}
