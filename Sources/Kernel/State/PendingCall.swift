// A request whose answer waits for something.

import ABI
import Contexts
import ProtobufWire

/// Enough of a request to answer it.
struct CallReference: Sendable, Hashable {
    let connection: ConnectionID
    let request: UInt64
    let call: CallNumber
}

struct PendingCall: Sendable {
    enum Waits: Sendable {
        /// For this task, which dies with the call.
        case think(task: UInt64)
        /// For every task of the graph; `commit` answers as commit_task, else as observe.
        case graph(UInt64, asCommit: Bool, withOutput: Bool)
        case task(UInt64, withOutput: Bool)
        case context(decision: DecisionID)
        case events(EventFilter)
        case explanation(ExplanationInProgress)
        /// For the record of the denial; with the decision that lets the caller grant.
        case grant(TuneGrant, Decision, isDryRun: Bool)
        case policies(decision: DecisionID?, granted: Grant?)
    }

    let reference: CallReference
    let agent: UInt64
    let waits: Waits
    /// The record that stands for the call, where its answer is put together from nothing else.
    var decision: DecisionID?

    /// What the last stream item of the call depends on.
    var itemsAfter: UInt64 {
        if case .events(let filter) = waits { filter.after } else { 0 }
    }
}

/// Which events a reader wants, and how many it can take.
struct EventFilter: Sendable {
    var kinds: [EventKind]
    var graph: UInt64
    /// Only this agent's own, unless nil.
    var owner: UInt64?
    var credit: UInt32
    var missed: UInt64 = 0
    /// What the items sent so far depend on: nothing that follows may overtake them.
    var after: UInt64 = 0
}

/// Records gathered so far for one explanation, the decision itself first, then its causes.
struct ExplanationInProgress: Sendable {
    var level: ExplainLevel
    var decision: DecisionID
    var gathered: [(id: DecisionID, record: JournalRecord)] = []
    var next: DecisionID
}
