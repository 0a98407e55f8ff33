// One graph from its commit to its end, with progress.

import ABI
import CAMClient
import ProtobufWire

/// Commits a graph, shows how it goes on, and returns how every task ended.
struct GraphRun: Sendable {
    let client: CAMClient
    let graph: DigestGraph
    let terminal: Terminal
    let timeout: Duration

    /// Statuses in the order of the graph's tasks, with outputs.
    func statuses() async throws -> [TaskStatus] {
        // The stream is opened first, so that no event of the graph is missed.
        let events = client.events(ObserveEvents(kinds: [.task]), window: 512)
        let committed = try await client.commitTask(graph.request, timeout: .seconds(60))
        terminal.note("committed graph \(committed.graphID) with \(committed.tasks.count) tasks")
        let ended = try await follow(committed.graphID, events)
        return try await withOutputs(ended)
    }

    /// Draws progress until every task has ended. Progress is a courtesy: when its stream breaks, the wait goes on without it.
    private func follow(_ id: UInt64, _ events: CallStream<Event, ObserveResponse>) async throws -> [TaskStatus] {
        let total = graph.tasks.count
        let drawing = Task {
            var counts = ProgressCounts(total: total)
            terminal.progress(counts)
            for try await event in events {
                guard let status = event.task, status.graphID == id else { continue }
                counts.note(status)
                terminal.progress(counts)
            }
        }
        defer {
            drawing.cancel()
            terminal.endProgress()
        }
        let observe = ObserveTask(
            graphID: id, untilEnded: true, withoutOutput: true, limit: UInt32(Limits.listEntriesMax))
        let answer = try await client.observe(ObserveRequest(what: .task(observe)), timeout: timeout)
        var counts = ProgressCounts(total: total)
        for status in answer.tasks { counts.note(status) }
        drawing.cancel()
        terminal.progress(counts)
        return answer.tasks
    }

    /// Outputs come one task at a time: together they may be larger than a frame.
    private func withOutputs(_ statuses: [TaskStatus]) async throws -> [TaskStatus] {
        let byID = Dictionary(statuses.map { ($0.localID, $0) }, uniquingKeysWith: { first, _ in first })
        let ordered = graph.tasks.compactMap { byID[$0.localID] }
        return try await withThrowingTaskGroup(of: (Int, TaskStatus).self) { group in
            var complete = ordered
            for (index, status) in ordered.enumerated() where status.state == .succeeded {
                if index >= DigestMemory.callsMax, let (done, status) = try await group.next() {
                    complete[done] = status
                }
                group.addTask { (index, try await output(of: status)) }
            }
            for try await (index, status) in group { complete[index] = status }
            return complete
        }
    }

    private func output(of status: TaskStatus) async throws -> TaskStatus {
        let request = ObserveRequest(what: .task(ObserveTask(taskID: status.taskID)))
        let answer = try await client.observe(request, timeout: .seconds(30))
        return answer.tasks.first ?? status
    }
}
