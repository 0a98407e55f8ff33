// A task from the moment it could run until it ends: the part of its life that a crash forgets.

import ABI
import Arbitration
import ProtobufWire

struct Work: Sendable {
    enum Origin: Sendable {
        /// A task of a durable graph.
        case graph
        /// A think call; it holds its own input and dies with its caller.
        case think(call: UInt64, input: [UInt8], contentType: Text, stream: Bool, credit: UInt32)
    }

    var isThink: Bool {
        if case .think = origin { return true }
        return false
    }

    /// Microseconds from ready to its start, or until now where it was not started in this run of the kernel.
    func waitedMicroseconds(_ now: UInt64) -> UInt64 {
        let end = startedAt > 0 ? startedAt : now
        return end > readyAt ? (end - readyAt) / 1_000 : 0
    }

    /// One stream item was passed on.
    mutating func takeCredit() { changeCredit { $0 -= 1 } }

    mutating func addCredit(_ more: UInt32) {
        changeCredit { credit in
            let (sum, overflow) = credit.addingReportingOverflow(more)
            credit = overflow ? .max : sum
        }
    }

    private mutating func changeCredit(_ change: (inout UInt32) -> Void) {
        guard case .think(let call, let input, let contentType, let stream, var credit) = origin else { return }
        change(&credit)
        origin = .think(call: call, input: input, contentType: contentType, stream: stream, credit: credit)
    }

    enum Stage: Sendable, Hashable {
        /// Held until its not_before.
        case early
        /// No executor that offers it can take it at the moment.
        case parked
        case queued(executor: Int)
        case running(executor: Int, upcall: UInt64)
    }

    let task: UInt64
    let owner: UInt64
    let capability: Text
    var origin: Origin
    let constraints: Constraints
    let shares: (performance: Double, cost: Double, quality: Double)
    let priority: UInt32
    let retries: UInt32
    let inputBytes: UInt64
    let depth: UInt32
    /// The executor that asked for it in the middle of its own work and waits for it.
    var askedBy: Int?
    let traceparent: Text
    /// Monotonic; `.max` where nobody said.
    let deadline: UInt64
    let readyAt: UInt64
    /// What must be on disk before an executor hears of it.
    let after: UInt64
    var stage: Stage
    var attempts: UInt32 = 0
    /// Attempts that ended because the executor went away.
    var losses: UInt32 = 0
    /// Executors that failed it, kept out while there are others.
    var avoid: [Int] = []
    var ranking = Ranking()
    var declared = Prediction()
    var idempotent = true
    /// The record that routed the last attempt; for a think the decision its answer names.
    var decision: DecisionID
    /// The policy rules that let it in.
    var rules: [Text] = []
    var startedAt: UInt64 = 0
}

/// A call the kernel made to an executor and has no answer for.
struct Upcall: Sendable {
    let task: UInt64
    let executor: Int
    let connection: ConnectionID
    /// What was on disk before it left: nothing else about it may leave earlier.
    let after: UInt64
    let startedAt: UInt64
    /// A question whether it is alive, which takes no slot.
    var isPing = false
    /// Nobody waits for the answer any more; the slot stays taken until it comes or the executor is killed.
    var isAbandoned = false
}
