// How far a graph of tasks is, from its events.

import ABI

struct ProgressCounts: Sendable, Equatable {
    let total: Int
    private var states: [UInt64: TaskState] = [:]

    init(total: Int) { self.total = total }

    mutating func note(_ status: TaskStatus) {
        // A task that has ended stays so, in whatever order the news arrive.
        if let known = states[status.taskID], known.hasEnded, !status.state.hasEnded { return }
        states[status.taskID] = status.state
    }

    var ended: Int { states.values.count { $0.hasEnded } }
    var running: Int { states.values.count { $0 == .running } }
    var failed: Int { states.values.count { $0.hasEnded && $0 != .succeeded } }

    var bar: String {
        let width = 30
        let filled = total == 0 ? width : width * ended / total
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return "\(bar) \(counts)"
    }

    var sentence: String { "progress: \(counts)" }

    private var counts: String {
        "\(ended) of \(total) tasks done, \(running) running" + (failed > 0 ? ", \(failed) failed" : "")
    }
}

extension TaskState {
    var hasEnded: Bool {
        switch self {
        case .succeeded, .failed, .cancelled, .expired, .outcomeUnknown, .rolledBack: true
        default: false
        }
    }
}
