// Every record that the kernel has appended, as it was appended: what the journal is held against.

import ABI
import ProtobufWire

/// The records that exist, whether they have reached the disk or not. A crash takes back those that did not.
struct Truth {
    struct Entry {
        let epoch: UInt64
        let range: Range<Int>
        let isDurable: Bool
        let fact: Fact
    }

    /// What a record says, as far as something is checked against it.
    enum Fact {
        case nothing
        case denial(agent: UInt64, action: Text, resource: Text)
        case admitted(graph: UInt64)
        case started(task: UInt64, attempt: UInt32)
        case ended(task: UInt64, cost: UInt64)
        case thought(cost: UInt64)
        case drained
    }

    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []
    private(set) var admissions: [UInt64: UInt64] = [:]
    private(set) var ends: [UInt64: UInt64] = [:]
    private(set) var starts: [TaskAttempt: UInt64] = [:]
    /// Records that changed whether the kernel drains.
    private(set) var drains: [UInt64] = []
    /// Of all records that say what something cost.
    private(set) var cost: UInt64 = 0

    struct TaskAttempt: Hashable {
        let task: UInt64
        let attempt: UInt32
    }

    var lastSequence: UInt64 { UInt64(entries.count) }

    subscript(_ sequence: UInt64) -> Entry? {
        sequence >= 1 && sequence <= lastSequence ? entries[Int(sequence) - 1] : nil
    }

    func withBytes<Result>(_ sequence: UInt64, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let range = entries[Int(sequence) - 1].range
        return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// - Returns: a second end of one task, where this is one.
    mutating func append(
        _ payload: UnsafeRawBufferPointer, _ record: JournalRecord, epoch: UInt64, isDurable: Bool
    ) -> UInt64? {
        let start = bytes.count
        bytes.append(contentsOf: payload)
        let sequence = lastSequence + 1
        var doubleEnd: UInt64?
        let fact: Fact
        switch record.effect {
        case .graphAdmitted(let admitted):
            fact = .admitted(graph: admitted.graphID)
            admissions[admitted.graphID] = sequence
        case .taskStarted(let started):
            fact = .started(task: started.taskID, attempt: started.attempt)
            starts[TaskAttempt(task: started.taskID, attempt: started.attempt)] = sequence
        case .taskEnded(let ended):
            let more = ended.usage?.costMicros ?? 0
            fact = .ended(task: ended.taskID, cost: more)
            if ends[ended.taskID] != nil { doubleEnd = ended.taskID }
            ends[ended.taskID] = sequence
            cost &+= more
        case .thinkEnded(let ended):
            let more = ended.usage?.costMicros ?? 0
            fact = .thought(cost: more)
            cost &+= more
        case .drainSet:
            fact = .drained
            drains.append(sequence)
        default:
            if let decision = record.decision, !decision.allowed {
                fact = .denial(agent: decision.agentID, action: decision.action, resource: decision.resource)
            } else {
                fact = .nothing
            }
        }
        entries.append(Entry(epoch: epoch, range: start..<bytes.count, isDurable: isDurable, fact: fact))
        return doubleEnd
    }

    /// A crash has lost everything after this record.
    mutating func truncate(to sequence: UInt64) {
        while lastSequence > sequence, let entry = entries.popLast() {
            bytes.removeLast(entry.range.count)
            switch entry.fact {
            case .admitted(let graph): admissions[graph] = nil
            case .started(let task, let attempt): starts[TaskAttempt(task: task, attempt: attempt)] = nil
            case .ended(let task, let more):
                ends[task] = nil
                cost &-= more
            case .thought(let more): cost &-= more
            case .drained: drains.removeLast()
            case .nothing, .denial: break
            }
        }
    }
}
