// Checkpoints: the state at one record, from which replay goes on as if it had begun with the first.

import ABI
import DriverLifecycle
import Policy
import ProtobufWire
import Testing

@testable import Kernel

@Suite struct CheckpointTests {
    /// A kernel as it is before `start`.
    private static func kernel(_ settings: KernelSettings = KernelSettings()) throws -> Kernel {
        Kernel(
            settings: settings,
            policy: try PolicyEngine(
                modules: [PolicySource(name: "test.rego", text: KernelHarness.policy)],
                kernel: PolicyKernelFacts(uid: settings.uid)))
    }

    private static func replay(_ entries: some Sequence<JournalEntry>, into kernel: inout Kernel) throws {
        for entry in entries {
            kernel.replay(
                try JournalRecord(decoding: entry.bytes, limits: .stored), epoch: entry.epoch, sequence: entry.sequence)
        }
    }

    /// What a kernel asks for when it starts, in words.
    private static func start(_ kernel: Kernel) -> String {
        var kernel = kernel
        var directives = Directives()
        let sequence = kernel.state.sequence
        kernel.start(
            epoch: kernel.epoch + 1, lastSequence: sequence, journalRoom: 1 << 30,
            now: Instant(monotonic: 1_000_000_000, wall: 1_700_000_000_000_000_000), into: &directives)
        return "\(directives.list) \(directives.bytes)"
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func aCheckpointAndTheRestAreTheSameAsTheWhole(seed: UInt64) throws {
        var history = try RandomHistory(seed: seed)
        var taken: [(sequence: UInt64, bytes: [UInt8])] = [(0, DurableState().checkpoint.encoded())]
        for _ in 0..<400 {
            try history.step()
            let kernel = history.world.kernel
            taken.removeAll { $0.sequence > kernel.state.sequence }
            if history.random.next() % 16 == 0 { taken.append((kernel.state.sequence, kernel.durableStateBytes)) }
        }
        let live = history.world.kernel
        let journal = history.world.journal
        var whole = try Self.kernel(live.settings)
        try Self.replay(journal, into: &whole)
        #expect(whole.durableStateBytes == live.durableStateBytes)
        let started = Self.start(whole)
        for (sequence, bytes) in taken {
            var kernel = try Self.kernel(live.settings)
            try kernel.restore(Checkpoint(decoding: bytes))
            #expect(kernel.durableStateBytes == bytes)
            try Self.replay(journal.drop { $0.sequence <= sequence }, into: &kernel)
            #expect(kernel.state == live.state, "seed \(seed), record \(sequence)")
            #expect(kernel.durableStateBytes == live.durableStateBytes, "seed \(seed), record \(sequence)")
            #expect(Self.start(kernel) == started, "seed \(seed), record \(sequence)")
        }
    }

    @Test func whatIsForgottenAfterACheckpointIsForgottenInTheSameOrder() throws {
        var live = DurableState()
        var later: DurableState?
        func apply(_ effect: JournalRecord.EffectChoice) {
            let record = JournalRecord(atNs: 7, effect: effect)
            let sequence = live.sequence + 1
            live.apply(record, epoch: 1, sequence: sequence)
            later?.apply(record, epoch: 1, sequence: sequence)
        }
        apply(.epochStarted(EpochStarted(epoch: 1)))
        apply(.agentRegistered(AgentRegistered(agentID: 1, name: "a")))
        for graph in 1...UInt64(Limits.endedGraphsMax + 300) {
            let spec = TaskSpec(localID: "t", capability: "text.work")
            apply(
                .graphAdmitted(
                    GraphAdmitted(
                        graphID: graph, owner: 1, firstTaskID: graph, tasks: [spec],
                        idempotencyKey: "\(graph % 64)", requestDigest: [1])))
            // Ends come in another order than admissions.
            if graph % 2 == 0 {
                for task in [graph, graph - 1] {
                    apply(.taskEnded(TaskEnded(taskID: task, state: .failed, output: [UInt8](repeating: 1, count: 9))))
                }
            }
            if graph == UInt64(Limits.endedGraphsMax) + 100 {
                let bytes = live.checkpoint.encoded()
                later = try DurableState(Checkpoint(decoding: bytes))
            }
        }
        #expect(live.graphs.count == Limits.endedGraphsMax)
        #expect(live.graphs[1] == nil)
        #expect(later == live)
        #expect(later?.checkpoint.encoded() == live.checkpoint.encoded())
    }

    /// Who adds a property to the state gives it a place in the checkpoint, or makes it again there, and adds it here.
    @Test func noPropertyOfTheStateIsForgotten() throws {
        func properties(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
        let state = try RandomHistory.rich().kernel.state
        #expect(
            properties(state) == [
                "epoch", "sequence", "draining", "policyVersion", "agents", "agentIDs", "graphs", "tasks", "nextGraph",
                "nextTask", "endedGraphs", "retainedOutputBytes", "tracks", "idempotency", "tasksEnded", "costMicros",
            ])
        #expect(properties(state.agents[0]) == ["id", "uid", "name", "labels", "registeredBy"])
        let graph = try #require(state.graphs.values.first)
        #expect(
            properties(graph) == [
                "id", "owner", "tasks", "admittedBy", "idempotencyKey", "depth", "traceparent", "open",
            ])
        let task = try #require(state.tasks.values.first)
        #expect(
            properties(task) == [
                "id", "graph", "owner", "spec", "state", "blockedOn", "dependents", "inputs", "attempts", "executor",
                "output", "contentType", "usage", "waitedMicroseconds", "reason", "status", "decision", "mustNotRepeat",
            ])
        let track = try #require(state.tracks.first)
        #expect(properties(track.key) == ["executor", "capability"])
        let learned = ["observations", "latencyRatio", "costRatio", "successRate", "qualityOffset", "latencies"]
        #expect(properties(track.value) == learned)
        let latencies = try #require(Mirror(reflecting: track.value).children.first { $0.label == "latencies" })
        #expect(properties(latencies.value) == ["counts", "total"])
        let request = try #require(state.idempotency.first)
        #expect(properties(request.key) == ["agent", "key"])
        #expect(properties(request.value) == ["graph", "digest", "at"])
    }

    /// Every field carries something: another value gives another state, and that state has the bytes of that value.
    @Test func everyFieldReachesTheStateAndComesBack() throws {
        let original = try RandomHistory.rich().kernel.state.checkpoint
        let state = try DurableState(original)
        #expect(state.checkpoint == original)
        for (place, change) in CheckpointChanges.meaningful.enumerated() {
            var changed = original
            change(&changed)
            #expect(changed != original, "change \(place) changes nothing")
            let other = try DurableState(changed)
            #expect(other != state, "change \(place) does not reach the state")
            #expect(other.checkpoint.encoded() == changed.encoded(), "change \(place) does not come back")
        }
    }

    @Test func whatNoKernelCanHaveMadeIsRefused() throws {
        let original = try RandomHistory.rich().kernel.state.checkpoint
        for (place, change) in CheckpointChanges.impossible.enumerated() {
            var changed = original
            change(&changed)
            #expect(changed != original, "change \(place) changes nothing")
            #expect(throws: CheckpointError.self, "change \(place) was taken") { try DurableState(changed) }
        }
        #expect("\(CheckpointError("why"))" == "the checkpoint cannot be used: why")
    }

    /// Damaged bytes are refused, or are a state with which the kernel runs; nothing traps.
    @Test func damageIsRefusedOrHarmless() throws {
        let rich = try RandomHistory.rich()
        let bytes = rich.kernel.durableStateBytes
        let fresh = try Self.kernel(rich.settings)
        var random = SplitMix(seed: 11)
        var taken = 0
        for _ in 0..<4_000 {
            var damaged = bytes
            for _ in 0...random.next() % 3 {
                damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.next() % 8 == 0 { damaged.removeLast(Int(random.next() % UInt64(bytes.count))) }
            guard let checkpoint = try? Checkpoint(decoding: damaged) else { continue }
            var kernel = fresh
            do { try kernel.restore(checkpoint) } catch { continue }
            taken += 1
            _ = Self.start(kernel)
            #expect(try DurableState(Checkpoint(decoding: kernel.durableStateBytes)) == kernel.state)
        }
        #expect(taken > 100)
    }
}
